"""The places and areas a programme names in its own files, as gazetteer entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nlp.gazetteer.index import Entry
from nlp.gazetteer.search import Home
from nlp.geo import distance_km
from nlp.knowledge import Area, Knowledge, Place

LEAST_PLACES, MARGIN_KM = 10, 5.0
POINT_KM = 0.5
"""How far from its point an account of a named place usually is, when nothing is known about it."""


def read_programme(knowledge: Knowledge) -> Iterator[Entry]:
    """Its places, and its areas that have places inside, at their middle."""
    for place in knowledge.places:
        yield Entry(place.name, place.lat, place.lon, place.kind or "place", 0, place.area, POINT_KM, place.other_names)
    inside = _inside(knowledge)
    for area in knowledge.areas:
        if inside.get(area.code):
            yield _area_entry(area, inside[area.code])


def home_of(knowledge: Knowledge) -> Home | None:
    """The circle around the programme's places, with a margin; None when they are too few to tell."""
    if len(knowledge.places) < LEAST_PLACES:
        return None
    lats = np.array([place.lat for place in knowledge.places])
    lons = np.array([place.lon for place in knowledge.places])
    lat, lon = float(np.median(lats)), float(np.median(lons))
    return Home(lat, lon, float(distance_km(lat, lon, lats, lons).max()) * 1.1 + MARGIN_KM)


def ancestors(areas: Mapping[str, Area], code: str | None) -> list[str]:
    """The area and those it lies in, inner first. A code that leads nowhere ends the list."""
    found: list[str] = []
    while code is not None and code in areas and code not in found:
        found.append(code)
        code = areas[code].parent
    return found


def _inside(knowledge: Knowledge) -> dict[str, list[Place]]:
    areas = {area.code: area for area in knowledge.areas}
    inside: dict[str, list[Place]] = {}
    for place in knowledge.places:
        for code in ancestors(areas, place.area):
            inside.setdefault(code, []).append(place)
    return inside


def _area_entry(area: Area, places: list[Place]) -> Entry:
    lats = np.array([place.lat for place in places])
    lons = np.array([place.lon for place in places])
    lat, lon = float(np.median(lats)), float(np.median(lons))
    reach = float(np.quantile(distance_km(lat, lon, lats, lons), 0.8))
    reach = max(reach, 2 * POINT_KM)
    people = area.population or 0
    return Entry(area.name, lat, lon, area.level or "area", people, area.code, reach, area.other_names)
