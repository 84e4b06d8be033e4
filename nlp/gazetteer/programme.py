"""The places and areas a programme names in its own files, as gazetteer entries."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nlp.gazetteer.extents import Extent, extents, reaches
from nlp.gazetteer.index import Entry
from nlp.gazetteer.levels import level_names
from nlp.gazetteer.search import Home
from nlp.geo import distance_km
from nlp.knowledge import Area, Knowledge

LEAST_PLACES, MARGIN_KM = 10, 5.0


def read_programme(knowledge: Knowledge) -> Iterator[Entry]:
    """Its places, and its areas, at their middle."""
    for place, reach in zip(knowledge.places, reaches(knowledge.places), strict=True):
        yield Entry(place.name, place.lat, place.lon, place.kind or "place", 0, place.area, reach, place.other_names)
    known = extents(knowledge)
    for area in knowledge.areas:
        if area.code in known:
            yield _area_entry(area, known[area.code])


def home_of(knowledge: Knowledge) -> Home | None:
    """The circle around the programme's places, with a margin; None when they are too few to tell."""
    if len(knowledge.places) < LEAST_PLACES:
        return None
    lats = np.array([place.lat for place in knowledge.places])
    lons = np.array([place.lon for place in knowledge.places])
    lat, lon = float(np.median(lats)), float(np.median(lons))
    return Home(lat, lon, float(distance_km(lat, lon, lats, lons).max()) * 1.1 + MARGIN_KM)


def _area_entry(area: Area, extent: Extent) -> Entry:
    level, people = area.level or "area", area.population or 0
    names = (*area.other_names, *level_names(area))
    return Entry(area.name, extent.lat, extent.lon, level, people, area.code, extent.radius_km, names)
