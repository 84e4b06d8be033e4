"""Who was heard: languages, ways in and what people say of themselves as shares; how much was located and read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Report
from service.programme import Programme
from service.summaries.cells import counted
from service.summaries.described import Described, load_described
from service.summaries.shares import Share, share


@dataclass(frozen=True)
class Heard:
    """Shares of reports. A language or channel of too few people is left out, and `few` says so."""

    located: Share | None
    reviewed: Share | None
    languages: Mapping[str, Share]
    channels: Mapping[str, Share]
    few: bool
    described: tuple[Described, ...]
    """What people say of themselves, by question of the programme; shares of people."""


@dataclass(frozen=True)
class _Alike:
    """So many reports of one person that are alike."""

    reporter: int
    located: bool
    accepted_by: str | None
    language: str | None
    channel: str
    reports: int


async def load_heard(session: AsyncSession, programme: Programme, start: datetime, end: datetime) -> Heard:
    """Over the reports received from `start` until before `end`."""
    located = Report.area.is_not(None)
    columns = (Report.reporter_id, located, Report.accepted_by, Report.language, Report.channel)
    query = select(*columns, func.count()).where(*counted(programme, start, end)).group_by(*columns)
    rows = [_Alike(*row) for row in await session.execute(query)]
    minimum = programme.rules.small_cell
    languages = _by(rows, lambda row: row.language or "", minimum)
    channels = _by(rows, lambda row: row.channel, minimum)
    return Heard(
        located=_split(rows, lambda row: row.located, minimum),
        reviewed=_split(rows, lambda row: row.accepted_by == "person", minimum),
        languages={name: found for name, found in languages.items() if found and name},
        channels={name: found for name, found in channels.items() if found},
        few=any(found is None for found in (*languages.values(), *channels.values())),
        described=await load_described(session, programme, start, end),
    )


def _split(rows: list[_Alike], test: Callable[[_Alike], bool], minimum: int) -> Share | None:
    with_it = [row for row in rows if test(row)]
    return share(
        {row.reporter for row in with_it},
        {row.reporter for row in rows if not test(row)},
        sum(row.reports for row in with_it),
        sum(row.reports for row in rows),
        minimum,
    )


def _by(rows: list[_Alike], name: Callable[[_Alike], str], minimum: int) -> dict[str, Share | None]:
    """By name, the largest first; None where too few people."""
    sizes: dict[str, int] = defaultdict(int)
    for row in rows:
        sizes[name(row)] += row.reports
    found: dict[str, Share | None] = {}
    for value in sorted(sizes, key=lambda value: (-sizes[value], value)):
        part = _split(rows, lambda row, value=value: name(row) == value, minimum)  # type: ignore[misc]
        found[value] = None if part is not None and part.kind == "least" else part
    return found
