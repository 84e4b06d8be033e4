"""Where a street or estate is whose town nobody names: in and around the largest, if most of the townspeople live there.

Only for a programme that has told us no places of its own, and marked as a fallback: never a point to go to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nlp.analysis import Location
from nlp.fold import words
from nlp.gazetteer import Gazetteer
from nlp.gazetteer.speech import Speech
from nlp.gazetteer.spelling import STREETS
from nlp.gazetteer.text import MASK
from nlp.geo import between_km
from nlp.locating import COARSE_KM

ESTATES = frozenset(("cite", "bidonville", "lotissement", "faubourg"))
"""Words for what only a city has, named as streets are."""
URBAN = STREETS | ESTATES
MOST = 0.5
"""The share of a country's townspeople from which on its largest town is meant when none is named."""
REACH_KM = 30.0
"""Farther than one can go to: what makes it a fallback."""


@dataclass(frozen=True, slots=True)
class Metropolis:
    """A country's largest town, and the share of the country's townspeople who live there or within COARSE_KM of it."""

    name: str
    lat: float
    lon: float
    share: float

    def locate(self, text: str, speech: Speech) -> Location | None:
        """A fallback for a text that names a street or estate; None for one that does not."""
        if not names_street(words(MASK.sub(" masked ", text)), speech):  # streets are called after people
            return None
        why = f"names a street or estate and no town; {self.share:.0%} of townspeople live in {self.name} or near it"
        return Location(self.name, self.lat, self.lon, REACH_KM, round(self.share, 4), why, fallback=True)


def metropolis_of(gazetteer: Gazetteer) -> Metropolis | None:
    """Where most townspeople live, if the gazetteer holds the towns of a country and nothing else; None otherwise."""
    own, *others = gazetteer.layers
    if own.size or len(others) != 1:
        return None
    towns = [others[0].entry(number) for number in range(others[0].size)]
    people = sum(town.population for town in towns)
    if not people:
        return None
    largest = max(towns, key=lambda town: town.population)
    near = sum(
        town.population for town in towns if between_km(largest.lat, largest.lon, town.lat, town.lon) <= COARSE_KM
    )
    return Metropolis(largest.name, largest.lat, largest.lon, near / people) if near >= MOST * people else None


def names_street(spoken: Sequence[str], speech: Speech) -> bool:
    """Whether a word for a street or estate has a name or number beside it: "rue Acacia", "4th avenue"; not "in the street"."""
    return any(
        (one in URBAN and _is_name(two, speech)) or (two in URBAN and _is_name(one, speech))
        for one, two in pairwise(spoken)
    )


def _is_name(word: str, speech: Speech) -> bool:
    return word not in speech.everyday and word not in URBAN
