"""Towns of a country in texts, where the programme has told us no places of its own. The country is made up."""

from __future__ import annotations

from pathlib import Path

import pytest
import spacy

import nlp.steps.location
import nlp.steps.places  # noqa: F401  (names the steps to spaCy)
from nlp.analysis import Location
from nlp.findings import as_analysis
from nlp.gazetteer import Entry, Gazetteer, Index, build, open_programme
from nlp.gazetteer.country import open_country
from nlp.knowledge import Knowledge
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


def _locate(text: str) -> Location | None:
    knowledge = Knowledge(languages=("en", "fr", "ht"), country="HT")
    pipeline = spacy.blank("xx")
    gazetteer = open_programme(knowledge).with_layer(Index(build(TOWNS)))
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
    assert (location and location.name) == name


def test_codes_of_airports_are_no_names(tmp_path: Path) -> None:
    gazetteer = Gazetteer([open_country("HT", tmp_path)])
    assert gazetteer.exact("portdepaix")
    assert not gazetteer.exact("pax")
