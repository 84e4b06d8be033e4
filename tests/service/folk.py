"""Reporters and reports for tests, put into the database in a line each."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Report, ReportCategory, Reporter

_numbers = count(1)


async def person(session: AsyncSession, now: datetime, **values: Any) -> Reporter:
    """Somebody with an address that no secret has sealed."""
    number = next(_numbers)
    reporter = Reporter(
        **{
            "programme": "village",
            "channel": "village/web",
            "pseudonym": f"{number:040x}",
            "address": b"sealed",
            "language": "en",
            "groups": {},
            "created_at": now,
            "last_seen_at": now,
        }
        | values
    )
    session.add(reporter)
    await session.flush()
    return reporter


async def report(
    session: AsyncSession, reporter: Reporter, at: datetime, area: str | None, *categories: str, **values: Any
) -> Report:
    """An accepted report of somebody about some categories in an area."""
    number = next(_numbers)
    made = Report(
        **{
            "reference": f"T{number:05d}",
            "programme": "village",
            "channel": reporter.channel,
            "reporter_id": reporter.id,
            "status": "accepted",
            "text": f"account number {number}",
            "language": "en",
            "area": area,
            "accepted_by": "person",
            "received_at": at,
            "acknowledged_at": at,
            "reviewed_at": at + timedelta(hours=5),
        }
        | values
    )
    session.add(made)
    await session.flush()
    session.add_all(
        ReportCategory(report_id=made.id, code=code, score=0.9, why="", by="machine") for code in categories
    )
    await session.flush()
    return made


async def crowd(
    session: AsyncSession, people: int, at: datetime, area: str | None, *categories: str, **values: Any
) -> list[Report]:
    """So many reports, each of somebody new."""
    return [await report(session, await person(session, at), at, area, *categories, **values) for _ in range(people)]
