"""GeoJSON (RFC 7946), as OpenStreetMap and HDX export it: a feature at a time, so that no file is too large for memory.

Points are places; lines and polygons are taken at their middle, and reach as far as half their extent. Names come from the
tags of OpenStreetMap (https://wiki.openstreetmap.org/wiki/Names) or the columns of HDX's administrative boundaries.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import ijson

from nlp.gazetteer.index import Entry
from nlp.gazetteer.sources.found import Filter, Refused, division_of, make_entry, values_of
from nlp.geo import between_km

NAMES = ("name", "Name", "NAME", "name:en", "int_name", "featureName", "featureNam", "shapeName")
_OTHER = re.compile(
    r"^(alt|old|loc|short|official|int|reg|nat)_name(:\w+)?$|^name:[A-Za-z-]+$|^name_\w{2,3}$|^(alt|other)_?names?$"
)
KINDS = (
    "place",
    "amenity",
    "healthcare",
    "building",
    "highway",
    "landuse",
    "natural",
    "waterway",
    "railway",
    "shop",
    "office",
)
COUNTRIES = ("addr:country", "ISO3166-1", "iso_a2", "ISO_A2", "country_code", "is_in:country_code")
POPULATIONS = ("population", "Population", "pop", "POP", "T_TL")
BETWEEN = b" \t\r\n\x1e"
"""What may stand before a feature in a sequence of them (RFC 8142)."""
_SAMPLE = 4096
_BEGINS_A_FEATURE = re.compile(rb'[\s\x1e]*\{\s*(?:"(?:id|bbox)"\s*:\s*[^{}]*?,\s*)?"type"\s*:\s*"Feature"')
MOST_POINTS = 2_000
"""Corners of a shape that are looked at."""


def read(file: BinaryIO, wanted: Filter) -> Iterator[Entry | Refused]:
    """Every named feature. Raises ijson.JSONError where the file stops being JSON."""
    start = file.tell()
    alone = _BEGINS_A_FEATURE.match(file.read(_SAMPLE))
    file.seek(start)
    if alone:
        features = ijson.items(_Parted(file), "", multiple_values=True, use_float=True)
    else:
        features = ijson.items(file, "features.item", use_float=True)
    for number, feature in enumerate(features, start=1):
        found = _read(number, feature, wanted)
        if found is not None:
            yield found


class _Parted:
    """A file of features one after the other, with a blank for each sign that parts them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size).replace(b"\x1e", b" ")


def _read(number: int, feature: Any, wanted: Filter) -> Entry | Refused | None:
    if not isinstance(feature, dict):
        return Refused(number, "it is not a feature")
    properties = feature.get("properties")
    row: Mapping[str, Any] = properties if isinstance(properties, dict) else {}
    if not wanted.wants(str(next(iter(values_of(row, COUNTRIES)), ""))[:2]):
        return None
    name, level = _name(row)
    if name is None:
        return Refused(number, "it has no name")
    shape = shape_of(feature.get("geometry"))
    if shape is None:
        return Refused(number, "it has no geometry that can be read")
    lat, lon, reach = shape
    return make_entry(
        number, name, lat, lon, level,
        population=next(iter(values_of(row, POPULATIONS)), 0), other_names=_others(row), radius_km=reach,
    )  # fmt: skip


def _name(row: Mapping[str, Any]) -> tuple[str | None, str]:
    """The name and what kind of place it is; of a division the finest."""
    for name in values_of(row, NAMES):
        kind = next(iter(values_of(row, KINDS)), "place")
        return str(name), "place" if kind in ("yes", "no") else str(kind)[:40]
    divisions = {}
    for column, value in row.items():
        level = division_of(column)
        if level is not None and value:
            divisions[level] = str(value)
    return (divisions[max(divisions)], "area") if divisions else (None, "")


def _others(row: Mapping[str, Any]) -> Iterator[str]:
    for tag, value in row.items():
        if isinstance(value, str) and _OTHER.match(tag):
            yield from re.split(r"\s*[;|]\s*", value)


def shape_of(geometry: Any) -> tuple[float, float, float | None] | None:
    """Latitude, longitude and reach in kilometres of a geometry; no reach for a point. None if it cannot be read."""
    points = list(_points(geometry))
    if not points:
        return None
    lats, lons = [lat for lat, _ in points], [lon for _, lon in points]
    south, north, west, east = min(lats), max(lats), min(lons), max(lons)
    lat, lon = (south + north) / 2, (west + east) / 2
    if len(points) == 1:
        return lat, lon, None
    return lat, lon, max(0.1, round(between_km(south, west, north, east) / 2 / math.sqrt(2), 3))


def _points(geometry: Any) -> Iterator[tuple[float, float]]:
    """The corners, as latitude and longitude; none where anything is not a number."""
    waiting = [geometry.get("coordinates")] if isinstance(geometry, dict) else []
    if isinstance(geometry, dict) and geometry.get("type") == "GeometryCollection":
        parts = geometry.get("geometries")
        waiting = (
            [part.get("coordinates") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
        )
    count = 0
    while waiting and count < MOST_POINTS:
        part = waiting.pop()
        if not isinstance(part, list) or not part:
            continue
        if isinstance(part[0], (int, float)):
            if len(part) >= 2 and isinstance(part[1], (int, float)) and abs(part[1]) <= 90 and abs(part[0]) <= 180:
                count += 1
                yield float(part[1]), float(part[0])
        else:
            waiting.extend(part)
