"""How far places and areas reach, and what is marked as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import spacy

import nlp.steps.location
import nlp.steps.places  # noqa: F401  (names the steps to spaCy)
from nlp.analysis import Location
from nlp.findings import as_analysis
from nlp.gazetteer import Entry, Index, build, open_programme
from nlp.gazetteer.extents import extents, is_whole, reaches, wholes, without_places
from nlp.geo import between_km
from nlp.knowledge import Area, Knowledge, Place
from nlp.model import Model
from nlp.steps.base import Step

AREAS = (
    Area("east", "Purva Desh", ("Purva",), None, "state", 9_000_000),
    Area("hill", "Gumti", (), "east", "district", 900_000),
    Area("vale", "Darpan", (), "east", "district", 700_000),
    Area("hill-1", "Gumti Sadar", (), "hill", "block"),
    Area("hill-2", "Kamla", (), "hill", "block"),
    Area("hill-3", "Nowhere Block", (), "hill", "block"),
    Area("vale-1", "Sonpur", (), "vale", "block"),
)
PLACES = (
    Place("Sonpur", 25.00, 86.00, (), "vale-1", "town"),
    Place("Kamla Ghat", 25.60, 85.20, (), "hill-2", "ghat"),
    Place("Gumti Village", 25.50, 85.10, (), "hill-1", "village"),
    Place("Big Basti", 25.52, 85.12, (), "hill-1", "settlement"),
    Place("Basti Mandir", 25.521, 85.121, (), "hill-1", "temple"),
    Place("Basti School", 25.519, 85.122, (), "hill-1", "school"),
    Place("Basti Tap", 25.523, 85.118, (), "hill-1", "borehole"),
    Place("Small Basti", 25.70, 85.40, (), "hill", "informal settlement"),
)
EAST = Knowledge(programme="purva", languages=("en", "hi"), areas=AREAS, places=PLACES)
OUTSIDE = (
    Entry("Purva Sharif", 25.2, 85.5, "town", 400_000, other_names=("Purva",)),
    Entry("Purva", 21.0, 78.0, "town", 60_000),
    Entry("Darpan", 25.01, 86.01, "town", 250_000),
    Entry("Elsewhere", 25.9, 85.9, "town", 90_000),
)


def _locate(text: str, knowledge: Knowledge = EAST, outside: Iterable[Entry] = OUTSIDE) -> Location | None:
    pipeline = spacy.blank("xx")
    gazetteer = open_programme(knowledge).with_layer(Index(build(outside)))
    for name in ("places", "location"):
        step = pipeline.add_pipe(name)
        assert isinstance(step, Step)
        step.gazetteer = gazetteer
        step.prepare(knowledge, Model("test"))
    return as_analysis(pipeline(text), "test").location


@pytest.mark.parametrize(
    ("text", "name", "area"),
    [
        ("Purva", "Purva Desh", "east"),
        ("no light in Purva since Monday", "Purva Desh", "east"),
        ("Darpan mein bijli nahi hai", "Darpan", "vale"),
        ("nothing works in Gumti", "Gumti", "hill"),
        ("no light in Nowhere Block", "Nowhere Block", "hill-3"),
        ("people of Big Basti have no water", "Big Basti", "hill-1"),
    ],
)
def test_who_names_a_whole_gets_the_whole_marked(text: str, name: str, area: str) -> None:
    location = _locate(text)
    assert location is not None
    assert (location.name, location.area, location.fallback) == (name, area, True)
    assert location.radius_km >= 1.0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("no light in Kamla Ghat, Purva", "Kamla Ghat"),
        ("Gumti, at Basti School the roof is gone", "Basti School"),
        ("no water in Sonpur", "Sonpur"),
        ("flood at Gumti Village", "Gumti Village"),
        ("no light in Small Basti", "Small Basti"),
        ("no doctor in Elsewhere", "Elsewhere"),
        ("flood in Purva Sharif", "Purva Sharif"),
    ],
)
def test_what_is_finer_is_no_whole(text: str, name: str) -> None:
    location = _locate(text)
    assert location is not None
    assert (location.name, location.fallback) == (name, False)


def test_an_area_reaches_as_far_as_its_places_and_half_way_to_the_next_of_its_level() -> None:
    known = extents(EAST)
    assert known["hill"].radius_km > 10
    assert 10 < known["vale"].radius_km <= 25
    assert 1 < known["hill-2"].radius_km < between_km(25.6, 85.2, 25.52, 85.12)
    assert known["hill-3"] == known["hill"]
    assert known["east"].radius_km < 150


def test_a_boundary_counts_more_than_places() -> None:
    bounded = replace(AREAS[5], extent=(25.8, 85.8, 7.0))
    known = extents(replace(EAST, areas=(*AREAS[:5], bounded, AREAS[6])))
    assert (known["hill-3"].lat, known["hill-3"].radius_km) == (25.8, 7.0)
    assert [area.code for area in without_places(EAST)] == ["hill-3"]
    assert without_places(replace(EAST, areas=(*AREAS[:5], bounded, AREAS[6]))) == []


def test_places_reach_by_their_kind_and_no_farther_than_half_way_to_the_next() -> None:
    assert reaches(PLACES) == [2.5, 0.5, 1.0, 1.25, 0.5, 0.5, 0.5, 1.25]
    close = Place("Next Basti", 25.53, 85.13, (), "hill-1", "settlement")
    assert 0.5 < reaches((PLACES[3], close))[0] < 0.8
    assert reaches(()) == []


def test_an_area_that_lies_nowhere_is_unknown() -> None:
    bare = Knowledge(areas=AREAS[:2])
    assert extents(bare) == wholes(bare) == {}
    assert [area.code for area in without_places(bare)] == ["east", "hill"]


def test_a_place_in_a_whole_of_its_name_is_told_by_its_reach() -> None:
    found = wholes(EAST)
    assert is_whole(found, "Sonpur", "vale-1", found["Sonpur", "vale-1"])
    assert not is_whole(found, "Sonpur", "vale-1", 2.5)
    assert not is_whole(found, "Kamla Ghat", "hill-2", 50.0)


def test_a_town_of_others_lies_in_an_area_as_large_as_itself() -> None:
    seat = Entry("Basti Nagar", 25.521, 85.119, "town", 1_500_000)
    location = _locate("no water in Basti Nagar", outside=(seat,))
    assert location is not None
    assert location.area in ("hill-1", "hill")
    assert extents(EAST)[location.area].radius_km >= location.radius_km


def test_the_shipped_programmes_know_their_own_names(tmp_path: Path) -> None:
    from service.programme import load

    for code, names in {"bihar": ("Bihar", "पटना", "Nalanda"), "nairobi": ("Nairobi", "Kibera", "Mathare")}.items():
        knowledge = load(Path(__file__).parents[2] / "programmes" / code, for_analysis=True).knowledge
        for name in names:
            location = _locate(f"no water in {name}", knowledge)
            assert location is not None
            assert location.fallback, name
