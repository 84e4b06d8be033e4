"""What waits for an official: their open reports, oldest first, never with words.

The official who must answer a report knows that it exists. So that they cannot know more, its place is named no finer
than the area in which enough people wait for an answer on the same subject.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import false, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Report, ReportCategory
from service.programme import Programme
from service.programme.schema import Official
from service.summaries.cells import ALL, NONE, ancestors, open_categories
from service.workflow import OPEN


@dataclass(frozen=True)
class Waiting:
    """An open report. `categories` are codes; empty if nobody knows what it is about."""

    id: int
    reference: str
    status: str
    area: str
    categories: tuple[str, ...]
    reporter_id: int = field(repr=False)
    received_at: datetime

    def days(self, now: datetime) -> int:
        return max(0, (now - self.received_at).days)


def remit(programme: Programme, official: Official) -> tuple[frozenset[str], frozenset[str]]:
    """The areas and categories of the reports an official answers. Who has all of them also has reports without one."""
    areas, categories = programme.areas_of(official), programme.categories_of(official)
    return (
        areas | {NONE} if "*" in official.areas else areas,
        categories | {NONE} if "*" in official.categories else categories,
    )


async def load_waiting(session: AsyncSession, programme: Programme) -> list[Waiting]:
    """Every open report of the programme, oldest first. Sensitive ones are never among them."""
    where = [
        Report.programme == programme.code,
        Report.status.in_(sorted(OPEN)),
        Report.sensitive == false(),
    ]
    codes: dict[int, list[str]] = defaultdict(list)
    known = frozenset(open_categories(programme))
    pairs = select(ReportCategory.report_id, ReportCategory.code).join(Report, Report.id == ReportCategory.report_id)
    for report_id, code in await session.execute(pairs.where(*where)):
        if code in known:
            codes[report_id].append(code)
    columns = (Report.id, Report.reference, Report.status, Report.area, Report.reporter_id, Report.received_at)
    rows = await session.execute(select(*columns).where(*where).order_by(Report.received_at, Report.id))
    return [
        Waiting(
            id=row.id,
            reference=row.reference,
            status=row.status,
            area=row.area if row.area in programme.area_by_code else NONE,
            categories=tuple(sorted(codes.get(row.id, ()))),
            reporter_id=row.reporter_id,
            received_at=row.received_at,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class Index:
    """Open reports by area and category, so that each official's are found without looking at all."""

    by_cell: Mapping[tuple[str, str], list[Waiting]]

    @classmethod
    def of(cls, reports: Iterable[Waiting]) -> Index:
        found: dict[tuple[str, str], list[Waiting]] = defaultdict(list)
        for report in reports:
            for category in report.categories or (NONE,):
                found[report.area, category].append(report)
        return cls(found)

    def of_official(self, programme: Programme, official: Official) -> list[Waiting]:
        """Theirs, oldest first."""
        areas, categories = remit(programme, official)
        found = {
            report.id: report
            for area in areas
            for category in categories
            for report in self.by_cell.get((area, category), ())
        }
        return sorted(found.values(), key=lambda report: (report.received_at, report.id))


def overdue(programme: Programme, report: Waiting, now: datetime) -> bool:
    """Has it waited longer than its most urgent category allows?"""
    allowed = [
        category.answer_within_days or programme.rules.answer_within_days
        for code in report.categories
        if (category := programme.category_by_code.get(code))
    ]
    return report.days(now) > min(allowed, default=programme.rules.answer_within_days)


def name_areas(
    programme: Programme, official: Official, reports: Iterable[Waiting], category: str
) -> dict[int, str | None]:
    """By report id: the smallest area of theirs where enough people wait on this category, or ALL for their remit.

    None where even the whole remit holds too few.
    """
    chains = ancestors(programme)
    own = programme.areas_of(official) | {ALL}
    people: dict[str, set[int]] = defaultdict(set)
    about = [report for report in reports if category in (report.categories or (NONE,))]
    for report in about:
        for area in chains[report.area]:
            people[area].add(report.reporter_id)
    enough = {area for area, found in people.items() if area in own and len(found) >= programme.rules.small_cell}
    return {report.id: next((area for area in chains[report.area] if area in enough), None) for report in about}
