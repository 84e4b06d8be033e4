"""When a report was acknowledged and its person told: the moment that text left us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Report

RECEIPTS = frozenset(
    {"receipt_first", "receipt", "receipt_sensitive", "ask_place_first", "ask_place", "ask_where_first", "ask_where"}
)
"""Texts that acknowledge a report."""


async def date_report(session: AsyncSession, report_id: int | None, purpose: str | None, now: datetime) -> None:
    """Acknowledged and told are dates of the report's life: the moment the text left us."""
    if report_id is None:
        return
    report = update(Report).where(Report.id == report_id)
    if purpose in RECEIPTS:
        await session.execute(report.where(Report.acknowledged_at.is_(None)).values(acknowledged_at=now))
    elif purpose == "answered":
        await session.execute(report.values(told_at=now))
