"""Names that a programme took in from files besides its own folder: one index a file, in the models folder."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from nlp.gazetteer.ground import Survey, ground_of
from nlp.gazetteer.index import Entry, Index, build, write
from nlp.gazetteer.sources import Filter, Refused, read

SUFFIX = ".places"
SHOWN = 10
"""Refused rows that are kept to be shown."""
MOST_NAMES = 20_000_000
"""More places than any country has; the index numbers them with 30 bits."""


class NothingFound(ValueError):
    """The file holds no place that is wanted."""


@dataclass(frozen=True)
class Import:
    """An index of imported names: its own name, the file it came from, the day, and how many places it holds."""

    name: str
    file: str
    day: str
    places: int
    bytes: int


@dataclass
class Outcome:
    """What became of a file: places taken, rows refused, and the first of those."""

    taken: int = 0
    refused: int = 0
    first_refused: list[Refused] = field(default_factory=list)
    survey: Survey | None = None
    """Of where the places lie, if the programme has a country."""


def folder(cache: Path, programme: str) -> Path:
    """Where a programme's imports lie."""
    return cache / "imported" / (programme or "any")


def paths(cache: Path, programme: str) -> list[Path]:
    """The indexes of a programme's imports, by name."""
    return sorted(folder(cache, programme).glob(f"*{SUFFIX}"))


def state(cache: Path, programme: str) -> tuple[tuple[str, int], ...]:
    """What changes whenever an import is added, replaced or removed."""
    return tuple((path.name, path.stat().st_mtime_ns) for path in paths(cache, programme))


def take_in(
    file: Path,
    cache: Path,
    programme: str,
    wanted: Filter,
    today: date,
    *,
    name: str = "",
    alternates: Path | None = None,
    progress: Callable[[int], None] = lambda taken: None,
) -> Outcome:
    """Index a file's names for a programme, in place of an import of the same name. `progress` hears the places so far.

    Raises Unreadable, OSError, Misplaced or NothingFound; then nothing has changed.
    """
    outcome = Outcome()
    note = json.dumps({"file": file.name, "day": today.isoformat()})
    entries = _entries(read(file, wanted, alternates), outcome, progress)
    ground = ground_of(wanted.country, cache) if wanted.country else None
    if wanted.country and ground is not None:
        outcome.survey = Survey(wanted.country, ground)
        entries = outcome.survey.pass_on(entries)
    data = build(entries, fingerprint=note)
    if not outcome.taken:
        raise NothingFound(_nothing(wanted, outcome))
    write(folder(cache, programme) / f"{tidy(name or file.stem)}{SUFFIX}", data)
    return outcome


def listed(cache: Path, programme: str) -> list[Import]:
    """A programme's imports, by name."""
    found = []
    for path in paths(cache, programme):
        index = Index.open(path)
        note = json.loads(index.fingerprint)
        found.append(Import(path.stem, note["file"], note["day"], index.size, path.stat().st_size))
    return found


def remove(cache: Path, programme: str, name: str) -> bool:
    """Take an import away; False if there is none of that name."""
    path = folder(cache, programme) / f"{tidy(name)}{SUFFIX}"
    if not path.exists():
        return False
    path.unlink()
    return True


def tidy(name: str) -> str:
    """A file name of plain characters, the same for the same name."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
    return plain or hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _entries(found: Iterator[Entry | Refused], outcome: Outcome, progress: Callable[[int], None]) -> Iterator[Entry]:
    for entry in found:
        if isinstance(entry, Refused):
            outcome.refused += 1
            if len(outcome.first_refused) < SHOWN:
                outcome.first_refused.append(entry)
            continue
        if outcome.taken == MOST_NAMES:
            raise NothingFound(f"it holds more than {MOST_NAMES:,} places; import one country at a time")
        outcome.taken += 1
        if outcome.taken % 5_000 == 0:
            progress(outcome.taken)
        yield entry


def _nothing(wanted: Filter, outcome: Outcome) -> str:
    if outcome.refused:
        first = outcome.first_refused[0]
        return f"it holds no place that can be read; the first of {outcome.refused:,} refused: row {first.number}, {first.why}"
    where = (
        f" in {wanted.country}, the programme's country; with --every-country all are taken" if wanted.country else ""
    )
    return f"it holds no place{where}"
