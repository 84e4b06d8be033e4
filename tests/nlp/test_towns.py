"""Towns of a country in texts, where the programme has told us no places of its own. The country is made up."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy

import nlp.steps.location
import nlp.steps.places  # noqa: F401  (names the steps to spaCy)
from nlp.analysis import Location
from nlp.findings import as_analysis
from nlp.gazetteer import Entry, Gazetteer, Index, build, open_gazetteer, open_programme
from nlp.gazetteer.country import open_country
from nlp.knowledge import Knowledge, Place
from nlp.metropolis import metropolis_of
from nlp.model import Model
from nlp.steps.base import Step

TOWNS = (
    Entry("Port Royal", 18.50, -72.30, "town", 900_000),
    Entry("Carreau", 18.52, -72.40, "town", 300_000),
    Entry("Santal", 18.20, -73.90, "town", 1_800),
    Entry("Jeremine", 18.65, -74.10, "town", 97_000),
    Entry("Labadi", 19.70, -72.20, "town", 134_000),
    Entry("Kotfer", 18.19, -73.00, "town", 2_400, other_names=("Sur de Fer",)),
)


def _locate(text: str, *towns: Entry, knowledge: Knowledge | None = None) -> Location | None:
    knowledge = knowledge or Knowledge(languages=("en", "fr", "ht"), country="HT")
    pipeline = spacy.blank("xx")
    gazetteer = open_programme(knowledge).with_layer(Index(build(towns or TOWNS)))
    for name in ("places", "location"):
        step = pipeline.add_pipe(name)
        assert isinstance(step, Step)
        step.gazetteer = gazetteer
        step.prepare(knowledge, Model("test"))
    return as_analysis(pipeline(text), "test").location


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Roads from Jeremine to Labadi are good. Reports are good for Jeremine to Labadi.", None),
        ("Jeremine - Labadi open to heavy cargo", None),
        ("La route entre Jeremine et Labadi est coupée", None),
        ("Several families who left Port Royal need water", None),
        ("I am not in Port Royal, help us on the island", None),
        ("Nous avons faim, sur la place Jeremine", None),
        ("A house fell in rue Jeremine, send help", None),
        ("Please come to Jeremine St. number 34", None),
        ("Santal Landrin is stuck under a house", None),
        ("They need Santels and food", None),
        ("Food needed in Santal now", "Santal"),
        ("Food needed: Santal", "Santal"),
        ("Santal hospital is full", "Santal"),
        ("Food needed in Sur de Fer", "Kotfer"),
        ("No food at Labadi. Trucks for the poor in Jeremine go by", "Labadi"),
    ],
)
def test_where_it_happened(text: str, name: str | None) -> None:
    location = _locate(text)
    assert (None if location is None or location.fallback else location.name) == name


def test_codes_of_airports_are_no_names(models: Path) -> None:
    gazetteer = Gazetteer([open_country("HT", models / "gazetteers")])
    assert gazetteer.exact("portdepaix")
    assert not gazetteer.exact("pax")


@pytest.mark.parametrize(
    "text",
    [
        "we live in rue Acacia number 12",
        "4th avenue, we have no tent",
        "nou nan ri Janvye",
        "rue [name], no water",
        "Cité Lumière n'a plus d'eau",
    ],
)
def test_a_street_without_a_town_is_somewhere_in_and_around_the_largest(text: str) -> None:
    location = _locate(text)
    assert location is not None
    assert location.name == "Port Royal"
    assert location.fallback
    assert location.radius_km > 25
    assert "names a street or estate and no town" in location.why


@pytest.mark.parametrize("text", ["we sleep in the street", "the street is full of water", "we have no water", "rue"])
def test_what_names_no_street_has_no_place(text: str) -> None:
    assert _locate(text) is None


def test_a_street_of_a_named_town_is_there() -> None:
    location = _locate("rue Acacia in Labadi is flooded")
    assert location is not None
    assert location.name == "Labadi"
    assert not location.fallback


def test_a_street_is_nowhere_when_most_people_live_elsewhere() -> None:
    more = Entry("Bwa", 19.0, -73.0, "town", 2_000_000), Entry("Kan", 19.9, -74.0, "town", 1_900_000)
    assert _locate("we live in rue Acacia", *TOWNS, *more) is None


def test_a_programme_with_places_of_its_own_is_not_sent_to_the_capital() -> None:
    own = Knowledge(country="HT", places=(Place("Mabati", 19.7, -72.2),))
    assert _locate("we live in rue Acacia", knowledge=own) is None


def test_a_country_without_a_metropolis(models: Path) -> None:
    assert metropolis_of(open_gazetteer(Knowledge(country="IN"), models / "gazetteers")) is None
    found = metropolis_of(open_gazetteer(Knowledge(country="LR"), models / "gazetteers"))
    assert found is not None
    assert found.name == "Monrovia"
