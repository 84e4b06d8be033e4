"""The numbers beside the filters: how many reports each value would show, in three queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.filters import NONE, WAITING, Filters, conditions
from service.models import Report, ReportCategory
from service.programme import Programme


@dataclass(frozen=True)
class Counts:
    """How many reports each value of a filter would show, the other filters staying as they are."""

    status: Mapping[str, int]
    category: Mapping[str, int]
    area: Mapping[str, int]
    language: Mapping[str, int]
    channel: Mapping[str, int]
    urgent: int
    vault: int
    """Waiting in the vault; 0 for everybody but focal points."""


async def count(session: AsyncSession, programme: Programme, filters: Filters, role: str) -> Counts:
    """The counts beside the filters."""
    status = await session.execute(_grouped(programme, replace(filters, status="all"), role, Report.status))
    by_status = {row.status: row[1] for row in status}
    by_status["waiting"] = sum(by_status.get(value, 0) for value in WAITING)
    groups = [_Group(*row) for row in await session.execute(_groups(programme, filters, role))]
    category = (
        select(ReportCategory.code, func.count())
        .join(Report, Report.id == ReportCategory.report_id)
        .where(*conditions(programme, replace(filters, category=""), role))
        .group_by(ReportCategory.code)
    )
    within = programme.within
    areas: Counter[str] = Counter()
    for group in _fitting(groups, within, replace(filters, area="")):
        for code in _upwards(programme, group.area):
            areas[code] += group.number
    fit = _fitting
    return Counts(
        status=by_status,
        category={row.code: row[1] for row in await session.execute(category)},
        area=areas,
        language=_total(fit(groups, within, replace(filters, language="")), "language"),
        channel=_total(fit(groups, within, replace(filters, channel="")), "channel"),
        urgent=sum(group.number for group in fit(groups, within, replace(filters, urgent=True))),
        vault=await count_vault(session, programme, role),
    )


async def count_vault(session: AsyncSession, programme: Programme, role: str) -> int:
    """How many sensitive accounts wait: 0 for everybody but focal points, so that not even their number is known."""
    if role != "focal_point":
        return 0
    query = select(func.count()).where(*conditions(programme, Filters(vault=True), role))
    return await session.scalar(query) or 0


@dataclass(frozen=True)
class _Group:
    area: str | None
    language: str | None
    channel: str
    urgent: bool
    number: int


def _groups(programme: Programme, filters: Filters, role: str) -> Select[Any]:
    """Reports by all that the four plain filters ask, which are left out."""
    bare = replace(filters, area="", language="", channel="", urgent=None)
    # No plain column: to have reports in the order of their areas, SQLite would read all that the programme ever had.
    area = func.nullif(func.coalesce(Report.area, ""), "")
    return _grouped(programme, bare, role, area, Report.language, Report.channel, Report.urgent)


def _grouped(programme: Programme, filters: Filters, role: str, *columns: Any) -> Select[Any]:
    return select(*columns, func.count()).where(*conditions(programme, filters, role)).group_by(*columns)


def _fitting(groups: Sequence[_Group], within: Mapping[str, frozenset[str]], filters: Filters) -> list[_Group]:
    """The groups that the four plain filters let through."""
    areas = within.get(filters.area, frozenset({filters.area}))
    return [
        group
        for group in groups
        if (not filters.area or (group.area is None if filters.area == NONE else group.area in areas))
        and (not filters.language or (group.language or NONE) == filters.language)
        and (not filters.channel or group.channel == filters.channel)
        and (filters.urgent is None or group.urgent == filters.urgent)
    ]


def _total(groups: Sequence[_Group], column: str) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for group in groups:
        totals[getattr(group, column) or NONE] += group.number
    return dict(totals)


def _upwards(programme: Programme, area: str | None) -> list[str]:
    """An area and all above it; NONE where there is none."""
    if area is None:
        return [NONE]
    return [code for code, below in programme.within.items() if area in below] or [area]
