"""Taking received texts to their end: claim a batch, analyse with no transaction open, store what came of it.

Accounts whose texts changed, because one joined or was moved, are read again as a whole in the same breath.

The same code on SQLite and PostgreSQL, in any number of processes. A worker that dies leaves only leases, which run out.
A text that breaks the analysis is tried three times and then set aside as dead, with the reason.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from service import conversation, forgotten, reporters, rereading
from service.analyst import AnalysisFailed, Analyst
from service.claims import claim
from service.conversation import Incoming, Unit, holding
from service.db import Database
from service.incoming import WAITING, drop_redelivered
from service.models import Message
from service.programme import Programme
from service.secrets import Secrets, Unsealable

BATCH = 64
CROWD = 16
"""More texts of one person than this in a batch, and as many of others are taken beside them."""
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
    """Claim and finish up to 64 received texts, and as many of others if one person crowds; returns how many were claimed."""
    waiting = [WAITING, Message.programme.in_(list(programmes))]
    async with database.writing() as session:
        await _bury(session, now)
        batch = await claim(session, Message, waiting, now=now, lease=LEASE, limit=BATCH)
        texters = Counter(message.pseudonym for message in batch if message.pseudonym is not None)
        crowding = [pseudonym for pseudonym, texts in texters.items() if texts > CROWD]
        if crowding:
            # Somebody sends very many texts: the others do not wait behind them.
            others = [*waiting, Message.pseudonym.not_in(crowding)]
            batch += await claim(session, Message, others, now=now, lease=LEASE, limit=BATCH)
        ids = [message.id for message in batch]
        dropped = await drop_redelivered(session, ids) | await forgotten.drop_late(session, ids)
        batch = [message for message in batch if message.id not in dropped]
    for code, group in groupby(sorted(batch, key=lambda m: (m.programme, m.id)), key=lambda m: m.programme):
        await _take(database, secrets, programmes[code], analyst, list(group), now)
    await rereading.read_again(database, secrets, programmes, analyst, now)
    return len(batch)


async def _bury(session: AsyncSession, now: datetime) -> None:
    """Set aside texts whose every attempt ended with the death of its worker."""
    await session.execute(
        update(Message)
        .where(
            WAITING,
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
        async with database.reading() as session:
            units = await conversation.assemble(session, secrets, programme, batch, now)
            flood = await _flood(session, programme, batch)
        ready = [unit for unit in units if unit.waits_until is None]
        incoming = await _read(secrets, programme, analyst, ready, flood)
        async with database.writing() as session:
            for unit in units:
                if unit.waits_until is not None:
                    await _let_wait(session, unit.pieces[0].message, unit.waits_until)
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


async def _flood(session: AsyncSession, programme: Programme, batch: Sequence[Message]) -> set[int]:
    """Texts of a crowding person that are held whatever they say: reading them would cost the others' time."""
    texts: dict[tuple[str, str | None], list[Message]] = defaultdict(list)
    for message in batch:
        texts[(message.channel, message.pseudonym)].append(message)
    flood: set[int] = set()
    for theirs in texts.values():
        begins = await holding.flood_begins(session, programme, theirs[0]) if len(theirs) > CROWD else None
        if begins is not None:
            flood |= {message.id for message in theirs if message.id >= begins and message.purpose != "released"}
    return flood


async def _read(
    secrets: Secrets, programme: Programme, analyst: Analyst, units: Sequence[Unit], flood: set[int]
) -> list[Incoming]:
    """Each unit with its analysis. Of fragments each is read alone too, for what the desk shows of it."""
    asked: dict[tuple[int, int], str] = {}
    for index, unit in enumerate(units):
        if flood.issuperset(message.id for message in unit.messages):
            continue
        if conversation.needs_analysis(programme, unit.text) or unit.messages[0].purpose == "released":
            asked[(index, -1)] = unit.text
            if len(unit.pieces) > 1 and unit.pieces[0].part is None:
                asked |= {(index, number): piece.words for number, piece in enumerate(unit.pieces)}
    analyses = await analyst.analyse(programme.code, list(asked.values())) if asked else []
    found = dict(zip(asked, analyses, strict=True))
    return [
        Incoming(
            unit.messages[0],
            unit.text,
            found.get((index, -1)),
            next((pin for message in unit.messages if (pin := _pin(secrets, message))), None),
            unit.messages[1:],
            tuple(found[(index, n)].redacted for n in range(len(unit.pieces)) if (index, n) in found),
            unit.pieces[0].part,
            next((piece.replies_to for piece in unit.pieces if piece.replies_to), None),
            flood.issuperset(message.id for message in unit.messages),
        )
        for index, unit in enumerate(units)
    ]


def _pin(secrets: Secrets, message: Message) -> tuple[float, float] | None:
    if message.pin is None:
        return None
    latitude, longitude = secrets.unseal(message.pin).split(",")
    return float(latitude), float(longitude)


async def _let_wait(session: AsyncSession, message: Message, until: datetime) -> None:
    """A part waits for the others. This was no attempt at it."""
    await session.execute(
        update(Message)
        .where(Message.id == message.id, WAITING)
        .values(due_at=until, leased_until=None, attempts=0)
        .execution_options(synchronize_session=False)
    )


async def _store(
    session: AsyncSession, secrets: Secrets, programme: Programme, incoming: Incoming, now: datetime
) -> None:
    await reporters.lock(session, incoming.message)
    found = {message.id: message for message in await _locked(session, incoming)}
    waiting = [message for message in found.values() if message.state == "received"]
    if len(waiting) == 1 + len(incoming.others):
        first, *others = (found[message.id] for message in (incoming.message, *incoming.others))
        taken = replace(incoming, message=first, others=tuple(others))
        if await conversation.take(session, secrets, programme, taken, now):
            return
    for message in waiting:
        # Another worker has taken some of these pieces, or FORGET them. What is left is put together anew.
        message.leased_until, message.attempts = None, 0


async def _locked(session: AsyncSession, incoming: Incoming) -> Sequence[Message]:
    ids = [message.id for message in (incoming.message, *incoming.others)]
    rows = await session.scalars(
        select(Message)
        .where(Message.id.in_(ids))
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def _set_back(database: Database, message: Message, error: Exception, now: datetime) -> None:
    reason = str(error) if isinstance(error, AnalysisFailed | Unsealable) else f"Not stored: {type(error).__name__}."
    dead = message.attempts >= ATTEMPTS
    log.error("text not read", message=message.id, attempt=message.attempts, dead=dead, reason=reason)
    async with database.writing() as session:
        await session.execute(
            update(Message)
            .where(Message.id == message.id, WAITING)
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
        # To its end: what it has open, such as the database, is closed after us.
        await asyncio.gather(doing, stopping, return_exceptions=True)
