"""A confirmed name of a place is shown as such, also when somebody's name is in it; who lives there is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp.forgetting import forget
from nlp.knowledge import Lesson
from nlp.learning import learn
from nlp.pipeline import Pipeline, load
from tests.nlp.village import VILLAGE

CONFIRMED = (
    "Kwa Mama Oliech",
    "Chief Kamau office, Lindi",
    "John Otieno",
    "Kwa Mary Wanjiku",
    "Mama Achieng",
    "Three Trees",
)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    models: Path = tmp_path_factory.mktemp("models")
    lessons = [
        Lesson(f"no water here today number {number}", None, (name, -1.31, 36.78 + number / 50), True)
        for number, name in enumerate(CONFIRMED)
    ]
    learn(VILLAGE, lessons, models)
    return load(VILLAGE, models)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Fire at Kwa Mama Oliech now", "Kwa Mama Oliech"),
        ("the tap near Three Trees is dry", "Three Trees"),
        ("rats in Chief Kamau office", "Chief Kamau office"),
    ],
)
def test_a_confirmed_place_is_what_the_text_shows(pipeline: Pipeline, text: str, place: str) -> None:
    (analysis,) = pipeline.analyse([text])
    assert analysis.redacted == text
    assert analysis.location is not None
    assert analysis.location.name == place


@pytest.mark.parametrize(
    "text",
    [
        "my name is Oliech",
        "Mama Oliech told me to leave",
        "ask John Otieno about it",
        "they burnt the house of Mary Wanjiku",
        "tulikutana Kwa Mary Wanjiku jana",
        "Mama Achieng told me to leave",
    ],
)
def test_people_stay_masked(pipeline: Pipeline, text: str) -> None:
    (analysis,) = pipeline.analyse([text])
    assert "[name]" in analysis.redacted
    assert not any(name in analysis.redacted for name in ("Oliech", "Otieno", "Wanjiku", "Achieng"))


def test_undone_it_is_masked_again(tmp_path: Path) -> None:
    text = "Fire at Kwa Mama Oliech now"
    place = Lesson("no water here", None, (CONFIRMED[0], -1.31, 36.78), True)
    kept = Lesson("no water there", None, (CONFIRMED[-1], -1.31, 36.80), True)
    learn(VILLAGE, [place, kept], tmp_path)
    assert load(VILLAGE, tmp_path).analyse([text])[0].redacted == text
    forget(VILLAGE, [kept], tmp_path)
    (analysis,) = load(VILLAGE, tmp_path).analyse([text])
    assert analysis.redacted == "Fire at Kwa Mama [name] now"
