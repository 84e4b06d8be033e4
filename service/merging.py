"""Taking two reports for one: the merged one follows the other, and its reporter is told what the other's is.

A merged report keeps its words and its own reference, and `moderation.reopen` undoes it. In figures it still counts as
the account of its own person, in the place and categories of the report it follows.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service import moderation
from service.models import Report
from service.moderation import RELEASED, Act
from service.workflow import NotAllowed, move

FOLLOWED = frozenset({"in_review", "accepted", "forwarded", "answered", "resolved", "disputed"})
"""Statuses of a report that another may be merged into."""


async def merge(session: AsyncSession, act: Act, into: str, note: str = "") -> Act:
    """The report is about the same as `into` (a reference). Those merged into it follow along."""
    report = await moderation.take(session, act)
    target = await session.scalar(
        select(Report)
        .where(Report.programme == act.programme.code, Report.reference == into, Report.sensitive.is_(False))
        .with_for_update()
    )
    if target is None:
        raise NotAllowed("There is no such report to merge into. Choose one from the list.")
    if report.sensitive:
        raise NotAllowed("A sensitive account is merged with nothing.")
    if target.id == report.id:
        raise NotAllowed("A report cannot be merged into itself.")
    if target.status not in FOLLOWED:
        raise NotAllowed(f"{into} is {target.status.replace('_', ' ')}, so nothing can follow it.")
    after = {"status": move(report.status, "merged"), "into": target.reference}
    values = {"status": "merged", "merged_into": target.id, "reviewed_at": report.reviewed_at or act.now} | RELEASED
    saved = await moderation.save(
        session, act, report, values, "merge", {"status": report.status}, after, moderation.reason(note)
    )
    await session.execute(update(Report).where(Report.merged_into == report.id).values(merged_into=target.id))
    return saved


async def followers(session: AsyncSession, reports: list[int]) -> dict[int, list[Report]]:
    """By report: those merged into it, the newest first."""
    rows = await session.scalars(
        select(Report)
        .where(Report.merged_into.in_(reports), Report.status == "merged", Report.sensitive.is_(False))
        .order_by(Report.received_at.desc(), Report.id.desc())
    )
    found: dict[int, list[Report]] = {}
    for row in rows:
        if row.merged_into is not None:
            found.setdefault(row.merged_into, []).append(row)
    return found
