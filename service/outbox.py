"""Texts on their way out: rendered in the reporter's language, sealed, sent with retries, never quietly twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from aiohttp import ClientSession
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from channels.base import Channel, Outbound, SendFailed
from channels.segments import shorten
from service.claims import claim
from service.db import Database
from service.models import Message, Report, Reporter
from service.programme import Programme
from service.programme.texts import NAME_UNITS
from service.secrets import Secrets, Unsealable

BACKOFF = tuple(timedelta(seconds=s) for s in (30, 120, 600, 3600, 21600))
"""Waits after each failed attempt; after the last one the text is dead."""
JITTER = 0.2
LEASE = timedelta(minutes=2)
BATCH = 50
RECEIPTS = frozenset(
    {"receipt_first", "receipt", "receipt_sensitive", "ask_place_first", "ask_place", "ask_where_first", "ask_where"}
)
"""Texts that acknowledge a report."""

log = structlog.get_logger()


def language_of(programme: Programme, reporter: Reporter) -> str:
    """The language we text them in: theirs if the programme speaks it, else its base, else the programme's first."""
    for tag in (reporter.language, (reporter.language or "").split("-")[0]):
        if tag in programme.messages:
            return str(tag)
    return programme.rules.languages[0]


def render(programme: Programme, language: str, key: str, slots: Mapping[str, str]) -> str:
    """One of the programme's texts with its slots filled; names of places and offices are cut to fit one segment."""
    filled = {
        name: shorten(value, NAME_UNITS) if name in ("place", "office") else value for name, value in slots.items()
    }
    return programme.messages[language].texts[key].format_map({"helpline": programme.rules.helpline} | filled)


async def queue(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    reporter: Reporter,
    key: str,
    slots: Mapping[str, str],
    *,
    now: datetime,
    report_id: int | None = None,
    dedupe: str | None = None,
    reply_to: int | None = None,
    address: bytes | None = None,
) -> bool:
    """Put a text in the outbox. False if the same `dedupe` was there before, or there is no address to send it to.

    `reply_to` is the message it replies to: one reply a text at most. `address` (sealed) stands in for a reporter's
    who has just been forgotten; it goes with the text and is erased once that is sent.
    """
    if reporter.address is None and address is None:
        return False
    text = render(programme, language_of(programme, reporter), key, slots)
    assert session.bind is not None
    dialect = postgresql if session.bind.dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(Message)
        .values(
            programme=programme.code,
            channel=reporter.channel,
            direction="out",
            dedupe=f"reply:{reply_to}" if reply_to is not None else dedupe,
            address=address,
            body=secrets.seal(text),
            reporter_id=reporter.id,
            report_id=report_id,
            purpose=key,
            state="queued",
            attempts=0,
            due_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["dedupe"])
        .returning(Message.id)
    )
    return (await session.scalar(statement)) is not None


async def send_due(
    database: Database, secrets: Secrets, channels: Mapping[str, Channel], http: ClientSession, now: datetime
) -> int:
    """Send what is due, replies before bulk; returns how many texts were tried.

    A text found half-way through a send of a dead process is set aside as uncertain: the provider may have it.
    """
    async with database.writing() as session:
        await _set_aside_uncertain(session, now)
        batch = await claim(
            session,
            Message,
            [Message.direction == "out", Message.state == "queued", Message.channel.in_(list(channels))],
            now=now,
            lease=LEASE,
            limit=BATCH,
        )
        ids = [message.id for message in batch]
        await session.execute(update(Message).where(Message.id.in_(ids)).values(state="sending"))
        found = await session.execute(
            select(Reporter.id, Reporter.address).where(Reporter.id.in_([m.reporter_id for m in batch]))
        )
        addresses = {row.id: row.address for row in found}
    outcomes = await asyncio.gather(
        *(_send(channels[m.channel], http, secrets, m, m.address or addresses.get(m.reporter_id or 0)) for m in batch)
    )
    async with database.writing() as session:
        for message, outcome in zip(batch, outcomes, strict=True):
            await _record(session, message, outcome, now)
    return len(batch)


async def _set_aside_uncertain(session: AsyncSession, now: datetime) -> None:
    await session.execute(
        update(Message)
        .where(Message.direction == "out", Message.state == "sending", Message.leased_until <= now)
        .values(
            state="uncertain",
            leased_until=None,
            error="We stopped while sending; the provider may have it. Try again only if it did not arrive.",
        )
    )


async def _send(
    channel: Channel, http: ClientSession, secrets: Secrets, message: Message, address: bytes | None
) -> str | SendFailed:
    if address is None or message.body is None:
        return SendFailed("The person's address was erased.", retry=False)
    try:
        outbound = Outbound(secrets.unseal(address), secrets.unseal(message.body), f"answerable-{message.id}")
        return await channel.send(http, outbound)
    except SendFailed as failure:
        return failure
    except Unsealable as error:
        return SendFailed(f"The text cannot be opened: {error}.", retry=False)


async def _record(session: AsyncSession, message: Message, outcome: str | SendFailed, now: datetime) -> None:
    mine = (Message.id == message.id) & (Message.state == "sending")
    if isinstance(outcome, str):
        await session.execute(
            update(Message)
            .where(mine)
            .values(state="sent", address=None, external_id=outcome, sent_at=now, leased_until=None, error=None)
        )
        await _date_report(session, message, now)
        return
    log.warning("not sent", message=message.id, channel=message.channel, reason=str(outcome), attempt=message.attempts)
    if outcome.opted_out:
        await session.execute(
            update(Reporter)
            .where(Reporter.id == message.reporter_id, Reporter.stopped_at.is_(None))
            .values(stopped_at=now)
        )
    again = outcome.retry and message.attempts <= len(BACKOFF)
    state = "queued" if again else "uncertain" if outcome.uncertain else "dead"
    wait = _wait(message.attempts, outcome.retry_after) if again else timedelta()
    await session.execute(
        update(Message).where(mine).values(state=state, due_at=now + wait, leased_until=None, error=str(outcome))
    )


def _wait(attempts: int, retry_after: float | None) -> timedelta:
    """The wait before the next attempt; never shorter than the provider asked for, spread so that not all come at once."""
    wait = BACKOFF[min(attempts, len(BACKOFF)) - 1] * (1 + random.uniform(0, JITTER))
    return max(wait, timedelta(seconds=retry_after or 0))


async def _date_report(session: AsyncSession, message: Message, now: datetime) -> None:
    """Acknowledged and told are dates of the report's life: the moment the text left us."""
    if message.report_id is None:
        return
    report = update(Report).where(Report.id == message.report_id)
    if message.purpose in RECEIPTS:
        await session.execute(report.where(Report.acknowledged_at.is_(None)).values(acknowledged_at=now))
    elif message.purpose == "answered":
        await session.execute(report.values(told_at=now))


async def try_again(session: AsyncSession, ids: Sequence[int], now: datetime) -> int:
    """Put dead or uncertain outgoing texts back in the outbox; returns how many."""
    moved = await session.execute(
        update(Message)
        .where(Message.id.in_(ids), Message.direction == "out", Message.state.in_(("dead", "uncertain")))
        .values(state="queued", attempts=0, due_at=now, leased_until=None, error=None)
    )
    return int(moved.rowcount)  # type: ignore[attr-defined]
