"""Files of lines, an object with "text" each: what can be read of them, and what is wrong with the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from nlp.knowledge import KINDS, SENSITIVE_KINDS
from service.cli.common import fail

LinesFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
AllowRefused = Annotated[
    bool, typer.Option("--allow-refused", help="End with 0 although lines were refused; without it that is 1.")
]
Entry = Mapping[str, Any]
Fault = Callable[[Entry], str | None]
"""What is wrong with an object and what it must be instead, or None."""

MOST_NAMED = 20
"""Numbers of lines that a summary names; each line is named on its own before."""


class Refused:
    """The lines that were refused. Each is named on standard error at once."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def add(self, number: int, why: str) -> None:
        self.numbers.append(number)
        typer.echo(f"line {number}: {why}", err=True)

    def settle(self, others: str, *, allowed: bool = False) -> None:
        """Say how many there were and what became of the others, and end with 1 unless they are allowed."""
        if not self.numbers:
            return
        named = ", ".join(map(str, self.numbers[:MOST_NAMED])) + (" …" if len(self.numbers) > MOST_NAMED else "")
        said = f"{len(self.numbers)} line{'s' * (len(self.numbers) > 1)} refused ({named}); {others}"
        if not allowed:
            fail(said)
        typer.echo(said, err=True)


def read_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, Entry | str]]:
    """Each line's number with its object, or with what is wrong with it. Empty lines are passed over."""
    for number, raw in enumerate(lines, start=1):
        line = raw.removeprefix(b"\xef\xbb\xbf").strip()
        if not line:
            continue
        try:
            entry = json.loads(line.decode("utf-8"), parse_constant=_no_number)
        except UnicodeDecodeError:
            yield number, "not UTF-8; save the file with that encoding"
            continue
        except (ValueError, RecursionError):
            yield number, 'not JSON; write one object a line, such as {"id": "1", "text": "No water"}'
            continue
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
            yield number, 'must be an object with "text" as a string'
            continue
        yield number, entry


def _no_number(written: str) -> NoReturn:
    raise ValueError(f"{written} is no number of JSON")


def read_sound(path: Path, fault_of: Fault, refused: Refused) -> Iterator[tuple[int, Entry]]:
    """The objects of a file with the numbers of their lines; those that cannot be read or have a fault are refused."""
    with path.open("rb") as file:
        for number, entry in read_lines(file):
            fault = entry if isinstance(entry, str) else fault_of(entry)
            if fault is not None:
                refused.add(number, fault)
            elif not isinstance(entry, str):
                yield number, entry


def decision_fault(codes: set[str]) -> Fault:
    """For a decision: categories of the programme, a place, a translation, whether it is urgent or sensitive."""

    def fault(entry: Entry) -> str | None:
        translation = entry.get("translation")
        if translation is not None and not (isinstance(translation, str) and translation.strip()):
            return '"translation" must be the text in another language, or be left out'
        if not isinstance(entry.get("urgent"), bool | None):
            return '"urgent" must be true or false, or be left out'
        return (
            _list_fault(entry, "categories", codes, "categories.yaml")
            or _list_fault(entry, "sensitive", set(SENSITIVE_KINDS), f"({', '.join(SENSITIVE_KINDS)})")
            or _place_fault(entry.get("place"))
        )

    return fault


def gold_fault(codes: set[str]) -> Fault:
    """For a text with the answers people gave: a decision, and whatever else is compared."""
    decided = decision_fault(codes)

    def fault(entry: Entry) -> str | None:
        if not isinstance(entry.get("language"), str | None):
            return '"language" must be a code such as sw, or be left out'
        if entry.get("kind") not in (None, *KINDS):
            return f'"kind" must be one of {", ".join(KINDS)}, or be left out'
        personal = entry.get("personal")
        if personal is not None and not _are_strings(personal):
            return '"personal" must be a list of what must be masked, as it stands in the text'
        return decided(entry)

    return fault


def _list_fault(entry: Entry, key: str, known: set[str], where: str) -> str | None:
    said = entry.get(key)
    if said is None:
        return None
    if not _are_strings(said):
        return f'"{key}" must be a list of codes'
    unknown = [code for code in said if code not in known]
    return f"{', '.join(unknown)}: no such code in {where}" if unknown else None


def _are_strings(said: object) -> bool:
    return isinstance(said, list) and all(isinstance(one, str) for one in said)


def _place_fault(place: object) -> str | None:
    if place is None:
        return None
    degrees = [place.get(key) if isinstance(place, dict) else None for key in ("lat", "lon")]
    named = isinstance(place, dict) and isinstance(place.get("name"), str | None)
    if not named or not all(isinstance(degree, int | float) and not isinstance(degree, bool) for degree in degrees):
        return '"place" must be null or {"name", "lat", "lon"} with numbers'
    if not (-90 <= degrees[0] <= 90 and -180 <= degrees[1] <= 180):  # type: ignore[operator]
        return '"place": latitude is -90 to 90 and longitude -180 to 180; are they swapped?'
    return None
