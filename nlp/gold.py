"""Texts with the answers people gave, as lines: to measure against, to learn from, or both in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nlp.knowledge import Lesson

Point = tuple[float, float]
LEAST = 20
"""Lines on either side of a split, below which figures tell nothing."""


@dataclass(frozen=True)
class Gold:
    """A text with the answers a person gave. None means nobody said; `place_known` tells "names no place" from that."""

    text: str
    language: str | None = None
    categories: frozenset[str] | None = None
    kind: str | None = None
    urgent: bool | None = None
    sensitive: frozenset[str] | None = None
    place: Point | None = None
    place_known: bool = False
    personal: frozenset[str] | None = None
    """What must be masked, as it stands in the text."""


def read_gold(lines: Iterable[Mapping[str, Any]]) -> list[Gold]:
    """Gold lines `{"text", "language", "categories", "kind", "urgent", "sensitive", "place": {"lat", "lon"} | null,
    "personal": [what must be masked]}`, all but the text optional. ValueError names the line and what is wrong with it."""
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(_as_gold(line))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number}: {type(error).__name__}: {error}") from error
    return found


def _as_gold(line: Mapping[str, Any]) -> Gold:
    place = line.get("place")
    return Gold(
        text=str(line["text"]),
        language=line.get("language"),
        categories=None if line.get("categories") is None else frozenset(line["categories"]),
        kind=line.get("kind"),
        urgent=line.get("urgent"),
        sensitive=None if line.get("sensitive") is None else frozenset(line["sensitive"]),
        place=None if place is None else (float(place["lat"]), float(place["lon"])),
        place_known="place" in line,
        personal=None if line.get("personal") is None else frozenset(line["personal"]),
    )


def as_lesson(line: Mapping[str, Any]) -> Lesson:
    """The decision in a line `{"text", "translation", "categories", "place": {"name", "lat", "lon"} | null, "urgent",
    "sensitive": []}`, all but the text optional; it must be in order. What is sensitive (`is_sensitive`) is no lesson."""
    place = line.get("place")
    return Lesson(
        text=line["text"],
        categories=tuple(line["categories"]) if line.get("categories") is not None else None,
        place=(place.get("name") or "", float(place["lat"]), float(place["lon"])) if place else None,
        place_known="place" in line,
        translation=line.get("translation"),
        urgent=line.get("urgent"),
        ordinary=line.get("sensitive") == [],
    )


def is_sensitive(line: Mapping[str, Any]) -> bool:
    """Whether a line says that its text is sensitive."""
    return bool(line.get("sensitive"))


def split_in_time(
    lines: Sequence[tuple[int, Mapping[str, Any]]], share: float
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The earlier share of the lines (each with its number in the file) and the later rest.

    Every line has a "time" (ISO 8601; without a zone it is UTC), never before that of the line above. What has the
    time at which we split is later. ValueError names the line that is not in order, or says that there are too few.
    """
    times = [_time(number, line) for number, line in lines]
    for (number, _), before, time in zip(lines[1:], times, times[1:], strict=False):
        if time < before:
            raise ValueError(
                f'line {number}: its "time" is before that of the line above; sort the lines, oldest first'
            )
    cut = int(len(lines) * share)
    while 0 < cut < len(times) and times[cut - 1] == times[cut]:
        cut -= 1
    if min(cut, len(lines) - cut) < LEAST:
        raise ValueError(
            f"{cut} lines before the split and {len(lines) - cut} after it are too few; each side needs {LEAST} at least"
        )
    entries = [line for _, line in lines]
    return entries[:cut], entries[cut:]


def _time(number: int, line: Mapping[str, Any]) -> datetime:
    written = line.get("time")
    try:
        time = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        time = None
    if time is None:
        raise ValueError(f'line {number}: "time" must say when, such as "2026-11-26T09:30:00+03:00"')
    return time if time.tzinfo else time.replace(tzinfo=UTC)
