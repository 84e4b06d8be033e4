"""From a text to an answer: how far accounts came, step by step, how long it took, and whether people agreed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Report, ReportCategory
from service.programme import Programme
from service.summaries.cells import ALL, NONE, Name, ancestors, counted, open_categories
from service.summaries.shares import Share, share

STEPS = ("acknowledged", "reviewed", "forwarded", "answered", "told", "agreed")
"""After received, in order. `reviewed` is by a person; `agreed` is that the reporter says it is solved."""
ENOUGH = 2
"""A chain needs this many times the smallest cell's people: a share of fewer says too much about each."""


@dataclass(frozen=True)
class Step:
    """One step of a chain. `share` is of the reports received; `days` is the median from reception, None where too few.

    `reports` is how many reached the step, None where that or its complement is about too few people.
    """

    name: str
    share: Share | None
    reports: int | None
    days: float | None


@dataclass(frozen=True)
class Chain:
    """How reports of one area, category or channel fared. `received` are reports, `people` their reporters."""

    received: int
    people: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Chains:
    """By (area, category), and by channel. Only those about enough people are here."""

    cells: Mapping[Name, Chain]
    channels: Mapping[str, Chain]


async def load_chains(session: AsyncSession, programme: Programme, start: datetime, end: datetime) -> Chains:
    """The chains of the reports received from `start` until before `end`, by area, category and channel."""
    where = counted(programme, start, end)
    codes: dict[int, list[str]] = defaultdict(list)
    pairs = select(ReportCategory.report_id, ReportCategory.code).join(Report, Report.id == ReportCategory.report_id)
    known = frozenset(open_categories(programme))
    for report_id, code in await session.execute(pairs.where(*where)):
        codes[report_id].append(code if code in known else NONE)
    columns = (
        Report.id,
        Report.area,
        Report.channel,
        Report.reporter_id,
        Report.accepted_by,
        Report.received_at,
        Report.acknowledged_at,
        Report.reviewed_at,
        Report.forwarded_at,
        Report.answered_at,
        Report.told_at,
        Report.agreed,
        Report.agreed_at,
    )
    chains = ancestors(programme)
    cells: dict[Name, list[_Fate]] = defaultdict(list)
    channels: dict[str, list[_Fate]] = defaultdict(list)
    for row in await session.execute(select(*columns).where(*where)):
        reached = (
            row.acknowledged_at,
            row.reviewed_at if row.accepted_by == "person" else None,
            row.forwarded_at or row.answered_at,
            row.answered_at,
            row.told_at,
            (row.agreed_at or row.told_at) if row.agreed else None,
        )
        fate = _Fate(row.reporter_id, tuple(_days(row.received_at, at) for at in reached))
        for area in chains.get(row.area or NONE, chains[NONE]):
            cells[area, ALL].append(fate)
        for code in codes.get(row.id, [NONE]):
            cells[ALL, code].append(fate)
        channels[row.channel].append(fate)
    minimum = programme.rules.small_cell
    return Chains(
        {name: chain for name, fates in cells.items() if (chain := _chain(fates, minimum))},
        {name: chain for name, fates in channels.items() if (chain := _chain(fates, minimum))},
    )


@dataclass(frozen=True)
class _Fate:
    reporter: int
    days: tuple[float | None, ...]


def _days(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else max(0.0, (end - start).total_seconds() / 86400)


def _chain(fates: list[_Fate], minimum: int) -> Chain | None:
    people = {fate.reporter for fate in fates}
    if len(people) < ENOUGH * minimum:
        return None
    return Chain(
        len(fates), len(people), tuple(_step(name, number, fates, minimum) for number, name in enumerate(STEPS))
    )


def _step(name: str, number: int, fates: list[_Fate], minimum: int) -> Step:
    days = [(fate.reporter, taken) for fate in fates if (taken := fate.days[number]) is not None]
    reached = {reporter for reporter, _ in days}
    others = {fate.reporter for fate in fates if fate.days[number] is None}
    part = share(reached, others, len(days), len(fates), minimum)
    exact = len(reached) >= minimum and (not others or len(others) >= minimum)
    return Step(
        name,
        part,
        len(days) if exact else None,
        round(median(taken for _, taken in days), 1) if len(reached) >= minimum else None,
    )
