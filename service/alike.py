"""Which other reports may be about the same thing as one: candidates with scores and reasons, for a person to decide."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from nlp import alike
from service.db import Database
from service.models import Report, ReportCategory
from service.programme import Programme
from service.workflow import NotFound

WITHIN = timedelta(days=21)
"""Reports received longer before or after are not looked at."""
LOOKED_AT = 400
"""Reports nearest in time that are compared."""
MOST = 8
LEFT_OUT = ("rejected", "merged", "referred")


@dataclass(frozen=True)
class Twin:
    """A report that may be about the same. Its words are redacted."""

    reference: str
    status: str
    text: str = field(repr=False)
    language: str | None
    place_name: str | None
    area: str | None
    received_at: datetime
    same_person: bool
    merged: int
    """How many reports are merged into it already."""
    revision: int
    score: float
    why: str


async def find(database: Database, programme: Programme, reference: str, role: str) -> list[Twin]:
    """The likest other open reports, best first; none for a sensitive or erased one. NotFound if it is not theirs to see."""
    async with database.reading() as session:
        report = await session.scalar(
            select(Report).where(Report.programme == programme.code, Report.reference == reference)
        )
        if report is None or (report.sensitive and role != "focal_point"):
            raise NotFound("There is no such report.")
        if report.sensitive or report.text is None:
            return []
        others = await _others(session, report)
        labels = await _labels(session, [report.id, *(other.id for other in others)])
        merged = await _merged(session, [other.id for other in others])
    # Half a second of arithmetic at most, but not in the loop that takes texts in.
    found = await asyncio.to_thread(
        alike.most_alike, _account(report, labels), [_account(other, labels) for other in others], MOST
    )
    return [_twin(report, others[one.number], merged, one) for one in found]


async def merged_into(session: AsyncSession, report: Report) -> list[str]:
    """References of the reports that are merged into this one, oldest first."""
    rows = await session.scalars(
        select(Report.reference)
        .where(Report.merged_into == report.id, Report.sensitive.is_(False))
        .order_by(Report.received_at, Report.id)
    )
    return list(rows)


async def _others(session: AsyncSession, report: Report) -> list[Report]:
    """The nearest in time before and after it."""
    wanted = (
        Report.programme == report.programme,
        Report.id != report.id,
        Report.sensitive.is_(False),
        Report.text.is_not(None),
        Report.status.not_in(LEFT_OUT),
        or_(Report.merged_into.is_(None), Report.merged_into != report.id),
    )
    half = LOOKED_AT // 2
    earlier = await session.scalars(
        select(Report)
        .where(*wanted, Report.received_at <= report.received_at, Report.received_at >= report.received_at - WITHIN)
        .order_by(Report.received_at.desc())
        .limit(half)
    )
    later = await session.scalars(
        select(Report)
        .where(*wanted, Report.received_at > report.received_at, Report.received_at <= report.received_at + WITHIN)
        .order_by(Report.received_at)
        .limit(half)
    )
    return [*earlier, *later]


async def _labels(session: AsyncSession, reports: list[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    query = select(ReportCategory.report_id, ReportCategory.code).where(ReportCategory.report_id.in_(reports))
    for report_id, code in await session.execute(query):
        found[report_id].add(code)
    return found


async def _merged(session: AsyncSession, reports: list[int]) -> dict[int, int]:
    query = select(Report.merged_into, func.count()).where(Report.merged_into.in_(reports)).group_by(Report.merged_into)
    return {report_id: count for report_id, count in await session.execute(query) if report_id is not None}


def _account(report: Report, labels: dict[int, set[str]]) -> alike.Account:
    point = None if report.lat is None or report.lon is None else (report.lat, report.lon)
    categories = frozenset(labels.get(report.id, ()))
    return alike.Account(report.text or "", report.received_at, point, report.area, categories, report.language)


def _twin(report: Report, other: Report, merged: dict[int, int], found: alike.Likeness) -> Twin:
    return Twin(
        reference=other.reference,
        status=other.status,
        text=other.text or "",
        language=other.language,
        place_name=other.place_name,
        area=other.area,
        received_at=other.received_at,
        same_person=other.reporter_id == report.reporter_id,
        merged=merged.get(other.id, 0),
        revision=other.revision,
        score=found.score,
        why=found.why,
    )
