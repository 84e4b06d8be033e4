"""Names of places learned from what people confirmed, as entries of an index of their own."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import numpy as np

from nlp.fold import words
from nlp.gazetteer.index import CONFIRMED, Entry
from nlp.gazetteer.spelling import GENERIC
from nlp.geo import distance_km

LONGEST = 5
SPREAD_KM = 5.0
"""Names whose confirmed points lie farther apart than this in the middle are no names of one place."""
LEAST_KM = 0.5

_PARTS = re.compile(r"[,;()/|]| - ")
_HOUSE = re.compile(r"^\s*(?:no\.?|nr\.?|number|#)?\s*#?\s*\d+\w?\s+", re.IGNORECASE)


def learn_names(places: Sequence[tuple[str, float, float]], everyday: Collection[str]) -> list[Entry]:
    """The entries for confirmed places (name, degrees north, degrees east), oldest first."""
    points: dict[str, list[int]] = {}
    spoken: dict[str, str] = {}
    for number, (name, _, _) in enumerate(places):
        for key, part in _parts(name, everyday).items():
            points.setdefault(key, []).append(number)
            spoken[key] = part
    entries = []
    for key, numbers in points.items():
        lats = np.array([places[number][1] for number in numbers])
        lons = np.array([places[number][2] for number in numbers])
        lat, lon = float(np.median(lats)), float(np.median(lons))
        apart = distance_km(lat, lon, lats, lons)
        if float(np.median(apart)) <= SPREAD_KM:
            reach = max(float(np.quantile(apart, 0.8)), LEAST_KM)
            entries.append(Entry(spoken[key], lat, lon, CONFIRMED, radius_km=reach))
    return entries


def _parts(name: str, everyday: Collection[str]) -> dict[str, str]:
    """The first part of a name with commas, which is the finest, with and without the number of a house before it."""
    first = next((part.strip() for part in _PARTS.split(name) if part.strip()), "")
    found = {}
    for part in (first, _HOUSE.sub("", first)):
        folded = words(part)
        telling = [word for word in folded if word not in everyday and word not in GENERIC and not word.isdigit()]
        if telling and len(folded) <= LONGEST and len("".join(folded)) > 3:
            found["".join(folded)] = part
    return found
