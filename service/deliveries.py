"""What providers say became of texts we sent, also where they say it before we have recorded their id of the text.

A provider may report a text delivered before its answer to our send is committed. By then no text has that id, so the
word is kept, and the outbox takes it up with the id. Both hold the channel's line while they look, so that neither can
just miss the other. Most words kept are on texts of others who use the same account: they are few, and soon forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from channels.base import Delivery
from service import lines, optouts, outgoing
from service.db import Database
from service.models import EarlyDelivery, Line, Message

KEPT = timedelta(days=1)
"""Longer than the database is away while the outbox holds an id that it cannot record."""
MOST = 1000
"""Words kept for one channel; the oldest make room."""
Heard = tuple[str, Delivery, datetime]
"""A channel, what its provider said, and when we heard it."""


async def note(database: Database, heard: Sequence[Heard]) -> None:
    """Record what became of texts; a person who opted out at the provider is not texted again.

    Doing it again changes nothing.
    """
    async with database.writing_connection() as connection:
        # Opt-outs first: they lock a channel's line before its texts, in the order in which the outbox does.
        ordered = sorted(heard, key=lambda word: (not word[1].opted_out, word[0]))
        unknown = [word for word in ordered if not await _note(connection, *word)]
    for channel, words in groupby(sorted(unknown, key=lambda word: word[0]), lambda word: word[0]):
        # In a transaction of its own, because the line is locked before the texts.
        async with database.writing_connection() as connection:
            await _keep(connection, channel, list(words))


async def catch_up(session: AsyncSession, channel: str, external_ids: Collection[str], now: datetime) -> None:
    """Apply what was said of texts before these ids of theirs were recorded. The caller has locked the channel's line."""
    if not external_ids:
        return
    early = delete(EarlyDelivery).where(EarlyDelivery.channel == channel, EarlyDelivery.external_id.in_(external_ids))
    taken = await session.scalars(early.returning(EarlyDelivery).execution_options(synchronize_session=False))
    for word in sorted(taken, key=lambda word: word.id):
        said = Delivery(word.external_id, word.state, reason=word.reason, opted_out=word.opted_out)  # type: ignore[arg-type]
        await _note(session, channel, said, now)


async def forget(session: AsyncSession, now: datetime) -> None:
    """Delete what was kept long enough."""
    await session.execute(delete(EarlyDelivery).where(EarlyDelivery.created_at < now - KEPT))


async def _note(connection: AsyncSession | AsyncConnection, channel: str, said: Delivery, now: datetime) -> bool:
    """Whether it is about a text we know."""
    mine = outgoing.OUT & (Message.channel == channel) & (Message.external_id == said.external_id)
    if said.opted_out:
        await optouts.note(connection, channel, mine, now)
    moved = await connection.execute(outgoing.note_delivery(said.state, mine, reason=said.reason))
    if moved.rowcount:  # type: ignore[attr-defined]
        return True
    return (await connection.execute(select(Message.id).where(mine).limit(1))).first() is not None


async def _keep(connection: AsyncConnection, channel: str, words: Sequence[Heard]) -> None:
    """Look once more, now that the outbox records nothing in between; keep what is still about no text we know."""
    await lines.make(connection, channel, words[0][2])
    await connection.execute(select(Line.channel).where(Line.channel == channel).with_for_update())
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for _, said, at in words:
        if not await _note(connection, channel, said, at):
            kept = dialect.insert(EarlyDelivery).values(
                channel=channel,
                external_id=said.external_id,
                state=said.state,
                reason=said.reason,
                opted_out=said.opted_out,
                created_at=at,
            )
            await connection.execute(kept.on_conflict_do_nothing())
    mine = EarlyDelivery.channel == channel
    too_many = select(EarlyDelivery.id).where(mine).order_by(EarlyDelivery.id.desc()).offset(MOST).limit(1)
    await connection.execute(delete(EarlyDelivery).where(mine, EarlyDelivery.id <= too_many.scalar_subquery()))
