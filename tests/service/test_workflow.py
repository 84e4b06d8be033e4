"""The life of a report as its writer hears of it."""

from __future__ import annotations

import pytest

from service.programme import Programme
from service.workflow import MOVES, told


@pytest.mark.parametrize("status", MOVES)
def test_every_status_is_told_by_a_word_of_every_language(programme: Programme, status: str) -> None:
    assert all(told(status) in speech.states for speech in programme.messages.values())


def test_nobody_hears_that_they_were_rejected_or_are_in_the_vault() -> None:
    assert {told(status) for status in MOVES}.isdisjoint({"rejected", "merged", "referred", "analysed"})
