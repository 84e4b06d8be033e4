"""Texts that are held: copies in a loop, another machine's automatic replies, more texts in a day than a person sends.

A held text is kept and shown at the desk, where a person may still take it as an account. It gets no reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service import history
from service.conversation.echoes import is_ours
from service.conversation.pieces import LONGEST
from service.incoming import texts_of
from service.models import Message
from service.programme import Programme
from service.programme.words import words_of
from service.secrets import Secrets

LOOP_WINDOW = timedelta(minutes=30)
LOOP_TEXTS = 5
"""The same text from the same person more often than this within the window is held (as in medic/cht-core)."""
DAY = timedelta(days=1)
SENSITIVE_TIMES = 3
"""So many times the texts of a day are taken where they are sensitive: nobody floods the vault without end."""
REPLIES_A_DAY = 60
"""A sender with more replies than this in a day is a machine, or costs the programme too much."""
AFTER_OURS = timedelta(minutes=10)
"""An automatic reply comes soon after a text of ours."""
AT_ONCE = timedelta(seconds=2)
"""Nobody reads a text and writes one in less."""
PING_PONG = 6
"""So many texts in a row that each came at once after one of ours are a machine's."""
TOO_FAST = f"{PING_PONG} texts in a row, each within {AT_ONCE.seconds} seconds of ours: a machine"
MACHINE_WORDS = 40
"""Automatic replies are short."""


async def reason_to_hold(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    message: Message,
    text: str,
    *,
    others: Sequence[Message] = (),
    sensitive: bool,
) -> str | None:
    """Why a text is held, or None; `others` came together with it. Past messages from a file cost nothing, and are held only
    if they loop.

    A sensitive account is not held for being one text too many, nor for words that machines use too.
    """
    alike = [secrets.unseal(each.body) for each in (message, *others) if each.body is not None] if others else []
    if alike and len({as_said(words) for words in alike}) == 1:
        # A machine sends the same again faster than anybody reads.
        same = len(others) + await _same_texts(session, secrets, message, alike[0])
    else:
        same = await _same_texts(session, secrets, message, text)
    if same >= LOOP_TEXTS:
        return f"the same text {same + 1} times in {LOOP_WINDOW.seconds // 60} minutes: a loop"
    if message.channel.endswith(f"/{history.CHANNEL}"):
        return None
    most = programme.rules.texts_a_day * (SENSITIVE_TIMES if sensitive else 1)
    if await _count(session, message, "in", message.created_at, most) >= most:
        return too_many(programme)
    return None if sensitive else await _machine(session, programme, message, text)


def too_many(programme: Programme) -> str:
    return f"more than {programme.rules.texts_a_day} texts in a day"


async def flood_begins(session: AsyncSession, programme: Programme, message: Message) -> int | None:
    """Their text of the day before this one from which on all are held, sensitive or not; its id, or None."""
    if message.channel.endswith(f"/{history.CHANNEL}"):
        return None
    found: int | None = await session.scalar(
        select(Message.id)
        .where(
            texts_of(message.channel, message.pseudonym),
            Message.created_at > message.created_at - DAY,
        )
        .order_by(Message.id)
        .offset(programme.rules.texts_a_day * SENSITIVE_TIMES)
        .limit(1)
    )
    return found


async def may_reply(session: AsyncSession, message: Message, now: datetime) -> bool:
    """Nobody is texted about a past message from a file, nor more often in a day than a person would need.

    What such a sender tells us is taken like any other's: only our replies cost money.
    """
    if message.channel.endswith(f"/{history.CHANNEL}"):
        return False
    if await _count(session, message, "out", now, REPLIES_A_DAY) < REPLIES_A_DAY:
        return True
    message.cause = f"{message.cause}; not replied to: more than {REPLIES_A_DAY} replies in a day"
    return False


async def _same_texts(session: AsyncSession, secrets: Secrets, message: Message, text: str) -> int:
    """How often somebody sent this text within the window before it, as far as a loop needs to be counted."""
    recent = await session.scalars(
        select(Message.body)
        .where(
            Message.reporter_id == message.reporter_id,
            Message.direction == "in",
            Message.id != message.id,
            Message.created_at > message.created_at - LOOP_WINDOW,
            Message.created_at <= message.created_at,
            Message.state == "done",
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(4 * LOOP_TEXTS)
    )
    return sum(1 for body in recent if body is not None and as_said(secrets.unseal(body)) == as_said(text))


def as_said(text: str) -> tuple[str, ...]:
    """Its words, however they are written; what has none, as it stands."""
    return words_of(text[:LONGEST]) or (text,)


async def _count(session: AsyncSession, message: Message, direction: str, until: datetime, most: int) -> int:
    """Their texts, or ours to them, in the day before; counted no further than `most`."""
    day = (
        select(Message.id)
        .where(
            Message.reporter_id == message.reporter_id,
            Message.direction == direction,
            Message.id != message.id,
            Message.created_at > until - DAY,
            Message.created_at <= until,
        )
        .limit(most)
        .subquery()
    )
    return await session.scalar(select(func.count()).select_from(day)) or 0


async def _machine(session: AsyncSession, programme: Programme, message: Message, text: str) -> str | None:
    """Is this another machine's reply to ours? Its words alone do not say so: people write them too."""
    rows = await session.execute(
        select(Message.direction, Message.sent_at, Message.created_at, Message.cause)
        .where(
            Message.reporter_id == message.reporter_id,
            Message.direction.in_(("in", "out")),
            Message.id != message.id,
            Message.created_at > message.created_at - AFTER_OURS,
            Message.created_at <= message.created_at,
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(4 * PING_PONG)
    )
    exchange = rows.all()
    if any(row.direction == "out" for row in exchange):
        if _says_machine(programme, text):
            return "words of an automatic reply, soon after a text of ours"
        if is_ours(programme, text):
            return "one of our own texts, soon after one of ours: an echo, or a service like this one"
    ours = [row.sent_at for row in exchange if row.direction == "out" and row.sent_at is not None]
    before = [row for row in exchange if row.direction == "in"]
    theirs = [message.created_at, *(row.created_at for row in before)][:PING_PONG]
    answered = [any(timedelta() < at - our <= AT_ONCE for our in ours) for at in theirs]
    # It goes on being one until it is silent for a while.
    goes_on = bool(before) and before[0].cause == TOO_FAST
    return TOO_FAST if goes_on or (len(theirs) == PING_PONG and all(answered)) else None


def _says_machine(programme: Programme, text: str) -> bool:
    words = words_of(text[:1000])
    if len(words) > MACHINE_WORDS:
        return False
    said = f" {' '.join(words)} "
    return any(f" {phrase} " in said for phrase in programme.signs("machine"))
