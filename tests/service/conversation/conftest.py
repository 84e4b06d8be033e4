"""Somebody to talk to."""

from __future__ import annotations

import pytest

from tests.service.conftest import Town
from tests.service.conversation.talking import Talk


@pytest.fixture
def talk(town: Town) -> Talk:
    return Talk(town)
