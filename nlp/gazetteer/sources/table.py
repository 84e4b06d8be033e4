"""Tables with a head: CSV, semicolons or tabs, as HDX, survey tools and spreadsheets write them. HXL tags are understood."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from textwrap import shorten
from typing import TextIO

from nlp.gazetteer.index import Entry
from nlp.gazetteer.sources.found import Filter, Refused, division_of, make_entry

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": (
        "#loc+name", "name", "place", "placename", "settlement", "village", "locality", "featurename", "facilityname",
        "schoolname", "healthfacility", "site", "sitename", "nameen", "label",
    ),
    "lat": ("#geo+lat", "lat", "latitude", "y", "ycoord", "pointy", "gpslatitude", "latdd", "decimallatitude"),
    "lon": ("#geo+lon", "lon", "lng", "long", "longitude", "x", "xcoord", "pointx", "gpslongitude", "londd", "decimallongitude"),
    "others": ("#loc+name+alt", "othernames", "othername", "altname", "altnames", "alternatenames", "aka", "localname"),
    "level": ("#loc+type", "kind", "type", "featuretype", "facilitytype", "class", "category", "amenity"),
    "population": ("#population", "population", "pop", "totalpopulation", "people"),
    "country": ("#country+code", "countrycode", "country", "iso2", "cc", "iso"),
}  # fmt: skip
"""Heads, plain (lower case, letters and digits alone) or as HXL tags, by what they mean; the first that is there counts."""
NEEDED = ("name", "lat", "lon")
MOST_FIELD = 1_000_000


LONGEST_SHOWN = 40
"""Letters of a head that a message shows."""
MOST_LINES = 5
"""A row of more lines has swallowed others: a quotation mark was left open."""


class HeadMissing(ValueError):
    """No head names the name and the point of a place."""


class QuoteOpen(ValueError):
    """A quotation mark opens a cell that does not end as it must."""


def read(file: TextIO, wanted: Filter) -> Iterator[Entry | Refused]:
    """Every place of the table. HeadMissing names the columns that are missing, and those that are there; QuoteOpen the line."""
    before = csv.field_size_limit(MOST_FIELD)
    try:
        yield from _places(file, wanted)
    finally:
        csv.field_size_limit(before)  # it is one for the process, and a programme's own files are held to less


def _places(file: TextIO, wanted: Filter) -> Iterator[Entry | Refused]:
    sample = file.read(20_000)
    file.seek(0)
    head: list[str] = []
    columns: dict[str, int] = {}
    for number, cells in _records(file, _delimiter(sample)):
        if not head:
            head, columns = cells, _columns(cells)
            continue
        if _is_hxl(cells):
            columns = {**columns, **_columns(cells)}
            continue
        _demand(columns, head)
        if any(cell.strip() for cell in cells):
            found = _read(number, cells, columns, wanted) if len(cells) <= len(head) else _too_long(number, cells, head)
            if found is not None:
                yield found
    _demand(columns, head)


def _records(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows, with the number of their last line. QuoteOpen where one does not end, or only many lines below."""
    rows = csv.reader(file, delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in rows:
            if rows.line_num - begins >= MOST_LINES:
                raise QuoteOpen(_open_at(begins))
            yield rows.line_num, cells
            begins = rows.line_num + 1
    except csv.Error:
        raise QuoteOpen(_open_at(begins)) from None


def _open_at(line: int) -> str:
    return (
        f'line {line}: a quotation mark (") opens a cell that does not end as it must; '
        'take it out, or put the whole cell in quotes and write "" for each mark in it'
    )


def _too_long(number: int, cells: list[str], head: list[str]) -> Refused:
    wide = f"it has {len(cells)} cells where the first line has {len(head)}"
    return Refused(number, f"{wide}; put a cell with a comma in quotes, and write 1.5 for 1,5")


def _demand(columns: Mapping[str, int], head: list[str]) -> None:
    missing = [what for what in NEEDED if what not in columns]
    if missing:
        there = ", ".join(shorten(cell, LONGEST_SHOWN) for cell in head[:12]) or "nothing"
        raise HeadMissing(
            f"no column for {', '.join(missing)}; name them name, lat and lon in the first line, which has: {there}"
        )


def _read(number: int, cells: list[str], columns: Mapping[str, int], wanted: Filter) -> Entry | Refused | None:
    row = {what: cells[place].strip() if place < len(cells) else "" for what, place in columns.items()}
    country = row.get("country", "")
    if len(country) == 2 and not wanted.wants(country):
        return None
    return make_entry(
        number, row["name"], row["lat"], row["lon"], row.get("level", "")[:40] or "place",
        population=row.get("population", 0), other_names=re.split(r"\s*[;|/]\s*", row.get("others", "")),
    )  # fmt: skip


def _columns(head: list[str]) -> dict[str, int]:
    plain = [_plain(cell) for cell in head]
    found = {}
    for what, names in COLUMNS.items():
        place = next((plain.index(name) for name in names if name in plain), None)
        if place is not None:
            found[what] = place
    divisions = {place: level for place, cell in enumerate(head) if (level := division_of(cell.strip())) is not None}
    if divisions:
        found.setdefault("name", max(divisions, key=lambda place: (divisions[place], -place)))
    return found


def _plain(cell: str) -> str:
    cell = cell.strip().lower().removeprefix("\ufeff")
    return cell.replace(" ", "") if cell.startswith("#") else re.sub(r"[^a-z0-9]", "", cell)


def _is_hxl(cells: list[str]) -> bool:
    """A row of HXL tags (https://hxlstandard.org/standard/1-1final/), which stands below the head."""
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(cell.strip().startswith("#") for cell in filled)


def _delimiter(sample: str) -> str:
    first = sample.partition("\n")[0]
    return max(",;\t|", key=first.count)
