"""Pipelines that many tests only read with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from nlp.knowledge import Knowledge
from nlp.pipeline import Pipeline, load
from service.programme import load as load_programme

PROGRAMMES = Path(__file__).parents[2] / "programmes"
Open = Callable[[str], Pipeline]


@pytest.fixture(scope="session")
def pipeline_of(models: Path) -> Open:
    """That of a programme of ours, or of one in this language without categories of its own. Opened once a session, which takes
    up to a second: the same text gets the same analysis, whatever was read before.
    """

    @cache
    def opened(name: str) -> Pipeline:
        if (PROGRAMMES / name).is_dir():
            return load(load_programme(PROGRAMMES / name, for_analysis=True).knowledge, models)
        return load(Knowledge(programme=name, languages=(name,)), models)

    return opened
