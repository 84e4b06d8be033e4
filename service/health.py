"""How the service is doing: can it work, and what waits. Counts only; never a text, a number or a person."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from service import migration
from service.db import Database
from service.models import Digest, Message, Quarantine, Report

PATIENCE = timedelta(seconds=5)
WAITING = {"in": ("received",), "out": ("queued", "sending")}
"""By direction, the states in which a text waits for us."""


@dataclass(frozen=True)
class Backlog:
    """What there is and what waits. Each tuple of words is followed by its count."""

    messages: tuple[tuple[str, str, str, int], ...]
    """(channel, direction, state, count)"""
    reports: tuple[tuple[str, str, int], ...]
    """(programme, status, count)"""
    digests: tuple[tuple[str, str, int], ...]
    """(programme, state, count)"""
    quarantined: tuple[tuple[str, int], ...]
    """(channel, count) of requests that wait for replay."""
    oldest_seconds: dict[str, float]
    """By direction, how long the oldest due text has waited; 0 when none does."""


async def obstacles(database: Database) -> list[str]:
    """What keeps us from working, in words; empty when nothing does."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            current = await migration.at_head(database.engine)
    except (SQLAlchemyError, OSError, TimeoutError):
        return ["the database cannot be reached"]
    return [] if current else ["the database is not at the newest revision; run: answerable migrate"]


async def backlog(session: AsyncSession, now: datetime) -> Backlog:
    """Count everything that waits and everything that is done."""
    count = func.count()
    messages = select(Message.channel, Message.direction, Message.state, count)
    reports = select(Report.programme, Report.status, count)
    digests = select(Digest.programme, Digest.state, count)
    quarantined = select(Quarantine.channel, count).where(Quarantine.state == "waiting")
    return Backlog(
        tuple(
            (channel, direction, state, number)
            for channel, direction, state, number in await session.execute(
                messages.group_by(Message.channel, Message.direction, Message.state)
            )
        ),
        tuple((p, s, n) for p, s, n in await session.execute(reports.group_by(Report.programme, Report.status))),
        tuple((p, s, n) for p, s, n in await session.execute(digests.group_by(Digest.programme, Digest.state))),
        tuple((c, n) for c, n in await session.execute(quarantined.group_by(Quarantine.channel))),
        {direction: await _oldest(session, direction, states, now) for direction, states in WAITING.items()},
    )


async def _oldest(session: AsyncSession, direction: str, states: tuple[str, ...], now: datetime) -> float:
    """Seconds that the longest due text has waited. One that waits for its next attempt is not due yet."""
    due = select(func.min(Message.due_at)).where(
        Message.direction == direction, Message.state.in_(states), Message.due_at <= now
    )
    since = await session.scalar(due)
    return 0.0 if since is None else (now - since).total_seconds()
