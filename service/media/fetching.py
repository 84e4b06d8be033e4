"""Files fetched from providers, cleaned and sealed; never in a provider's request, and a few at a time.

A file whose worker died is taken up again when its lease runs out. What a provider no longer has, or we do not take, is
refused with the reason; what may still come is tried again, then dead, until somebody at the desk has it tried once more.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from aiohttp import ClientSession
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from channels.base import BringsMedia, Channel, FetchFailed, Media
from service.claims import claim
from service.db import Database
from service.media.cleaning import Clean, NotCleaned, clean_apart
from service.media.kinds import Refused
from service.models import Attachment, Message
from service.secrets import Secrets, Unsealable

AT_ONCE = 2
"""Files in memory at a time, in each worker."""
LEASE = timedelta(minutes=5)
BACKOFF = tuple(timedelta(seconds=s) for s in (30, 120, 600, 3600))
"""Waits after each failed attempt; after the last one the file is dead."""
JITTER = 0.2
DAY = timedelta(days=1)

log = structlog.get_logger()


@dataclass(frozen=True)
class Limits:
    """`file_bytes`: most of one file, and of all files of one text; 0 takes none. `files_a_day`: most of one person."""

    file_bytes: int
    files_a_day: int


@dataclass(frozen=True)
class Failed:
    """Why there is no file. `again` says whether it may still come."""

    reason: str
    again: bool


async def fetch_due(
    database: Database,
    secrets: Secrets,
    channels: Mapping[str, Channel],
    http: ClientSession,
    limits: Limits,
    now: datetime,
) -> int:
    """Fetch what is due, two at a time; returns how many files were tried."""
    async with database.writing() as session:
        await _bury(session, now)
        batch = await claim(
            session,
            Attachment,
            [Attachment.state == "waiting", Attachment.channel.in_(list(channels))],
            now=now,
            lease=LEASE,
            limit=AT_ONCE,
        )
    await asyncio.gather(
        *(_take(database, secrets, channels[item.channel], http, limits, item.id, now) for item in batch)
    )
    return len(batch)


async def _bury(session: AsyncSession, now: datetime) -> None:
    """Set aside files whose every attempt ended with the death of its worker."""
    await session.execute(
        update(Attachment)
        .where(Attachment.state == "waiting", Attachment.attempts > len(BACKOFF), Attachment.leased_until <= now)
        .values(state="dead", leased_until=None, error="Each attempt ended with the death of the process that read it.")
    )


async def _take(
    database: Database,
    secrets: Secrets,
    channel: Channel,
    http: ClientSession,
    limits: Limits,
    number: int,
    now: datetime,
) -> None:
    async with database.reading() as session:
        item = await session.get_one(Attachment, number, options=[undefer(Attachment.content)])
        within = await _within_day(session, item, limits, now)
    try:
        outcome: Clean | Failed
        if not within:
            outcome = Failed(f"More than {limits.files_a_day} files of one person in a day. Try again tomorrow.", False)
        else:
            outcome = await clean_apart(await _content(secrets, channel, http, item, limits.file_bytes))
    except FetchFailed as failure:
        outcome = Failed(str(failure), failure.retry)
    except NotCleaned as failure:
        outcome = Failed(str(failure), True)
    except (Refused, Unsealable) as refusal:
        outcome = Failed(str(refusal), False)
    except Exception as error:
        # Whatever a channel raises, it costs one file and not the others.
        outcome = Failed(f"Fetching it failed with {type(error).__name__}.", True)
    async with database.writing() as session:
        await _record(session, secrets, item, outcome, limits, now)


async def _within_day(session: AsyncSession, item: Attachment, limits: Limits, now: datetime) -> bool:
    """Whether this person's files of the last day leave room for one more."""
    whose = select(Message.reporter_id).where(Message.id == item.message_id).scalar_subquery()
    stored = await session.scalar(
        select(func.count())
        .select_from(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .where(
            Message.reporter_id == whose,
            Message.direction == "in",
            Attachment.state == "stored",
            Attachment.created_at > now - DAY,
        )
    )
    return (stored or 0) < limits.files_a_day


async def _content(secrets: Secrets, channel: Channel, http: ClientSession, item: Attachment, limit: int) -> bytes:
    """The file as it came. Raises FetchFailed, Refused or Unsealable."""
    if limit == 0:
        raise Refused("This installation takes no files.")
    if item.content is not None:
        content = secrets.unseal_bytes(item.content)
    elif item.reference is None:
        raise Refused("Nothing is left to fetch it by.")
    elif not isinstance(channel, BringsMedia):
        raise Refused("This channel brings no files.")
    else:
        content = await channel.fetch(http, Media(secrets.unseal(item.reference), item.content_type), limit)
    if len(content) > limit:
        raise Refused(_too_large(limit))
    return content


async def _record(
    session: AsyncSession,
    secrets: Secrets,
    item: Attachment,
    outcome: Clean | Failed,
    limits: Limits,
    now: datetime,
) -> None:
    """Write what came of it, if the file still waits: it may have been erased meanwhile."""
    mine = (Attachment.id == item.id) & (Attachment.state == "waiting")
    if isinstance(outcome, Clean) and not await _fits(session, item, len(outcome.content), limits.file_bytes):
        outcome = Failed(f"The files of one text may have {limits.file_bytes // 1_000_000} MB together.", False)
    if isinstance(outcome, Clean):
        await _change(
            session,
            mine,
            state="stored",
            content=secrets.seal_bytes(outcome.content),
            preview=None if outcome.preview is None else secrets.seal_bytes(outcome.preview),
            content_type=outcome.kind.content_type,
            size=len(outcome.content),
            reference=None,
            error=None,
        )
        return
    log.warning("file not stored", attachment=item.id, channel=item.channel, reason=outcome.reason)
    if outcome.again and item.attempts <= len(BACKOFF):
        wait = BACKOFF[item.attempts - 1] * (1 + random.uniform(0, JITTER))
        await _change(session, mine, state="waiting", due_at=now + wait, error=outcome.reason)
        return
    if outcome.again:
        await _change(session, mine, state="dead", error=outcome.reason)
    else:
        # A file that came with the request and is not taken is not kept; what a provider holds can be asked for again.
        await _change(session, mine, state="refused", content=None, error=outcome.reason)


async def _change(session: AsyncSession, which: ColumnElement[bool], **values: object) -> None:
    await session.execute(
        update(Attachment).where(which).values(leased_until=None, **values).execution_options(synchronize_session=False)
    )


async def _fits(session: AsyncSession, item: Attachment, size: int, limit: int) -> bool:
    """Whether the stored files of this text leave room for it. The text is locked, so that two do not both fit."""
    await session.execute(select(Message.id).where(Message.id == item.message_id).with_for_update())
    stored = await session.scalar(
        select(func.sum(Attachment.size)).where(Attachment.message_id == item.message_id, Attachment.state == "stored")
    )
    return (stored or 0) + size <= limit


def _too_large(limit: int) -> str:
    return f"The file has more than {limit // 1_000_000} MB."
