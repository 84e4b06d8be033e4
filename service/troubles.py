"""What stopped on its way: texts that were given up, and requests nobody could read. Never with their words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit
from service.models import Message, Quarantine, Report
from service.workflow import NotAllowed, NotFound

STOPPED = ("dead", "uncertain")
MOST = 200
"""Shown of each kind, the newest."""


@dataclass(frozen=True)
class Dead:
    """A text that was given up after its last attempt. `reference` is None where the report is not theirs to see."""

    id: int
    outgoing: bool
    channel: str
    purpose: str | None
    reference: str | None
    error: str
    uncertain: bool
    """It may have gone out: the provider never said."""
    attempts: int
    at: datetime


@dataclass(frozen=True)
class Unread:
    """A request that no channel could read. It is sealed."""

    id: int
    channel: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Troubles:
    """The newest of each, and how many there are in all."""

    dead: tuple[Dead, ...]
    dead_in_all: int
    unread: tuple[Unread, ...]
    unread_in_all: int


async def read(session: AsyncSession, programme: str, role: str) -> Troubles:
    """Everything that stopped in a programme. Only focal points are told which sensitive report a text belongs to."""
    query = (
        select(Message, Report.reference, Report.sensitive)
        .outerjoin(Report, Report.id == Message.report_id)
        .where(Message.programme == programme, Message.state.in_(STOPPED))
        .order_by(Message.id.desc())
        .limit(MOST)
    )
    dead = tuple(
        Dead(
            id=message.id,
            outgoing=message.direction == "out",
            channel=message.channel,
            purpose=message.purpose,
            reference=None if sensitive and role != "focal_point" else reference,
            error=message.error or "no reason was kept",
            uncertain=message.state == "uncertain",
            attempts=message.attempts,
            at=message.created_at,
        )
        for message, reference, sensitive in await session.execute(query)
    )
    waiting = (Quarantine.programme == programme, Quarantine.state == "waiting")
    kept = await session.execute(
        select(Quarantine.id, Quarantine.channel, Quarantine.reason, Quarantine.created_at)
        .where(*waiting)
        .order_by(Quarantine.id.desc())
        .limit(MOST)
    )
    unread = tuple(Unread(*row) for row in kept)
    return Troubles(
        dead,
        await count_dead(session, programme),
        unread,
        await session.scalar(select(func.count()).select_from(Quarantine).where(*waiting)) or 0,
    )


async def count_dead(session: AsyncSession, programme: str) -> int:
    """How many texts were given up."""
    query = select(func.count()).select_from(Message).where(Message.programme == programme, Message.state.in_(STOPPED))
    return await session.scalar(query) or 0


async def count(session: AsyncSession, programme: str) -> int:
    """How many things stopped, for the number in the navigation."""
    query = (
        select(func.count())
        .select_from(Quarantine)
        .where(Quarantine.programme == programme, Quarantine.state == "waiting")
    )
    return await count_dead(session, programme) + (await session.scalar(query) or 0)


async def retry(session: AsyncSession, programme: str, message_id: int, user_id: int, now: datetime) -> None:
    """Put one text back into its queue, with all its attempts before it. NotFound, or NotAllowed if it has not stopped."""
    message = await session.scalar(select(Message).where(Message.programme == programme, Message.id == message_id))
    if message is None:
        raise NotFound("There is no such text.")
    revived = await session.execute(
        update(Message)
        .where(Message.id == message_id, Message.state.in_(STOPPED))
        .values(
            state="queued" if message.direction == "out" else "received",
            attempts=0,
            due_at=now,
            leased_until=None,
            error=None,
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    if revived.scalar() is None:
        raise NotAllowed("This text is on its way again already.")
    await audit.record(session, programme, audit.user(user_id), "retry", f"message:{message_id}", {}, now)
