"""A made-up town for the tests of places: names that are also words, that repeat, that lie in one another."""

from __future__ import annotations

from nlp.fold import words
from nlp.gazetteer import Gazetteer
from nlp.gazetteer.search import Match
from nlp.knowledge import Area, Category, Knowledge, Place

AREAS = (
    Area("county", "Tumbili County", ("Tumbili",), None, "county", 900_000),
    Area("north", "Kaskazini", (), "county", "ward", 120_000),
    Area("south", "Kusini", ("South Ward",), "county", "ward", 80_000),
)

PLACES = (
    Place("Mlimani", -1.200, 36.800, ("Mli-mani", "Hilltop"), "north", "estate"),
    Place("Pipeline", -1.210, 36.810, (), "north", "estate"),
    Place("St. Theresa Primary School", -1.205, 36.805, (), "north", "school"),
    Place("Mabati 4B", -1.215, 36.795, ("4B",), "north", "block"),
    Place("Mabati 33", -1.219, 36.799, (), "north", "block"),
    Place("Soweto", -1.202, 36.812, (), "north", "village"),
    Place("Soweto", -1.290, 36.900, (), "south", "village"),
    Place("Korongo Kubwa", -1.300, 36.880, (), "south", "village"),
    Place("Samastipur", -1.310, 36.890, ("समस्तीपुर",), "south", "village"),
    Place("Gatwekera", -1.305, 36.870, (), "south", "village"),
    Place("Mashariki Dispensary", -1.295, 36.895, (), "south", "clinic"),
    Place("Kituo cha Jamii", -1.292, 36.905, ("Jamii stage",), "south", "stage"),
)

TOWN = Knowledge(
    programme="tumbili",
    languages=("en", "sw", "hi"),
    categories=(Category("water", words={"en": ("pipeline", "tap", "market")}, examples={"en": ("No water here",)}),),
    areas=AREAS,
    places=PLACES,
)


def lookup(gazetteer: Gazetteer, name: str) -> tuple[Match, ...]:
    """The entries that a name alone may mean: so spelt, else alike."""
    key = "".join(words(name))
    return gazetteer.exact(key) or gazetteer.alike(key)
