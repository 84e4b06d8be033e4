"""Work grows with the length of a text, and not with its square, whatever it is made of.

Work is counted in calls, which are the same on every machine; seconds are measured by `python -m benchmarks.lengths`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.lengths import PIECES, made_of
from nlp.pipeline import Pipeline, load
from tests.nlp.town import TOWN
from tests.nlp.village import VILLAGE
from tests.work import calls

SHORT, TIMES, MORE = 5_000, 6, 8.0
"""Letters, how many times as long the other text is, and how many times the work it may be: the square would be 36."""


@pytest.fixture(scope="module")
def pipeline(models: Path) -> Pipeline:
    knowledge = replace(VILLAGE, programme="mji", places=TOWN.places, areas=TOWN.areas)
    return load(knowledge, models)


def _calls(pipeline: Pipeline, text: str) -> int:
    """For a text whose words are known."""
    pipeline.analyse([text])
    return calls(lambda: pipeline.analyse([text]))


@pytest.mark.parametrize("pieces", PIECES.values(), ids=PIECES)
def test_six_times_as_long_is_about_six_times_the_work(pipeline: Pipeline, pieces: list[str]) -> None:
    text = made_of(pieces, SHORT * TIMES)
    assert _calls(pipeline, text) < MORE * _calls(pipeline, text[:SHORT])


def test_a_word_that_never_ends_takes_less_than_a_call_a_letter(pipeline: Pipeline) -> None:
    text = made_of("abcdefghij", SHORT * TIMES).replace(" ", "")
    assert _calls(pipeline, text) < len(text)


def test_what_is_named_first_is_found_in_a_text_of_pages(pipeline: Pipeline) -> None:
    (analysis,) = pipeline.analyse(["No water in Gatwekera. " + "We wait and we wait. " * 4000 + "Samastipur " * 2000])
    assert analysis.location is not None
    assert analysis.location.name == "Gatwekera"
