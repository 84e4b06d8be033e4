"""GeoNames dumps: tables without a head, a place a line, 19 columns (https://download.geonames.org/export/dump/readme.txt).

Alternate names come in the fourth column, and all of them, with languages, in a second file (`alternateNamesV2.txt`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from nlp.gazetteer.index import Entry
from nlp.gazetteer.sources.found import Filter, Refused, make_entry

COLUMNS = 19
CLASSES = {
    "P": "town",
    "A": "area",
    "S": "building",
    "L": "place",
    "R": "road",
    "T": "place",
    "H": "water",
    "V": "place",
}
"""Feature classes by level; undersea features (U) are nobody's address."""
REACH_KM = {"ADM1": 40.0, "ADM2": 15.0, "ADM3": 6.0, "ADM4": 3.0, "ADM5": 2.0}
"""How far from its point an account in a division of this rank usually is; GeoNames has no boundaries."""
NOT_NAMES = frozenset({"link", "wkdt", "post", "iata", "icao", "faac", "unlc", "fr_1793", "abbr", "phon"})
"""Kinds of alternate names that nobody texts: links, codes, post codes."""


def is_geonames(line: str) -> bool:
    """Whether a first line is one of a GeoNames dump."""
    cells = line.rstrip("\r\n").split("\t")
    return len(cells) == COLUMNS and cells[0].isdigit()


def read(lines: Iterable[str], wanted: Filter, alternates: Mapping[int, list[str]]) -> Iterator[Entry | Refused]:
    """Every place of the wanted country. `alternates` are further names by GeoNames id."""
    for number, line in enumerate(lines, start=1):
        cells = line.rstrip("\r\n").split("\t")
        if len(cells) != COLUMNS:
            if line.strip():
                yield Refused(number, f"it has {len(cells)} columns, not the {COLUMNS} of a GeoNames dump")
            continue
        level = CLASSES.get(cells[6])
        if level is None or not wanted.wants(cells[8]):
            continue
        others = [*cells[3].split(","), *alternates.get(_number(cells[0]), ())]
        yield make_entry(
            number, cells[1], cells[4], cells[5], level,
            population=cells[14], other_names=others, radius_km=REACH_KM.get(cells[7]),
        )  # fmt: skip


def read_alternates(lines: Iterable[str]) -> dict[int, list[str]]:
    """Names by GeoNames id from `alternateNamesV2.txt`; links, codes and names no longer in use are left out."""
    found: dict[int, list[str]] = defaultdict(list)
    for line in lines:
        cells = line.rstrip("\r\n").split("\t")
        if len(cells) >= 4 and cells[2] not in NOT_NAMES and not (len(cells) > 7 and cells[7] == "1"):
            found[_number(cells[1])].append(cells[3])
    return found


def _number(cell: str) -> int:
    return int(cell) if cell.isascii() and cell.isdigit() else 0
