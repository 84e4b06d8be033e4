"""Mentions and locations in texts about a made-up town, case by case."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

import nlp.steps.location
import nlp.steps.places  # noqa: F401  (names the steps to spaCy)
from nlp.analysis import Location, Mention
from nlp.findings import as_analysis
from nlp.gazetteer import Entry, Index, build, open_programme
from nlp.geo import between_km
from nlp.knowledge import Knowledge, Lesson
from nlp.model import Model
from nlp.placememory import PlaceMemory, train
from nlp.steps.base import Step
from tests.nlp.town import TOWN

CASES = Path(__file__).parent / "cases"


def _cases(name: str) -> list[Any]:
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=case["about"]) for case in map(json.loads, lines)]


def _pipeline(knowledge: Knowledge, *more: Entry, places: PlaceMemory | None = None) -> spacy.language.Language:
    pipeline = spacy.blank("xx")
    gazetteer = open_programme(knowledge).with_layer(Index(build(more)))
    for name in ("places", "location"):
        step = pipeline.add_pipe(name)
        assert isinstance(step, Step)
        step.gazetteer = gazetteer
        step.prepare(knowledge, Model("test", places=places))
    return pipeline


PIPELINE = _pipeline(TOWN)


@pytest.fixture(scope="module")
def learned() -> spacy.language.Language:
    """After two hundred confirmed places, each named in its text."""
    chance = random.Random(3)
    lessons = []
    for _ in range(200):
        place = chance.choice(TOWN.places)
        text = f"{chance.choice(('no water', 'the road is cut', 'please help us'))} in {place.name}"
        lessons.append(Lesson(text, None, (place.name, place.lat, place.lon), True))
    memory = train(TOWN, lessons)
    assert memory is not None and memory.radius is not None
    return _pipeline(TOWN, places=memory)


@pytest.mark.parametrize("case", _cases("location.jsonl"))
def test_what_people_write_is_read_as_before_after_places_were_learned(
    case: dict[str, Any], learned: spacy.language.Language
) -> None:
    _, before = _read(case["text"])
    _, after = _read(case["text"], learned)
    if before is not None and before.area is not None:
        assert after == before


@pytest.mark.parametrize("text", ["please help us", "the road", "no water", "help in the night"])
def test_words_that_stood_beside_a_place_are_no_place(text: str, learned: spacy.language.Language) -> None:
    assert _read(text, learned) == ((), None)


def _read(text: str, pipeline: spacy.language.Language = PIPELINE) -> tuple[tuple[Mention, ...], Location | None]:
    analysis = as_analysis(pipeline(text), "test")
    return analysis.places, analysis.location


@pytest.mark.parametrize("case", _cases("places.jsonl"))
def test_mentions(case: dict[str, Any]) -> None:
    mentions, _ = _read(case["text"])
    assert [[mention.text, mention.candidates[0].name] for mention in mentions] == case["mentions"]
    for mention in mentions:
        assert case["text"][mention.start : mention.end] == mention.text
        scores = [candidate.score for candidate in mention.candidates]
        assert scores == sorted(scores, reverse=True)
        assert 0 < sum(scores) <= 1.001


@pytest.mark.parametrize("case", _cases("location.jsonl"))
def test_location(case: dict[str, Any]) -> None:
    _, location = _read(case["text"])
    assert (location and location.name) == case["name"]
    if location is not None:
        assert location.radius_km <= case.get("at_most_km", 1000)
        assert location.radius_km >= case.get("at_least_km", 0)
        assert case.get("why", "") in location.why
        if "area" in case:
            assert location.area == case["area"]
        if "near" in case:
            assert between_km(*case["near"], location.lat, location.lon) < 0.1


def test_candidates_of_one_name_are_distinct_and_at_most_nine() -> None:
    same = [Entry("Rampur", 25.0 + north / 10, 85.0, "village") for north in range(15)]
    twice = [Entry("Rampur", 25.0001, 85.0, "village")]
    mentions, location = _read("no ration in Rampur", _pipeline(Knowledge(country=None), *same, *twice))
    (mention,) = mentions
    points = [(candidate.lat, candidate.lon) for candidate in mention.candidates]
    assert len(points) == 9
    assert all(between_km(*one, *other) > 1 for one in points for other in points if one != other)
    assert location is None


def test_a_large_town_is_not_sought_in_a_village_of_its_name() -> None:
    towns = [Entry("Sagar", 23.8, 78.7, "town", 274_000), Entry("Sagar", 14.1, 75.0, "town", 7_000)]
    mentions, location = _read("hospital in Sagar closed", _pipeline(Knowledge(), *towns))
    assert [candidate.lat for candidate in mentions[0].candidates] == [23.8, 14.1]
    assert location is not None
    assert location.lat == 23.8


def test_a_whole_state_is_marked_as_too_large_to_go_to() -> None:
    state = Entry("Purbanchal", 25.0, 85.0, "state", 1_000_000, radius_km=180.0)
    _, location = _read("nothing works in Purbanchal", _pipeline(Knowledge(), state))
    assert location is not None
    assert location.radius_km >= 180
    assert "so large" in location.why


def test_a_place_far_from_the_programme_is_named_but_is_not_where_it_happened() -> None:
    far = Entry("Farawayville", 10.0, 40.0, "town", 500_000)
    mentions, location = _read("my husband works in Farawayville", _pipeline(TOWN, far))
    assert [mention.text for mention in mentions] == ["Farawayville"]
    assert location is None


def test_initials_count_in_capitals_only() -> None:
    city = Entry("Port of Peace", 1.0, 2.0, "town", 900_000)
    pipeline = _pipeline(Knowledge(), city)
    assert [mention.text for mention in _read("buses to POP stopped", pipeline)[0]] == ["POP"]
    assert _read("they pop by", pipeline)[0] == ()


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("soweto Mabati4B33 [phone].,समस्तीपुर\n🙂"), max_size=80))
def test_any_text_is_read(text: str) -> None:
    mentions, _ = _read(text)
    assert all(text[mention.start : mention.end] == mention.text for mention in mentions)
    assert all("phone" not in mention.text for mention in mentions)
