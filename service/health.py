"""How the service is doing: can it work, and what waits. Counts only; never a text, a number or a person."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from service import migration, quarantine
from service.db import Database
from service.intake import Intake
from service.models import Attachment, Digest, Line, Message, Quarantine, Report

PATIENCE = timedelta(seconds=5)
NEARLY = 0.98
"""Of the spool's room; a batch of a provider may need the rest."""
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
    attachments: tuple[tuple[str, str, int], ...]
    """(channel, state, count) of files that came with texts."""
    oldest_seconds: dict[str, float]
    """By direction, how long the oldest due text has waited; 0 when none does."""
    outbox_oldest: tuple[tuple[str, float], ...]
    """(channel, seconds) that its oldest due outgoing text has waited, of channels where one does."""
    lines: tuple[LineState, ...]


@dataclass(frozen=True)
class LineState:
    """How the line to a channel's provider is. `fault` is line or keys, or "" while it carries."""

    channel: str
    fault: str
    failures: int
    resting_since: datetime | None
    alarmed: bool


@dataclass(frozen=True)
class Spooled:
    """What waits on this machine's disk for the database, of this process. Texts and requests count alike: as records."""

    away: bool
    """The database is away, or was, and not everything is with it yet."""
    waiting: int
    megabytes: float
    room_megabytes: float
    set_aside: int
    """Pieces that a person must look at, of every process on this machine."""


def spooled(intake: Intake) -> Spooled | None:
    """What waits in the spool; None where there is none."""
    spool = intake.spool
    if spool is None:
        return None
    return Spooled(intake.spooling, spool.waiting, spool.size / 1e6, spool.limit / 1e6, spool.set_aside)


async def door_obstacles(intake: Intake) -> list[str]:
    """What keeps us from taking texts in, in words: with the database away, a spool that is full, or a disk."""
    found = spooled(intake)
    if found is not None and found.away and found.megabytes > NEARLY * found.room_megabytes:
        return ["the database is away and the spool is full"]
    return [] if await intake.can_write() else ["nothing can be written; is the disk of VAR full?"]


async def obstacles(database: Database) -> list[str]:
    """What keeps us from working, in words; empty when nothing does."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            current = await migration.at_head(database.engine)
    except (SQLAlchemyError, OSError, TimeoutError):
        return ["the database cannot be reached"]
    return [] if current else ["the database is not at the newest revision; run: answerable migrate"]


async def backlog_if_there(database: Database, now: datetime) -> Backlog | None:
    """The same from a database; None while it is away."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()), database.reading() as session:
            return await backlog(session, now)
    except (SQLAlchemyError, OSError):
        return None


async def backlog(session: AsyncSession, now: datetime) -> Backlog:
    """Count everything that waits and everything that is done."""
    count = func.count()
    messages = select(Message.channel, Message.direction, Message.state, count)
    reports = select(Report.programme, Report.status, count)
    digests = select(Digest.programme, Digest.state, count)
    attachments = select(Attachment.channel, Attachment.state, count).where(Attachment.position > 0)
    quarantined = select(Quarantine.channel, count).where(quarantine.WAITING)
    outgoing = select(Message.channel, func.min(Message.due_at)).where(
        Message.direction == "out", Message.state.in_(WAITING["out"]), Message.due_at <= now
    )
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
        tuple(
            (c, s, n) for c, s, n in await session.execute(attachments.group_by(Attachment.channel, Attachment.state))
        ),
        {direction: await _oldest(session, direction, states, now) for direction, states in WAITING.items()},
        tuple(
            (channel, (now - since).total_seconds())
            for channel, since in await session.execute(outgoing.group_by(Message.channel))
            if since is not None
        ),
        await lines(session),
    )


async def lines(session: AsyncSession) -> tuple[LineState, ...]:
    """The lines that ever carried a text, by channel."""
    rows = await session.scalars(select(Line).order_by(Line.channel))
    return tuple(
        LineState(
            line.channel,
            (line.fault or "line") if line.failures else "",
            line.failures,
            line.opened_at if line.open_until is not None else None,
            line.alarmed_at is not None,
        )
        for line in rows
    )


async def _oldest(session: AsyncSession, direction: str, states: tuple[str, ...], now: datetime) -> float:
    """Seconds that the longest due text has waited. One that waits for its next attempt is not due yet."""
    due = select(func.min(Message.due_at)).where(
        Message.direction == direction, Message.state.in_(states), Message.due_at <= now
    )
    since = await session.scalar(due)
    return 0.0 if since is None else (now - since).total_seconds()
