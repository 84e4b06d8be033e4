"""Finding a spot of the programme's map: by name, or by a pin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nlp.fold import fold
from nlp.gazetteer.extents import is_whole
from nlp.geo import between_km
from nlp.locating import COARSE_KM
from service.programme import Programme

FARTHEST_KM = 50.0
"""A pin farther than this from every place of the programme lies in none of its areas."""
PIN_RADIUS_KM = 0.25
"""How exact a pin on a screen is taken to be."""


@dataclass(frozen=True)
class Spot:
    """Where an account happened, in degrees WGS 84. `area` is a code of the programme or None."""

    name: str
    lat: float
    lon: float
    area: str | None
    radius_km: float | None = None


def search(programme: Programme, words: str, limit: int = 12) -> list[Spot]:
    """Places and areas whose name, or another spelling, holds these words: whole names first, then beginnings."""
    return [spot for _, spot in _found(programme, _folded(words))][:limit]


def called(programme: Programme, name: str) -> list[Spot]:
    """Places and areas of this name, or of which it is another spelling; of areas within one another the one around."""
    whole = [spot for rank, spot in _found(programme, _folded(name)) if rank == 0]
    around = {code for spot in whole if spot.area for code in programme.within[spot.area] - {spot.area}}
    return [spot for spot in whole if spot.area not in around]


def _found(programme: Programme, wanted: str) -> list[tuple[int, Spot]]:
    """With their ranks, the best first."""
    if not wanted:
        return []
    found: list[tuple[int, str, Spot]] = []
    for place in programme.places:
        rank = _rank(wanted, (place.name, *place.other_names))
        if rank is not None:
            found.append((rank, place.name, Spot(place.name, place.latitude, place.longitude, place.area)))
    for area in programme.areas:
        rank = _rank(wanted, (area.name, *area.other_names))
        middle = middle_of(programme, area.code) if rank is not None else None
        if rank is not None and middle is not None:
            found.append((rank, area.name, middle))
    return [(rank, spot) for rank, _, spot in sorted(found, key=lambda entry: entry[:2])]


def middle_of(programme: Programme, area: str) -> Spot | None:
    """The middle of an area, with the radius within which an account of it usually is; None if nothing tells where it lies."""
    extent = programme.extents.get(area)
    if extent is None:
        return None
    return Spot(programme.area_name(area), extent.lat, extent.lon, area, extent.radius_km)


def is_fallback(programme: Programme, spot: Spot) -> bool:
    """Whether a spot stands for a whole area, or for more ground than one can go to: it is never drawn as a point."""
    reach = spot.radius_km or 0.0
    return reach > COARSE_KM or is_whole(programme.wholes, spot.name, spot.area, reach)


def pin(programme: Programme, lat: float, lon: float) -> Spot:
    """A spot somebody pointed at. Its area is the smallest boundary around it, else that of the nearest place.

    Its name is the nearest place's, when that is within a kilometre; else the area's; else the coordinates.
    """
    near = sorted((between_km(lat, lon, p.latitude, p.longitude), p.name, p.area) for p in programme.places)
    nearest = near[0] if near and near[0][0] <= FARTHEST_KM else None
    area = _surrounding(programme, lat, lon) or (nearest[2] if nearest else None)
    if nearest is not None and nearest[0] <= 1:
        name = nearest[1]
    else:
        name = programme.area_name(area) if area is not None else f"{lat:.4f}, {lon:.4f}"
    return Spot(name, lat, lon, area, PIN_RADIUS_KM)


def _surrounding(programme: Programme, lat: float, lon: float) -> str | None:
    """The area with the fewest areas below it whose boundary holds the point."""
    holding = [
        feature["properties"]["code"]
        for feature in (programme.boundaries or {}).get("features", [])
        if _holds(feature["geometry"], lat, lon)
    ]
    known = [code for code in holding if code in programme.area_by_code]
    return min(known, key=lambda code: (len(programme.within[code]), code), default=None)


def _holds(geometry: dict[str, Any], lat: float, lon: float) -> bool:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return any(_crossings(rings, lat, lon) % 2 == 1 for rings in polygons)


def _crossings(rings: Iterable[list[list[float]]], lat: float, lon: float) -> int:
    """How often a ray to the east crosses the rings: odd inside, even outside and in holes."""
    count = 0
    for ring in rings:
        for (lon_1, lat_1, *_), (lon_2, lat_2, *_) in pairwise(ring):
            if (lat_1 > lat) != (lat_2 > lat) and lon < (lon_2 - lon_1) * (lat - lat_1) / (lat_2 - lat_1) + lon_1:
                count += 1
    return count


def _rank(wanted: str, names: Iterable[str]) -> int | None:
    """0 for the whole name, 1 for its beginning, 2 for the beginning of a later word, None for no match."""
    ranks = []
    for name in map(_folded, names):
        if name == wanted:
            ranks.append(0)
        elif name.startswith(wanted):
            ranks.append(1)
        elif f" {wanted}" in name:
            ranks.append(2)
    return min(ranks, default=None)


def _folded(text: str) -> str:
    return " ".join(fold(text).text.split())
