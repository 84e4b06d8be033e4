"""What part of an official's week was located, and read by a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Report, ReportCategory
from service.programme import Programme
from service.programme.schema import Official
from service.summaries.cells import NONE, counted
from service.summaries.shares import Share, share
from service.summaries.waiting import remit

Who = tuple[int, bool, int]
"""A reporter, whether a person accepted it, how many reports."""


@dataclass(frozen=True)
class WeekShares:
    """Reports of a span of time by area and category. One in two categories of a remit counts for each."""

    rows: Mapping[tuple[str, str], list[Who]]
    minimum: int

    def reviewed(self, programme: Programme, official: Official) -> Share | None:
        """Of the reports in the remit, those that a person accepted."""
        areas, categories = remit(programme, official)
        found = [row for cell in self._cells(areas, categories) for row in self.rows[cell]]
        return self._share(found, lambda row: row[1])

    def located(self, programme: Programme, official: Official) -> Share | None:
        """Of all reports in the official's categories, those that have an area: the rest may be theirs too."""
        _, categories = remit(programme, official)
        own = [cell for cell in self.rows if cell[1] in categories]
        found = [(row[0], cell[0] != NONE, row[2]) for cell in own for row in self.rows[cell]]
        return self._share(found, lambda row: row[1])

    def _cells(self, areas: frozenset[str], categories: frozenset[str]) -> Iterable[tuple[str, str]]:
        return (cell for cell in self.rows if cell[0] in areas and cell[1] in categories)

    def _share(self, rows: list[Who], test: Callable[[Who], bool]) -> Share | None:
        with_it = [row for row in rows if test(row)]
        return share(
            {row[0] for row in with_it},
            {row[0] for row in rows if not test(row)},
            sum(row[2] for row in with_it),
            sum(row[2] for row in rows),
            self.minimum,
        )


async def load_week_shares(session: AsyncSession, programme: Programme, start: datetime, end: datetime) -> WeekShares:
    """The reports received from `start` until before `end`."""
    columns = (Report.area, ReportCategory.code, Report.reporter_id, Report.accepted_by)
    query = (
        select(*columns, func.count())
        .outerjoin(ReportCategory, ReportCategory.report_id == Report.id)
        .where(*counted(programme, start, end))
        .group_by(*columns)
    )
    rows: dict[tuple[str, str], list[Who]] = defaultdict(list)
    for area, code, reporter, accepted_by, reports in await session.execute(query):
        cell = (area if area and area in programme.area_by_code else NONE, code or NONE)
        rows[cell].append((reporter, accepted_by == "person", reports))
    return WeekShares(dict(rows), programme.rules.small_cell)
