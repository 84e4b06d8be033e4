"""What the readers of all formats share: rows that are refused, which country is wanted, and checked values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nlp.gazetteer.index import Entry

LONGEST_NAME = 200
MOST_OTHER_NAMES = 200


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is no place, with the number of its line (or feature) and what is wrong with it."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What is wanted of a file. `country` is ISO 3166-1 alpha-2; None takes every country. Rows that say none are taken."""

    country: str | None = None

    def wants(self, country: str) -> bool:
        return not self.country or not country or country.upper() == self.country


class _Wrong(ValueError):
    """A value that cannot be; its words say why."""


_DIVISION = re.compile(
    r"^(?:adm(?:in)?_?(\d)_?(?!pcod|ref|alt|type)(?:name|[a-z]{2})(?:_?[a-z]{2})?|name_(\d)|admin(\d)name_?[a-z]{0,2})$",
    re.IGNORECASE,
)
"""Columns such as ADM3_EN, admin2Name_en, NAME_2: the name of a division and those it lies in, not their codes (admin2Pcod)."""


def division_of(column: str) -> int | None:
    """How fine the divisions are whose names a column holds, from 0 for countries; None for any other column."""
    match = _DIVISION.match(column)
    return int(next(filter(None, match.groups()))) if match else None


def make_entry(
    number: int,
    name: object,
    lat: object,
    lon: object,
    level: str,
    *,
    population: object = 0,
    other_names: Iterable[object] = (),
    radius_km: float | None = None,
) -> Entry | Refused:
    """An entry of checked values, or why there is none."""
    try:
        return Entry(
            name=_name(name),
            lat=_degrees(lat, 90, "latitude"),
            lon=_degrees(lon, 180, "longitude"),
            level=level,
            population=_people(population),
            radius_km=radius_km,
            other_names=_others(other_names, name),
        )
    except _Wrong as wrong:
        return Refused(number, str(wrong))


def values_of(row: Mapping[str, object], wanted: Iterable[str]) -> list[object]:
    """The values under these names that hold something."""
    return [row[name] for name in wanted if row.get(name) not in (None, "")]


def _name(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Wrong("it has no name")
    name = " ".join(value.split())
    if len(name) > LONGEST_NAME:
        raise _Wrong(f"its name is longer than {LONGEST_NAME} characters")
    if not any(letter.isalnum() for letter in name):
        raise _Wrong("its name has no letter")
    return name


def _degrees(value: object, most: int, what: str) -> float:
    try:
        degrees = float(str(value).replace(",", ".")) if value not in (None, "") else math.nan
    except ValueError:
        degrees = math.nan
    if not abs(degrees) <= most:
        raise _Wrong(f"its {what} is not a number of degrees from -{most} to {most}")
    return degrees


def _people(value: object) -> int:
    """A population; what cannot be read counts as unknown, which is no reason to lose the name."""
    try:
        people = float(str(value).replace(" ", "").replace(",", "") or 0)
    except ValueError:
        return 0
    return int(people) if 0 <= people < 10**10 else 0


def _others(values: Iterable[object], name: object) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in values:
        if isinstance(value, str) and value.strip() and value != name and len(value) <= LONGEST_NAME:
            found.setdefault(" ".join(value.split()))
    return tuple(found)[:MOST_OTHER_NAMES]
