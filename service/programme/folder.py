"""Read a programme folder: every file, every fault at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.programme import digests as digest_words
from service.programme import faults, screens, templates, texts, whereabouts
from service.programme.faults import Fault
from service.programme.files import Reader, Sheet
from service.programme.schema import Area, Category, ChannelEntry, Messages, Official, Place, Programme, Rules


class BrokenProgramme(Exception):
    """The folder cannot be used. `faults` names each file, line, field and remedy."""

    def __init__(self, folder: Path, faults: list[Fault]) -> None:
        super().__init__(
            f"{folder.name}: {len(faults)} {'fault' if len(faults) == 1 else 'faults'}\n"
            + "\n".join(str(fault) for fault in faults)
        )
        self.faults = faults


@dataclass
class _Parts:
    rules: Rules | None
    categories: list[Category]
    areas: list[Area]
    places: list[Place]
    officials: list[Official]
    channels: list[ChannelEntry]


def load(folder: Path, *, for_analysis: bool = False) -> Programme:
    """The programme in a folder, or BrokenProgramme with every fault.

    `for_analysis` needs only programme.yaml and categories.yaml: enough to analyse and learn, not to run.
    """
    reader = Reader(folder)
    rules = reader.model("programme.yaml", Rules)
    parts = _Parts(
        rules=rules,
        categories=reader.models("categories.yaml", "categories", Category),
        areas=reader.rows("areas.csv", AREAS, optional=for_analysis),
        places=reader.rows("places.csv", PLACES, optional=for_analysis),
        officials=reader.rows("officials.csv", OFFICIALS, optional=for_analysis),
        channels=reader.models("channels.yaml", "channels", ChannelEntry, optional=for_analysis),
    )
    languages = rules.languages if rules and not for_analysis else []
    messages = {tag: reader.model(f"messages/{tag}.yaml", Messages) for tag in languages}
    spoken = sorted({official.language for official in parts.officials}) if not for_analysis else []
    digests = {tag: reader.mapping(f"digests/{tag}.yaml") for tag in spoken}
    boundaries = reader.geojson("areas.geojson")
    found = reader.faults + faults.across_files(reader, parts.categories, parts.areas, parts.places, parts.officials)
    if rules is not None:
        found += faults.of_rules(reader, rules, parts.categories, complete=not for_analysis)
        found += whereabouts.misplaced(reader, rules, parts.places)
        if not for_analysis:
            found += faults.of_channels(reader, parts.channels)
            found += templates.faults(reader, rules, parts.channels)
            known = {tag: found_messages for tag, found_messages in messages.items() if found_messages}
            found += texts.faults(reader, rules, known)
            found += digest_words.faults(reader, digests)
            found += screens.faults(reader, rules, known, parts.channels)
    found += whereabouts.of_boundaries(reader, rules, parts.areas, boundaries)
    if found or rules is None:
        raise BrokenProgramme(folder, sorted(found, key=lambda fault: (fault.file, fault.line, fault.field)))
    return Programme(
        rules=rules,
        categories=tuple(parts.categories),
        areas=tuple(parts.areas),
        places=tuple(parts.places),
        officials=tuple(parts.officials),
        messages={tag: found_messages for tag, found_messages in messages.items() if found_messages},
        digests=digests,
        channels=tuple(parts.channels),
        boundaries=boundaries,
    )


def folders(programmes: Path) -> Iterable[Path]:
    """Every programme folder below a folder, in order of name."""
    return sorted(path.parent for path in programmes.glob("*/programme.yaml"))


def _names(cell: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in cell.split("|") if name.strip())


def _area(row: dict[str, str]) -> dict[str, Any]:
    groups = {
        column.removeprefix("population_"): int(cell)
        for column, cell in row.items()
        if column.startswith("population_") and cell
    }
    return {
        "code": row["code"],
        "name": row["name"],
        "other_names": _names(row["other_names"]),
        "parent": row["parent"] or None,
        "level": row["level"],
        "population": int(row["population"]) if row["population"] else None,
        "populations": groups,
    }


def _place(row: dict[str, str]) -> dict[str, Any]:
    return row | {"other_names": _names(row["other_names"])}


def _official(row: dict[str, str]) -> dict[str, Any]:
    return row | {
        "areas": _names(row["areas"]),
        "categories": _names(row["categories"]),
        "weekday": row["weekday"].lower(),
    }


AREAS = Sheet(Area, _area, ("code", "name", "other_names", "parent", "level", "population"), "population_")
PLACES = Sheet(Place, _place, ("name", "other_names", "latitude", "longitude", "area", "kind"))
OFFICIALS = Sheet(
    Official, _official, ("name", "email", "office", "areas", "categories", "language", "weekday", "hour")
)
