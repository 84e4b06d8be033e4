"""Time grows with the length of a text, and not with its square, whatever it is made of."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from nlp.pipeline import Pipeline, load
from tests.nlp.town import TOWN
from tests.nlp.village import VILLAGE

SHORT, TIMES, SLOWER = 15_000, 6, 14.0
"""Letters, how many times as long the other text is, and how many times as slow it may be: the square would be 36."""
CHANCE = random.Random(4)
PIECES = {
    "places": ["near Gatwekera", "Soweto", "in Mabati 33", "not at Mlimani", "Korongo Kubwa"],
    "places misspelt": ["Gatwekerra", "Samastipurr", "Mashariki Dispensry"],
    "a script without spaces": ["火", "事", "水", "停"],
    "Devanagari": ["समस्तीपुर", "में", "पानी", "नहीं", "गांव"],
    "scripts mixed": ["пожар", "حريق", "moto", "आग", "feu"],
    "what rules speak of": ["he touched", "my daughter", "money", "not", "beat me", "the chief", "fire", "help"],
    "people": ["John Otieno", "Mary Wanjiku", "mama Akinyi", "my name is Asha"],
    "brackets": ["[name]", "(", "[", "<b>"],
}


@pytest.fixture(scope="module")
def pipeline(models: Path) -> Pipeline:
    knowledge = replace(VILLAGE, programme="mji", places=TOWN.places, areas=TOWN.areas)
    return load(knowledge, models)


def _seconds(pipeline: Pipeline, text: str) -> float:
    found = []
    for _ in range(2):
        start = time.process_time()
        pipeline.analyse([text])
        found.append(time.process_time() - start)
    return min(found)


@pytest.mark.parametrize("pieces", PIECES.values(), ids=PIECES)
def test_six_times_as_long_takes_about_six_times_as_long(pipeline: Pipeline, pieces: list[str]) -> None:
    gap = "" if pieces[0] == "火" else " "
    text = gap.join(CHANCE.choice(pieces) for _ in range(SHORT * TIMES))[: SHORT * TIMES]
    short = _seconds(pipeline, text[:SHORT])
    assert _seconds(pipeline, text) < SLOWER * max(short, 0.01)


def test_a_word_that_never_ends_is_read_at_once(pipeline: Pipeline) -> None:
    text = "".join(CHANCE.choice("abcdefghij") for _ in range(SHORT * TIMES))
    assert _seconds(pipeline, text) < 1.0


def test_what_is_named_first_is_found_in_a_text_of_pages(pipeline: Pipeline) -> None:
    (analysis,) = pipeline.analyse(["No water in Gatwekera. " + "We wait and we wait. " * 4000 + "Samastipur " * 2000])
    assert analysis.location is not None
    assert analysis.location.name == "Gatwekera"
