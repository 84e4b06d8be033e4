"""Rows for tests of the desk: users with a role, and reports as the worker would have stored them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from service import users, vault
from service.db import Database
from service.models import Analysis, Report, ReportCategory, Reporter
from service.moderation import Act
from service.programme import Programme
from service.secrets import Secrets

PASSWORD = "four plain quiet words"
_numbers = itertools.count(100)

ANALYSIS: dict[str, Any] = {
    "language": {"code": "en", "score": 0.99},
    "kind": "complaint",
    "categories": [{"code": "water", "score": 0.71, "why": "tap, water"}],
    "places": [
        {
            "text": "Mashimoni",
            "start": 12,
            "end": 21,
            "candidates": [
                {"name": "Mashimoni", "lat": -1.312, "lon": 36.79, "level": "village", "score": 0.55, "area": "upper"},
                {"name": "Mashimoni", "lat": -1.262, "lon": 36.858, "level": "village", "score": 0.45, "area": "lower"},
            ],
        }
    ],
    "location": None,
    "urgent": {"score": 0.1, "why": ""},
    "sensitive": [],
    "version": "test",
}
TEXT = "No water at Mashimoni, the tap is dry"


async def make_user(
    database: Database, login: str, roles: Mapping[str, str], now: datetime, password_hash: str = "unusable"
) -> int:
    async with database.writing() as session:
        user = await users.add(session, login, password_hash, roles, now, actor="machine")
        return user.id


async def make_report(
    database: Database,
    now: datetime,
    *,
    text: str | None = TEXT,
    categories: tuple[str, ...] = ("water",),
    analysis: Mapping[str, Any] | None = ANALYSIS,
    age: timedelta = timedelta(),
    **columns: Any,
) -> Report:
    """A report of village in review; `columns` override."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "reference": f"T{number // 1000}-{number % 1000:03}",
        "programme": "village",
        "channel": "village/sms",
        "status": "in_review",
        "text": text,
        "language": "en",
        "kind": "complaint",
        "certainty": 0.5,
        "received_at": now - age,
    }
    async with database.writing() as session:
        reporter = Reporter(
            programme="village",
            channel="village/sms",
            pseudonym=f"pseudonym{number}",
            created_at=now,
            last_seen_at=now,
        )
        session.add(reporter)
        await session.flush()
        report = Report(**values | {"reporter_id": reporter.id} | columns)
        session.add(report)
        await session.flush()
        for code in categories:
            session.add(ReportCategory(report_id=report.id, code=code, score=0.71, why="tap, water", by="machine"))
        session.add(
            Analysis(
                report_id=report.id, version="test", result=None if analysis is None else dict(analysis), created_at=now
            )
        )
    return report


async def make_sensitive(database: Database, secrets: Secrets, now: datetime, *, text: str, **columns: Any) -> Report:
    """A report that the machine put into the vault."""
    report = await make_report(
        database, now, text=None, categories=(), analysis=None, **{"sensitive": True, "kind": None} | columns
    )
    async with database.writing() as session:
        await vault.seal(session, secrets, report.id, text, ANALYSIS, ["violence"], now)
    return report


def act(
    programme: Programme, report: Report, user_id: int, now: datetime, *, role: str = "moderator", revision: int = 0
) -> Act:
    return Act(programme, report.reference, user_id, role, revision, now)
