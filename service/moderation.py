"""What a moderator does with a report: every act is written down, and learned from (`service/lessons.py`).

An act on a revision that is no longer the newest changes nothing: nobody's work is overwritten. What is done with
sensitive reports is in `service/protection.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit
from service.models import Decision, Report, ReportCategory, User
from service.programme import Programme
from service.spots import Spot
from service.workflow import NotAllowed, NotFound, move

CLAIM = timedelta(minutes=10)
REJECTIONS: Mapping[str, str] = {
    "not_an_account": "It tells us nothing that happened: a greeting, a joke, an advertisement",
    "elsewhere": "It happened outside this programme's areas",
    "outside": "It is about something this programme does not take up",
    "test": "Somebody tried whether this works",
    "abuse": "It only insults",
}
"""Why a report leaves the flow, by code."""
LONGEST_NOTE = 500
DEGREES = 3
"""Decimals of coordinates in decisions, about 100 m: they are kept for good, also after FORGET, and so hold no house."""
RELEASED: dict[str, Any] = {"claimed_by": None, "claimed_until": None}
"""Set by every act that ends somebody's reading."""


@dataclass(frozen=True)
class Act:
    """One person's hand on one report: where, who, with which role, at which revision, and when."""

    programme: Programme
    reference: str
    user_id: int
    role: str
    revision: int
    now: datetime


async def claim(session: AsyncSession, report_id: int, user_id: int, now: datetime) -> None:
    """Say for ten minutes that somebody is reading this. A claim of another that still runs stays theirs."""
    free = or_(Report.claimed_by.is_(None), Report.claimed_until <= now, Report.claimed_by == user_id)
    await session.execute(
        update(Report)
        .where(Report.id == report_id, free)
        .values(claimed_by=user_id, claimed_until=now + CLAIM)
        .execution_options(synchronize_session=False)
    )


async def accept(session: AsyncSession, act: Act) -> Act:
    """The report is understood as it stands: on to the officials. One that came back as unsolved goes back to them."""
    report = await take(session, act)
    if report.sensitive:
        raise NotAllowed("A sensitive account is referred, not accepted. If it is not one, say so first.")
    to = "forwarded" if report.status == "disputed" else "accepted"
    if report.status == to:
        raise NotAllowed("This report is accepted already.")
    after = {
        "status": move(report.status, to),
        "categories": await codes(session, report.id),
        "place": place_of(report),
        "urgent": report.urgent,
    }
    values = {"status": to, "accepted_by": "person", "reviewed_at": report.reviewed_at or act.now} | RELEASED
    return await save(session, act, report, values, "accept", {"status": report.status}, after)


async def correct_categories(session: AsyncSession, act: Act, chosen: Iterable[str]) -> Act:
    """These categories and no others. None at all is a decision too. Nothing is written if they were so already."""
    report = await take(session, act)
    wanted = sorted(set(chosen))
    for code in wanted:
        category = act.programme.category_by_code.get(code)
        if category is None:
            raise NotFound("There is no such category in this programme.")
        if category.sensitive is not None:
            raise NotAllowed("This category is sensitive: protect the report, so that only focal points read it.")
    _demand_open(report)
    before = await codes(session, report.id)
    if before == wanted:
        return act
    saved = await save(session, act, report, {}, "correct_categories", {"categories": before}, {"categories": wanted})
    gone = delete(ReportCategory).where(ReportCategory.report_id == report.id, ReportCategory.code.not_in(wanted))
    await session.execute(gone)
    rows = [
        {"report_id": report.id, "code": code, "score": 1.0, "why": "chosen by a person", "by": "moderator"}
        for code in wanted
        if code not in before
    ]
    if rows:
        await session.execute(insert(ReportCategory), rows)
    return saved


async def correct_place(session: AsyncSession, act: Act, spot: Spot | None) -> Act:
    """It happened there, or (None) at no place we can tell. Nothing is written if it was so already."""
    report = await take(session, act)
    _demand_open(report)
    if spot is not None and spot.area is not None and spot.area not in act.programme.area_by_code:
        raise NotFound("There is no such area in this programme.")
    values = {
        "place_name": None if spot is None else spot.name[:255],
        "lat": None if spot is None else spot.lat,
        "lon": None if spot is None else spot.lon,
        "radius_km": None if spot is None else spot.radius_km,
        "area": None if spot is None else spot.area,
    }
    before, after = place_of(report), None if spot is None else _place(values)
    if before == after:
        return act
    by = {"place_by": "moderator", "place_score": None if spot is None else 1.0}
    return await save(session, act, report, values | by, "correct_place", {"place": before}, {"place": after})


async def set_urgent(session: AsyncSession, act: Act, urgent: bool) -> Act:
    """Whether it cannot wait. Nothing is written if it was so already."""
    report = await take(session, act)
    if report.urgent == urgent:
        return act
    before, after = {"urgent": report.urgent}, {"urgent": urgent}
    return await save(session, act, report, {"urgent": urgent}, "set_urgent", before, after)


async def reject(session: AsyncSession, act: Act, because: str, note: str = "") -> Act:
    """Out of the flow, for one of REJECTIONS."""
    report = await take(session, act)
    if because not in REJECTIONS:
        raise NotAllowed("Choose why this report is rejected.")
    after = {"status": move(report.status, "rejected"), "because": because}
    values = {"status": "rejected", "reviewed_at": report.reviewed_at or act.now} | RELEASED
    return await save(session, act, report, values, "reject", {"status": report.status}, after, reason(note))


async def reopen(session: AsyncSession, act: Act, note: str = "") -> Act:
    """Back into review."""
    report = await take(session, act)
    if report.status == "in_review":
        raise NotAllowed("This report is in review already.")
    if report.status == "rejected" and report.text is None and not report.sensitive:
        raise NotAllowed("The words of this report are erased: nobody can read it again.")
    after = {"status": move(report.status, "in_review")}
    values: dict[str, Any] = {"status": "in_review", "accepted_by": None, "merged_into": None} | RELEASED
    return await save(session, act, report, values, "reopen", {"status": report.status}, after, reason(note))


async def take(session: AsyncSession, act: Act) -> Report:
    """The report as it is now. NotFound if it is not theirs to see, NotAllowed if it was saved since they looked."""
    report = await session.scalar(
        select(Report)
        .where(Report.programme == act.programme.code, Report.reference == act.reference)
        .execution_options(populate_existing=True)
    )
    if report is None or (report.sensitive and act.role != "focal_point"):
        raise NotFound("There is no such report.")
    if report.revision != act.revision:
        raise await _conflict(session, report.id)
    return report


async def save(
    session: AsyncSession,
    act: Act,
    report: Report,
    values: Mapping[str, Any],
    name: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    why: str | None = None,
) -> Act:
    """Change the row if it still is as `report` says, and write decision and audit. Returns the act to go on with.

    `before` and `after` say what changed, and hold no words of the account.
    """
    revision = act.revision + 1
    result = await session.execute(
        update(Report)
        .where(Report.id == report.id, Report.revision == act.revision, Report.status == report.status)
        .values(**values, revision=revision)
        .returning(Report.id)
        .execution_options(synchronize_session=False)
    )
    if result.scalar() is None:
        raise await _conflict(session, report.id)
    session.add(
        Decision(
            programme=act.programme.code,
            report_id=report.id,
            user_id=act.user_id,
            act=name,
            before=dict(before),
            after=dict(after),
            reason=why,
            revision=revision,
            created_at=act.now,
        )
    )
    actor, thing = audit.user(act.user_id), audit.report(report.id)
    await audit.record(session, act.programme.code, actor, name, thing, {"revision": revision}, act.now)
    return replace(act, revision=revision)


def reason(note: str) -> str | None:
    """A person's own words about what they decided, cut to length; None if they gave none."""
    return note.strip()[:LONGEST_NOTE] or None


async def codes(session: AsyncSession, report_id: int) -> list[str]:
    """The categories a report has now, by code."""
    query = select(ReportCategory.code).where(ReportCategory.report_id == report_id).order_by(ReportCategory.code)
    return list((await session.scalars(query)).all())


def place_of(report: Report) -> dict[str, Any] | None:
    """Where the report says it happened, as decisions hold it."""
    columns = ("place_name", "lat", "lon", "radius_km", "area")
    return _place({column: getattr(report, column) for column in columns})


def _place(values: Mapping[str, Any]) -> dict[str, Any] | None:
    if values["lat"] is None and values["area"] is None:
        return None
    exact = {column: values[column] for column in ("lat", "lon", "radius_km", "area")}
    rounded = {axis: None if exact[axis] is None else round(exact[axis], DEGREES) for axis in ("lat", "lon")}
    return {"name": values["place_name"]} | exact | rounded


def _demand_open(report: Report) -> None:
    if report.sensitive:
        raise NotAllowed("Nothing is stored in the open about a sensitive account. If it is not one, say so first.")


async def _conflict(session: AsyncSession, report_id: int) -> NotAllowed:
    """What to tell somebody whose work came second: who was first, and what they did."""
    query = (
        select(User.login, Decision.act)
        .outerjoin(User, User.id == Decision.user_id)
        .where(Decision.report_id == report_id)
        .order_by(Decision.id.desc())
        .limit(1)
    )
    last = (await session.execute(query)).one_or_none()
    what = "it has moved on" if last is None else f"{last.login or 'the service'} did “{last.act.replace('_', ' ')}”"
    return NotAllowed(
        f"Somebody saved this report while you were reading: {what}. "
        "Nothing of yours was stored, and nothing of theirs was overwritten. Read it again, then decide."
    )
