"""How many reports, texts and people, by area and category. People are counted apart: one may report often.

A cell is named by (area, category): `ALL` is every area or every category, `NONE` is reports without one. The cell of
an area counts everything below it too. A report in two categories is in both cells and once in the cell of `ALL`
categories.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, false, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from service.models import Report, ReportCategory
from service.programme import Programme
from service.workflow import COUNTED

ALL = "*"
NONE = ""
Name = tuple[str, str]


@dataclass(frozen=True)
class Cell:
    """A count. `people` are distinct reporters, so it never adds up across cells."""

    reports: int = 0
    people: int = 0
    texts: int = 0


@dataclass(frozen=True)
class Table:
    """The counts of one span of time. Not safe to show as it is: see `suppression`."""

    cells: Mapping[Name, Cell]
    """Every cell that is not empty."""
    atoms: Mapping[Name, Cell]
    """By area itself, without those below, and one category or NONE."""
    people: Mapping[Name, frozenset[int]] = field(repr=False)
    """Who is in each atom."""
    cell_people: Mapping[Name, frozenset[int]] = field(repr=False)
    """Who is in each cell."""

    def cell(self, name: Name) -> Cell:
        return self.cells.get(name, Cell())


def ancestors(programme: Programme) -> dict[str, tuple[str, ...]]:
    """By area, and NONE: itself, its parent and so on, then ALL."""
    chains: dict[str, tuple[str, ...]] = {NONE: (NONE, ALL)}
    for area in programme.areas:
        chain, at = [area.code], area.parent
        while at is not None:
            chain.append(at)
            at = programme.area_by_code[at].parent
        chains[area.code] = (*chain, ALL)
    return chains


def open_categories(programme: Programme) -> tuple[str, ...]:
    """The categories that figures may name: all that are not sensitive, and NONE."""
    return (*(category.code for category in programme.categories if category.sensitive is None), NONE)


def counted(
    programme: Programme, start: datetime, end: datetime, report: type[Report] = Report
) -> list[ColumnElement[bool]]:
    """Which reports are in figures: accepted, not sensitive, received from `start` until before `end`."""
    return [
        report.programme == programme.code,
        report.status.in_(sorted(COUNTED)),
        report.sensitive == false(),
        report.received_at >= start,
        report.received_at < end,
    ]


async def count(session: AsyncSession, programme: Programme, bounds: Sequence[datetime]) -> list[Table]:
    """One table for each span between neighbouring bounds, in order. Two queries, however many spans.

    A report merged into another counts as an account of its own person where that one counts; of the same person it adds
    only its texts.
    """
    main = aliased(Report)
    own = (literal(1), main.reporter_id, main.texts)
    merged = (case((Report.reporter_id == main.reporter_id, 0), else_=1), Report.reporter_id, Report.texts)
    follows = (Report.merged_into == main.id) & (Report.status == "merged") & (Report.sensitive == false())
    where = counted(programme, bounds[0], bounds[-1], main)

    def rows(*further: ColumnElement[Any]) -> Subquery:
        span = case(*((main.received_at < end, number) for number, end in enumerate(bounds[1:])))
        named = (span.label("span"), func.coalesce(main.area, NONE).label("area"))
        parts = []
        for (reports, reporter, texts), joined in ((own, False), (merged, True)):
            columns = (*named, reports.label("reports"), reporter.label("reporter_id"), texts.label("texts"), *further)
            part = select(*columns).select_from(main)
            part = part.join(Report, follows) if joined else part
            if further:
                part = part.outerjoin(ReportCategory, ReportCategory.report_id == main.id)
            parts.append(part.where(*where))
        return union_all(*parts).subquery()

    plain = rows()
    split = rows(func.coalesce(ReportCategory.code, NONE).label("category"))
    tallies = [_Tally(programme) for _ in pairwise(bounds)]
    for number, code, reporter, reports, texts in await session.execute(_grouped(plain, "span", "area", "reporter_id")):
        tallies[number].add_report(code, reporter, reports, texts)
    for number, code, reporter, category, reports, texts in await session.execute(
        _grouped(split, "span", "area", "reporter_id", "category")
    ):
        tallies[number].add_category(code, category, reporter, reports, texts)
    return [tally.table() for tally in tallies]


def _grouped(rows: Subquery, *by: str) -> Select[Any]:
    columns = [rows.c[name] for name in by]
    return select(*columns, func.sum(rows.c.reports), func.sum(rows.c.texts)).group_by(*columns)


class _Tally:
    """Adds rows up into a table."""

    def __init__(self, programme: Programme) -> None:
        self.chains = ancestors(programme)
        self.categories = frozenset(open_categories(programme))
        self.sums: dict[Name, list[int]] = defaultdict(lambda: [0, 0])
        self.members: dict[Name, set[int]] = defaultdict(set)
        self.atoms: dict[Name, list[int]] = defaultdict(lambda: [0, 0])
        self.people: dict[Name, set[int]] = defaultdict(set)

    def add_report(self, area: str, reporter: int, reports: int, texts: int) -> None:
        for above in self.chains.get(area, self.chains[NONE]):
            self._sum((above, ALL), reporter, reports, texts)

    def add_category(self, area: str, category: str, reporter: int, reports: int, texts: int) -> None:
        """An area or category that the programme no longer has counts as none."""
        code = category if category in self.categories else NONE
        chain = self.chains.get(area, self.chains[NONE])
        for above in chain:
            self._sum((above, code), reporter, reports, texts)
        atom = self.atoms[chain[0], code]
        atom[0] += reports
        atom[1] += texts
        self.people[chain[0], code].add(reporter)

    def _sum(self, name: Name, reporter: int, reports: int, texts: int) -> None:
        total = self.sums[name]
        total[0] += reports
        total[1] += texts
        self.members[name].add(reporter)

    def table(self) -> Table:
        return Table(
            cells={name: Cell(r, len(self.members[name]), t) for name, (r, t) in self.sums.items()},
            atoms={name: Cell(r, len(self.people[name]), t) for name, (r, t) in self.atoms.items()},
            people={name: frozenset(people) for name, people in self.people.items()},
            cell_people={name: frozenset(people) for name, people in self.members.items()},
        )
