"""Taking received texts to their end: claim a batch, analyse with no transaction open, store what came of it.

The same code on SQLite and PostgreSQL, in any number of processes. A worker that dies leaves only leases, which run out.
A text that breaks the analysis is tried three times and then set aside as dead, with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from service import conversation
from service.analyst import AnalysisFailed, Analyst
from service.claims import claim
from service.conversation import Incoming
from service.db import Database
from service.models import Message
from service.programme import Programme
from service.secrets import Secrets, Unsealable

BATCH = 64
LEASE = timedelta(minutes=5)
ATTEMPTS = 3
RETRY = timedelta(seconds=30)

log = structlog.get_logger()


async def take_batch(
    database: Database,
    secrets: Secrets,
    programmes: Mapping[str, Programme],
    analyst: Analyst,
    now: datetime,
) -> int:
    """Claim and finish up to 64 received texts; returns how many were claimed."""
    async with database.writing() as session:
        await _bury(session, now)
        batch = await claim(
            session,
            Message,
            [Message.direction == "in", Message.state == "received", Message.programme.in_(list(programmes))],
            now=now,
            lease=LEASE,
            limit=BATCH,
        )
    for code, group in groupby(sorted(batch, key=lambda m: (m.programme, m.id)), key=lambda m: m.programme):
        await _take(database, secrets, programmes[code], analyst, list(group), now)
    return len(batch)


async def _bury(session: AsyncSession, now: datetime) -> None:
    """Set aside texts whose every attempt ended with the death of its worker."""
    await session.execute(
        update(Message)
        .where(
            Message.direction == "in",
            Message.state == "received",
            Message.attempts >= ATTEMPTS,
            Message.leased_until <= now,
        )
        .values(state="dead", leased_until=None, error="Each attempt ended with the death of the process that read it.")
    )


async def _take(
    database: Database,
    secrets: Secrets,
    programme: Programme,
    analyst: Analyst,
    batch: Sequence[Message],
    now: datetime,
) -> None:
    """Finish a batch; if that fails, finish its texts one by one, so that one bad text fails alone."""
    try:
        incoming = await _read(secrets, programme, analyst, batch)
        async with database.writing() as session:
            for text in incoming:
                await _store(session, secrets, programme, text, now)
    except Exception as error:
        # Whatever a text breaks, it breaks alone: the others go on, and so do the web and the outbox beside us.
        if len(batch) > 1:
            log.warning("batch split", programme=programme.code, texts=len(batch), error=type(error).__name__)
            for message in batch:
                await _take(database, secrets, programme, analyst, [message], now)
            return
        await _set_back(database, batch[0], error, now)


async def _read(secrets: Secrets, programme: Programme, analyst: Analyst, batch: Sequence[Message]) -> list[Incoming]:
    texts = [secrets.unseal(message.body) if message.body is not None else "" for message in batch]
    asked = [index for index, text in enumerate(texts) if conversation.needs_analysis(programme, text)]
    analyses = await analyst.analyse(programme.code, [texts[index] for index in asked]) if asked else []
    found = dict(zip(asked, analyses, strict=True))
    return [
        Incoming(message, texts[index], found.get(index), _pin(secrets, message)) for index, message in enumerate(batch)
    ]


def _pin(secrets: Secrets, message: Message) -> tuple[float, float] | None:
    if message.pin is None:
        return None
    latitude, longitude = secrets.unseal(message.pin).split(",")
    return float(latitude), float(longitude)


async def _store(
    session: AsyncSession, secrets: Secrets, programme: Programme, incoming: Incoming, now: datetime
) -> None:
    message = await session.get(Message, incoming.message.id, with_for_update=True, populate_existing=True)
    if message is None or message.state != "received":
        return  # our lease ran out, and another worker has finished it
    await conversation.take(
        session, secrets, programme, Incoming(message, incoming.text, incoming.analysis, incoming.pin), now
    )


async def _set_back(database: Database, message: Message, error: Exception, now: datetime) -> None:
    reason = str(error) if isinstance(error, AnalysisFailed | Unsealable) else f"Not stored: {type(error).__name__}."
    dead = message.attempts >= ATTEMPTS
    log.error("text not read", message=message.id, attempt=message.attempts, dead=dead, reason=reason)
    async with database.writing() as session:
        await session.execute(
            update(Message)
            .where(Message.id == message.id, Message.state == "received")
            .values(
                state="dead" if dead else "received",
                error=reason,
                leased_until=None,
                due_at=now + RETRY * message.attempts,
            )
        )


async def replay(session: AsyncSession, now: datetime, ids: Sequence[int] | None = None) -> int:
    """Give dead texts another three attempts; returns how many."""
    chosen = update(Message).where(Message.direction == "in", Message.state == "dead")
    if ids is not None:
        chosen = chosen.where(Message.id.in_(ids))
    moved = await session.execute(
        chosen.values(state="received", attempts=0, due_at=now, leased_until=None, error=None)
    )
    return int(moved.rowcount)  # type: ignore[attr-defined]


async def work(
    database: Database,
    secrets: Secrets,
    programmes: Mapping[str, Programme],
    analyst: Analyst,
    woken: asyncio.Event,
    stop: asyncio.Event,
    idle: float = 1.0,
) -> None:
    """Take batches until `stop`. Wakes at once for texts stored in this process, else looks every `idle` seconds."""
    while not stop.is_set():
        woken.clear()
        try:
            taken = await take_batch(database, secrets, programmes, analyst, datetime.now(UTC))
        except (SQLAlchemyError, OSError) as error:
            log.error("worker waits for the database", error=type(error).__name__)
            taken = 0
        if taken == 0:
            await wait_for_any(idle, woken, stop)


async def wait_for_any(seconds: float, *events: asyncio.Event) -> None:
    """Return when one of the events is set, or after some seconds."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do it to its end, or give it up once `stop` is set. Raises what it raises."""
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((doing, stopping), return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            doing.result()
    finally:
        doing.cancel()
        stopping.cancel()
