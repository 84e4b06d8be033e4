"""Telling what format a file of places has, and reading it: by what is in it, not by how it is called."""

from __future__ import annotations

import codecs
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import ijson
import numpy as np

from nlp.gazetteer.index import Entry
from nlp.gazetteer.sources import geojson, geonames, table
from nlp.gazetteer.sources.found import Filter, Refused

_SAMPLE = 4096
_CHUNK = 1 << 20
DEEPEST = 1_000
_STEPS = np.zeros(256, np.int8)
_STEPS[list(b"[{")], _STEPS[list(b"]}")] = 1, -1
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(ValueError):
    """The file is none of the formats we read; the words say what to do."""


def read(path: Path, wanted: Filter, alternates: Path | None = None) -> Iterator[Entry | Refused]:
    """Every place of a file, and every row that is none, in its order. Raises Unreadable, OSError.

    A ZIP is read when it holds one file of places, as the countries of GeoNames do. `alternates` is a file of further
    GeoNames names.
    """
    with _open(path) as file:
        start = file.read(_SAMPLE)
        file.seek(0)
        if start.lstrip(codecs.BOM_UTF8 + geojson.BETWEEN)[:1] in (b"{", b"["):
            file.seek(len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0)
            yield from _read_geojson(file, wanted)
            return
        if start.startswith((b"PK", b"\x1f\x8b", b"SQLite", b"\x89PNG", b"%PDF")) or b"\0" in start:
            if start.startswith(UTF_16):
                raise Unreadable("it is UTF-16; save it with the encoding UTF-8 (in a spreadsheet: CSV UTF-8)")
            raise Unreadable("it is not text; export it as CSV or GeoJSON, or take the GeoNames .txt or .zip")
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        try:
            if geonames.is_geonames(start.removeprefix(codecs.BOM_UTF8).partition(b"\n")[0].decode("utf-8", "replace")):
                with _lines(alternates) as further:
                    yield from geonames.read(text, wanted, geonames.read_alternates(further))
            else:
                yield from table.read(text, wanted)
        except UnicodeDecodeError:
            raise Unreadable(f"line {_first_bad_line(path)} is not UTF-8; save the file with that encoding") from None
        except (table.HeadMissing, table.QuoteOpen) as wrong:
            raise Unreadable(str(wrong)) from None


def _first_bad_line(path: Path) -> int:
    with _open(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1


def _is_deep(file: BinaryIO) -> bool:
    """Whether brackets open deeper than any feature's: reading that takes memory by the square of the depth. Those within names
    count too; there they are closed, or few."""
    depth, start = 0, file.tell()
    while chunk := file.read(_CHUNK):
        path = depth + np.cumsum(_STEPS[np.frombuffer(chunk, np.uint8)], dtype=np.int64)
        depth = int(path[-1])
        if int(path.max()) > DEEPEST:
            return True
    file.seek(start)
    return False


def _read_geojson(file: BinaryIO, wanted: Filter) -> Iterator[Entry | Refused]:
    if _is_deep(file):
        raise Unreadable(f"its brackets open more than {DEEPEST:,} deep; fetch or export it again")
    found = 0
    try:
        for entry in geojson.read(file, wanted):
            found += 1
            yield entry
    except (ijson.JSONError, UnicodeDecodeError):
        raise Unreadable(f"it stops being JSON after {found} features; fetch or export it again") from None
    if not found:
        raise Unreadable('it has no "features"; export it as a GeoJSON FeatureCollection, or a feature a line')


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            yield file
        return
    with zipfile.ZipFile(path) as archive:
        names = [
            name for name in archive.namelist() if name.lower().endswith((".txt", ".csv", ".tsv", ".json", ".geojson"))
        ]
        names = [name for name in names if "readme" not in name.lower()]
        if len(names) != 1:
            raise Unreadable(f"the ZIP holds {len(names)} files of places; take the one you mean out of it")
        try:
            with archive.open(names[0]) as member:
                # A member of a ZIP can go back to its start, at the price of reading it again.
                yield member  # type: ignore[misc]
        except (zipfile.BadZipFile, zlib.error):
            raise Unreadable("the ZIP is damaged; fetch it again") from None


@contextmanager
def _lines(path: Path | None) -> Iterator[Iterable[str]]:
    if path is None:
        yield ()
        return
    with _open(path) as file:
        yield io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
