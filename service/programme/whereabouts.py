"""Places and boundaries on the wrong side of the world, judged by where the programme's time zone is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from service.programme import swapping
from service.programme.bounds import bounds_of
from service.programme.faults import AREAS, Fault
from service.programme.files import Reader
from service.programme.schema import Area, Place, Rules

FAR_DEGREES = 8.0
BOUNDARIES = "areas.geojson"
SWAPPED = "latitude and longitude seem swapped; exchange the two"
Degrees = tuple[float, float]


def misplaced(reader: Reader, rules: Rules, places: Sequence[Place]) -> Iterator[Fault]:
    """Places whose latitude and longitude stand in each other's column, lack their sign, or were never written."""
    remedies = _remedies(rules, [(place.latitude, place.longitude) for place in places], [p.area for p in places])
    for index, remedy in enumerate(remedies):
        if remedy:
            yield Fault("places.csv", reader.line_of("places.csv", (index,)), "latitude", remedy)


def of_boundaries(
    reader: Reader, rules: Rules | None, areas: Sequence[Area], boundaries: Mapping[str, Any] | None
) -> Iterator[Fault]:
    """Areas that have two boundaries, none that can be read, or one elsewhere, and a file of which no feature is an area."""
    if boundaries is None:
        return
    codes = _codes(boundaries)
    for code, times in Counter(codes).items():
        if times > 1 and any(area.code == code for area in areas):
            yield Fault(BOUNDARIES, 0, code, "stands twice; keep one")
    if not {area.code for area in areas} & set(codes) and AREAS not in {fault.file for fault in reader.faults}:
        remedy = f"no feature has the code of an area in {AREAS}; write it into each one's properties"
        yield Fault(BOUNDARIES, 0, "properties.code", remedy)
    bounds = bounds_of(boundaries)
    for code in sorted({area.code for area in areas} & (set(codes) - bounds.keys())):
        yield Fault(BOUNDARIES, 0, code, "has no shape that can be read; export it again as a polygon in degrees")
    middles = [(lat, lon) for lat, lon, _ in bounds.values()]
    for code, remedy in zip(bounds, _remedies(rules, middles, list(bounds)), strict=True):
        if remedy:
            yield Fault(BOUNDARIES, 0, code, remedy)


def _codes(boundaries: Mapping[str, Any]) -> list[str]:
    features = boundaries.get("features")
    properties = (
        [feature.get("properties") for feature in features if isinstance(feature, dict)]
        if isinstance(features, list)
        else []
    )
    return [str(each["code"]) for each in properties if isinstance(each, dict) and "code" in each]


def _remedies(rules: Rules | None, points: Sequence[Degrees], areas: Sequence[str]) -> list[str]:
    """What to do about each point; empty where nothing seems wrong. `areas` are the codes of their areas."""
    centre = _zone_centres().get(rules.time_zone) if rules else None
    remedies = [_remedy(centre, at) for at in points]
    # The towns are read where they may tell something: where a point is near both ways.
    if rules and centre and any(_away(centre, (lon, lat)) <= FAR_DEGREES for lat, lon in points):
        for number in swapping.swapped(rules.country, points, areas):
            remedies[number] = remedies[number] or SWAPPED
    return remedies


def _remedy(centre: Degrees | None, at: Degrees) -> str:
    if at == (0, 0):
        return "0, 0 lies in the sea; write where it is, in degrees"
    if centre is None or _away(centre, at) <= FAR_DEGREES:
        return ""
    lat, lon = at
    near = _away(centre, at) / 2
    if _away(centre, (lon, lat)) < near:
        return SWAPPED
    if min(_away(centre, turned) for turned in ((-lat, lon), (lat, -lon), (-lat, -lon))) < near:
        return "seems to lack its minus sign, or to have one too many; south and west are negative"
    return ""


def _away(centre: Degrees, at: Degrees) -> float:
    return max(abs(at[0] - centre[0]), abs(at[1] - centre[1]))


@cache
def _zone_centres() -> dict[str, Degrees]:
    """Where each IANA zone's main place is, in degrees, from the zone.tab that the tzdata package carries: it has every
    country's own, also those that keep the time of another."""
    found = {}
    for row in resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines():
        cells = row.split("\t")
        match = re.fullmatch(r"([+-]\d{4,6})([+-]\d{5,7})", cells[1]) if len(cells) > 2 else None
        if match:
            found[cells[2]] = (_degrees(match[1], 2), _degrees(match[2], 3))
    return found


def _degrees(written: str, digits: int) -> float:
    """±DDMM[SS] or ±DDDMM[SS] as degrees."""
    sign = -1 if written[0] == "-" else 1
    return sign * (int(written[1 : digits + 1]) + int(written[digits + 1 : digits + 3]) / 60)
