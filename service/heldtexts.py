"""Texts that were held back: what a person at the desk sees of them, takes as accounts, or leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit
from service.models import Message
from service.secrets import Secrets, Unsealable
from service.workflow import NotAllowed, NotFound

MOST_PEOPLE = 50
MOST_TEXTS = 3
"""Shown of each person, the newest."""


@dataclass(frozen=True)
class HeldText:
    """One text. `words` have no personal data in them; None where the machine has not read it, or it is erased."""

    id: int
    words: str | None = field(repr=False)
    cause: str
    at: datetime


@dataclass(frozen=True)
class Sender:
    """One person with how many texts of theirs are held, and the newest of them."""

    reporter_id: int
    channel: str
    number: int
    texts: tuple[HeldText, ...]


async def read(session: AsyncSession, secrets: Secrets, programme: str) -> list[Sender]:
    """Who has texts held, those with the newest first."""
    held = (Message.programme == programme, Message.purpose == "held", Message.reporter_id.is_not(None))
    people = await session.execute(
        select(Message.reporter_id, Message.channel, func.count(), func.max(Message.id))
        .where(*held)
        .group_by(Message.reporter_id, Message.channel)
        .order_by(func.max(Message.id).desc())
        .limit(MOST_PEOPLE)
    )
    found = []
    for reporter_id, channel, number, _ in people.all():
        rows = await session.scalars(
            select(Message)
            .where(*held, Message.reporter_id == reporter_id)
            .order_by(Message.created_at.desc(), Message.id.desc())
            .limit(MOST_TEXTS)
        )
        assert reporter_id is not None
        found.append(Sender(reporter_id, channel, number, tuple(_shown(secrets, row) for row in rows)))
    return found


async def count(session: AsyncSession, programme: str) -> int:
    """How many people have texts held."""
    query = select(func.count(Message.reporter_id.distinct())).where(
        Message.programme == programme, Message.purpose == "held"
    )
    return await session.scalar(query) or 0


async def release(session: AsyncSession, programme: str, message_id: int, user_id: int, now: datetime) -> None:
    """Take it as an account after all: the worker reads it next. NotFound, or NotAllowed if it is held no more."""
    mine = (Message.programme == programme, Message.id == message_id)
    if await session.scalar(select(Message.id).where(*mine)) is None:
        raise NotFound("There is no such text.")
    moved = await session.execute(
        update(Message)
        .where(*mine, Message.purpose == "held")
        .values(purpose="released", state="received", attempts=0, due_at=now, leased_until=None)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    if moved.scalar() is None:
        raise NotAllowed("This text is held no more.")
    await audit.record(session, programme, audit.user(user_id), "release_text", f"message:{message_id}", {}, now)


async def leave(session: AsyncSession, programme: str, message_id: int, user_id: int, now: datetime) -> int:
    """None of the held texts of whoever sent this one are accounts. They are kept, and shown no more; returns how many."""
    mine = (Message.programme == programme, Message.id == message_id)
    sender = await session.scalar(select(Message.reporter_id).where(*mine))
    if sender is None:
        raise NotFound("There is no such text.")
    moved = await session.execute(
        update(Message)
        .where(Message.programme == programme, Message.reporter_id == sender, Message.purpose == "held")
        .values(purpose="left")
        .execution_options(synchronize_session=False)
    )
    number = int(moved.rowcount)  # type: ignore[attr-defined]
    if number == 0:
        raise NotAllowed("Nothing of theirs is held any more.")
    actor, thing = audit.user(user_id), f"reporter:{sender}"
    await audit.record(session, programme, actor, "leave_texts", thing, {"texts": number}, now)
    return number


def _shown(secrets: Secrets, message: Message) -> HeldText:
    try:
        words = None if message.redacted is None else secrets.unseal(message.redacted)
    except Unsealable:
        words = None
    return HeldText(message.id, words, message.cause or "", message.created_at)
