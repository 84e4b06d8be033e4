"""What a person wrote before FORGET and nobody has read is erased unread, also where it reaches the database only afterwards.

A text may lie in the spool of another machine, or in quarantine, while FORGET is done. So for a week we remember the
pseudonym and when they said so, in a row that leads to no report of theirs. Whatever they write later is a new person's.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from service.incoming import WAITING, texts_of
from service.models import Forgotten, Message

KEPT = timedelta(days=7)
"""Longer than a machine should be cut off from the database with texts in its spool."""
UNREAD = or_(WAITING, Message.state == "dead")
"""Waiting to be read, or set aside because it could not be."""


async def note(session: AsyncSession, asked_by: Message, pseudonym: str, now: datetime) -> set[int]:
    """Erase what the sender of `asked_by` wrote before it and nobody has read, now and for a week; returns which texts."""
    assert session.bind is not None
    dialect = postgresql if session.bind.dialect.name == "postgresql" else sqlite
    row: dict[str, Any] = {"said_at": asked_by.created_at, "created_at": now}
    forgotten = dialect.insert(Forgotten).values(channel=asked_by.channel, pseudonym=pseudonym, **row)
    await session.execute(forgotten.on_conflict_do_update(index_elements=["channel", "pseudonym"], set_=row))
    # Two processes, or a spool, store texts in another order than they came in.
    before = or_(Message.id < asked_by.id, Message.created_at < asked_by.created_at)
    return await _erase(session, texts_of(asked_by.channel, pseudonym), UNREAD, before)


async def drop_late(session: AsyncSession, ids: Collection[int]) -> set[int]:
    """Erase those of these waiting texts that were written before their sender asked to be forgotten; returns which."""
    said_later = (
        select(Forgotten.id)
        .where(
            Forgotten.channel == Message.channel,
            Forgotten.pseudonym == Message.pseudonym,
            Forgotten.said_at > Message.created_at,
        )
        .exists()
    )
    return await _erase(session, Message.id.in_(ids), WAITING, said_later)


async def erase_old(session: AsyncSession, now: datetime) -> None:
    """Forget also who asked for it, a week ago."""
    await session.execute(delete(Forgotten).where(Forgotten.created_at < now - KEPT))


async def _erase(session: AsyncSession, *which: ColumnElement[bool]) -> set[int]:
    """Texts nobody has read have no files of their own yet: what came with one is named in its `extra`."""
    erased = await session.scalars(
        update(Message)
        .where(*which)
        .values(
            body=None,
            pin=None,
            extra=None,
            address=None,
            pseudonym=None,
            state="done",
            purpose="erasure",
            cause="erased unread",
            error=None,
            leased_until=None,
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return set(erased)
