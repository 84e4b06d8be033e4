"""How far the places and areas of a programme reach: by their kind, by what lies in them, and no farther than half-way to
the next of their kind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeAlias

import numpy as np

from nlp.fold import words
from nlp.geo import DEGREE_KM, Floats, distance_km
from nlp.knowledge import Area, Knowledge, Place
from nlp.lexicon import read_data

POINT_KM = 0.5
"""How far from its point an account of a named place usually is, when nothing is known about it."""
LEAST_AREA_KM = 1.0
"""What reaches less far than this is a place to go to."""
ROUNDED_KM = 0.001
HOLDS = 3
"""Places within the reach of another from which on it is an area in all but name: a settlement with its villages."""


Wholes: TypeAlias = "Mapping[tuple[str, str | None], float]"
"""What is no place to go to, by its name and area, with its reach in km."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The middle of an area, in degrees, and how far from it an account of the area usually is."""

    lat: float
    lon: float
    radius_km: float


def ancestors(areas: Mapping[str, Area], code: str | None) -> list[str]:
    """The area and those it lies in, inner first. A code that leads nowhere ends the list."""
    found: list[str] = []
    while code is not None and code in areas and code not in found:
        found.append(code)
        code = areas[code].parent
    return found


def reaches(places: Sequence[Place]) -> list[float]:
    """Kilometres for each place: what its kind usually reaches, or half-way to the next of its kind where that is less."""
    usual = [_usual_km(place.kind) for place in places]
    half = _half_way([(place.kind, place.lat, place.lon) for place in places])
    return [max(POINT_KM, min(pair)) for pair in zip(usual, half, strict=True)]


def extents(knowledge: Knowledge) -> dict[str, Extent]:
    """Each area's by code: its boundary's, else that of the places in it, else that of the area it lies in.

    An area that nothing tells of is left out.
    """
    areas = {area.code: area for area in knowledge.areas}
    inside = _inside(knowledge, areas)
    known = _filled(areas, {code: _around(places) for code, places in inside.items()})
    known |= {area.code: Extent(*area.extent) for area in knowledge.areas if area.extent is not None}
    above = {code: next((one for one in ancestors(areas, code) if one in known), None) for code in areas}
    return {code: known[one] for code, one in above.items() if one is not None}


def without_places(knowledge: Knowledge) -> list[Area]:
    """The areas that have neither a boundary nor a place in them: they are known by the area they lie in at best."""
    inside = _inside(knowledge, {area.code: area for area in knowledge.areas})
    return [area for area in knowledge.areas if area.extent is None and area.code not in inside]


def wholes(knowledge: Knowledge) -> Wholes:
    """The areas of a programme, and its places that hold others."""
    known = extents(knowledge)
    found: dict[tuple[str, str | None], float] = {
        (area.name, area.code): known[area.code].radius_km for area in knowledge.areas if area.code in known
    }
    for place, reach in _holding(knowledge.places):
        # A settlement may be called like the area it fills.
        found[place.name, place.area] = min(reach, found.get((place.name, place.area), reach))
    return found


def is_whole(found: Wholes, name: str, area: str | None, radius_km: float) -> bool:
    """Whether an answer stands for a whole, not for a place in it of the same name, which reaches less far."""
    reach = found.get((name, area))
    return reach is not None and radius_km >= reach - ROUNDED_KM


def _holding(places: Sequence[Place]) -> Iterator[tuple[Place, float]]:
    if not places:
        return
    lats, lons = np.array([place.lat for place in places]), np.array([place.lon for place in places])
    for place, reach in zip(places, reaches(places), strict=True):
        if reach >= LEAST_AREA_KM and int((distance_km(place.lat, place.lon, lats, lons) < reach).sum()) > HOLDS:
            yield place, reach


def _inside(knowledge: Knowledge, areas: Mapping[str, Area]) -> dict[str, list[Place]]:
    inside: dict[str, list[Place]] = {}
    for place in knowledge.places:
        for code in ancestors(areas, place.area):
            inside.setdefault(code, []).append(place)
    return inside


def _around(places: Sequence[Place]) -> Extent:
    lats, lons = np.array([place.lat for place in places]), np.array([place.lon for place in places])
    lat, lon = float(np.median(lats)), float(np.median(lons))
    reach = float(np.quantile(distance_km(lat, lon, lats, lons), 0.8))
    return Extent(lat, lon, max(reach, LEAST_AREA_KM))


def _filled(areas: Mapping[str, Area], known: Mapping[str, Extent]) -> dict[str, Extent]:
    """As far as areas of their level usually reach, where few places show less, and there is room to the next area."""
    half = _half_way([(areas[code].level, extent.lat, extent.lon) for code, extent in known.items()])
    return {
        code: replace(extent, radius_km=max(extent.radius_km, min(_usual_km(areas[code].level), reach)))
        if reach < math.inf
        else extent
        for (code, extent), reach in zip(known.items(), half, strict=True)
    }


def _half_way(points: Sequence[tuple[str, float, float]]) -> list[float]:
    """Half the distance to the nearest other point of the same kind, for each (kind, lat, lon); infinite where it is alone."""
    found = [math.inf] * len(points)
    kinds: dict[str, list[int]] = {}
    for number, (kind, _, _) in enumerate(points):
        kinds.setdefault(kind, []).append(number)
    for numbers in kinds.values():
        if len(numbers) > 1:
            lats, lons = (np.array([points[number][axis] for number in numbers]) for axis in (1, 2))
            apart = _nearest_km(lats, lons)
            for number, km in zip(numbers, apart, strict=True):
                found[number] = float(km) / 2
    return found


def _nearest_km(lats: Floats, lons: Floats) -> Floats:
    from scipy.spatial import cKDTree  # heavy to import; a command that reads no places need not

    flat = np.column_stack([lats, lons * np.cos(np.radians(np.median(lats)))]) * DEGREE_KM
    apart, _ = cKDTree(flat).query(flat, k=2)
    found: Floats = apart[:, 1]
    return found


def is_point(kind: str) -> bool:
    """Is a place of this kind a building or a spot, such as a school, and no settlement?"""
    return _usual_km(kind) == POINT_KM


def _usual_km(kind: str) -> float:
    usual = _usual()
    return next((usual[word] for word in words(kind) if word in usual), POINT_KM)


@cache
def _usual() -> Mapping[str, float]:
    listed = read_data("reach.yaml")
    return {"".join(words(kind)): km for km, kinds in listed.items() for kind in kinds.split(",")}
