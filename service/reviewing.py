"""The queue: what needs a person, urgent first, then what the machine was least sure of, then the oldest.

Sensitive accounts are a queue of their own, for focal points, and in no search. A page takes two queries, however many
rows it shows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from service.filters import Filters, conditions
from service.models import Report, ReportCategory, User
from service.programme import Programme
from service.workflow import NotFound

PAGE = 25
KEY = re.compile(
    r"(?P<urgent>[01])_(?P<certainty>[0-9.e-]{1,24})_(?P<received_at>[0-9T:.-]{19,26}\+00:00)_(?P<id>\d{1,18})"
)


ORDER = (Report.certainty, Report.received_at, Report.id)
"""Within the urgent ones, and within the others."""
Parts = tuple[tuple[bool, ColumnElement[bool]], ...]
"""Pieces of the queue one after another: urgent or not, and which of those."""
WHOLE: Parts = ((True, true()), (False, true()))


@dataclass(frozen=True)
class Line:
    """A report as the queue shows it. `text` is redacted, and None in the vault."""

    id: int
    reference: str
    status: str
    text: str | None = field(repr=False)
    language: str | None
    urgent: bool
    sensitive: bool
    certainty: float
    review_reason: str | None
    place_name: str | None
    area: str | None
    channel: str
    received_at: datetime
    claimed_by: int | None
    claimed_login: str | None
    """Who reads it now, if the claim still runs."""
    categories: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Queue:
    """One page, and the key of the next or None."""

    lines: tuple[Line, ...]
    after: str | None


async def read_queue(
    session: AsyncSession,
    programme: Programme,
    filters: Filters,
    role: str,
    now: datetime,
    *,
    after: str = "",
    limit: int = PAGE,
) -> Queue:
    """One page. NotFound for the vault to anybody but a focal point, or if `after` is not a key of ours."""
    parts = _parts_behind(after) if after else WHOLE
    query = (
        select(Report, User.login)
        .outerjoin(User, and_(User.id == Report.claimed_by, Report.claimed_until > now))
        .where(Report.id.in_(_first(conditions(programme, filters, role), parts, limit + 1)))
        .order_by(Report.urgent.desc(), *ORDER)
        .limit(limit + 1)
    )
    rows = (await session.execute(query)).all()
    shown = rows[:limit]
    categories = await _categories(session, [report.id for report, _ in shown])
    lines = tuple(_line(report, login, categories.get(report.id, ())) for report, login in shown)
    return Queue(lines, key(shown[-1][0]) if len(rows) > limit else None)


async def following(
    session: AsyncSession, programme: Programme, filters: Filters, role: str, user_id: int, now: datetime, after: str
) -> str | None:
    """The next report that nobody else reads, from a key on and then from the start; None if all is done."""
    free = or_(Report.claimed_by.is_(None), Report.claimed_until <= now, Report.claimed_by == user_id)
    wanted = [*conditions(programme, filters, role), free]
    for parts in (_parts_behind(after), WHOLE):
        query = (
            select(Report.reference)
            .where(Report.id.in_(_first(wanted, parts, 1)))
            .order_by(Report.urgent.desc(), *ORDER)
            .limit(1)
        )
        found = await session.scalar(query)
        if found is not None:
            return str(found)
    return None


def key(report: Report) -> str:
    """Where a report stands in the queue, for the next page."""
    return f"{int(report.urgent)}_{report.certainty!r}_{report.received_at.astimezone(UTC).isoformat()}_{report.id}"


def _parts_behind(after: str) -> Parts:
    """What of the queue stands behind a key. NotFound if it is not a key of ours."""
    found = KEY.fullmatch(after)
    try:
        if found is None:
            raise ValueError
        sure, when, last = float(found["certainty"]), datetime.fromisoformat(found["received_at"]), int(found["id"])
    except ValueError:
        raise NotFound("This page of the queue does not exist.") from None
    later = or_(Report.received_at > when, (Report.received_at == when) & (Report.id > last))
    # The first comparison says nothing new, but lets the index begin there.
    behind = and_(Report.certainty >= sure, or_(Report.certainty > sure, later))
    return ((True, behind), (False, true())) if found["urgent"] == "1" else ((False, behind),)


def _first(wanted: Sequence[ColumnElement[bool]], parts: Parts, limit: int) -> Select[int]:
    """The ids of the first reports of each part: in two walks along an index, where one sort would read the whole queue."""
    walks = [
        select(Report.id).where(*wanted, Report.urgent.is_(urgent), condition).order_by(*ORDER).limit(limit).subquery()
        for urgent, condition in parts
    ]
    together = union_all(*(select(walk.c.id) for walk in walks)).subquery()
    return select(together.c.id)


async def _categories(session: AsyncSession, reports: Sequence[int]) -> dict[int, tuple[tuple[str, float], ...]]:
    query = (
        select(ReportCategory.report_id, ReportCategory.code, ReportCategory.score)
        .where(ReportCategory.report_id.in_(reports))
        .order_by(ReportCategory.score.desc(), ReportCategory.code)
    )
    found: dict[int, tuple[tuple[str, float], ...]] = {}
    for report_id, code, score in await session.execute(query):
        found[report_id] = (*found.get(report_id, ()), (code, score))
    return found


def _line(report: Report, login: str | None, categories: tuple[tuple[str, float], ...]) -> Line:
    return Line(
        id=report.id,
        reference=report.reference,
        status=report.status,
        text=report.text,
        language=report.language,
        urgent=report.urgent,
        sensitive=report.sensitive,
        certainty=report.certainty,
        review_reason=report.review_reason,
        place_name=report.place_name,
        area=report.area,
        channel=report.channel,
        received_at=report.received_at,
        claimed_by=report.claimed_by if login is not None else None,
        claimed_login=login,
        categories=categories,
    )
