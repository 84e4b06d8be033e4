"""Where texts that came in are looked for: those that wait to be read lie in small indexes of their own.

A text that arrives touches only the indexes of what waits, so that storing it costs the same beside a thousand texts and
beside a million; once it is read it moves to the large ones. The conditions are written out, not bound: only so do both
databases see which index holds them all.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, delete, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from service.models import Message

_IN = Message.direction == literal("in", literal_execute=True)
_RECEIVED = literal("received", literal_execute=True)
WAITING = and_(_IN, Message.state == _RECEIVED)
"""Nobody has read it yet."""
TAKEN = and_(_IN, Message.state != _RECEIVED)
"""Read, held, or set aside."""


def texts_of(channel: str, pseudonym: str | None) -> ColumnElement[bool]:
    """All texts that somebody sent on a channel, as long as they carry the pseudonym."""
    theirs = and_(Message.channel == channel, Message.pseudonym == pseudonym)
    return or_(and_(WAITING, theirs), and_(TAKEN, theirs))


async def drop_redelivered(session: AsyncSession, ids: Collection[int]) -> set[int]:
    """Delete those of these waiting texts that were taken before, under another id; returns which.

    The door passes a redelivery over, save where PostgreSQL stores it in the very moment in which its first delivery is
    being marked as taken, and neither is seen by the other.
    """
    first = aliased(Message)
    before = (
        select(first.id)
        .where(
            first.channel == Message.channel,
            first.external_id == Message.external_id,
            first.direction == literal("in", literal_execute=True),
            first.state != _RECEIVED,
        )
        .exists()
    )
    dropped = await session.scalars(
        delete(Message)
        .where(Message.id.in_(ids), WAITING, before)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return set(dropped)
