"""Which texts may go out now: not to people who stopped, not in quiet hours, not where a provider's window is closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Update, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from channels.base import Channel, HasWindows, window_to
from service import reporters
from service.media import enclosing
from service.media.enclosing import Enclosed
from service.models import Message, Reporter
from service.outgoing import REPLY, change
from service.programme import Programme
from service.quiet import JUST, quiet_until
from service.secrets import Secrets, Unsealable

MARGIN = timedelta(minutes=5)
"""A window is taken to close so much earlier: the provider's clock decides, and the way there takes time."""
APPS_WINDOW = timedelta(hours=24)
"""Of the apps behind channels whose addresses belong to several: Meta's."""
ASKING = "answered"
"""The purpose of the one text beside FORGET that asks for a yes: an office's answer."""
PLAIN = {"synchronize_session": False}


@dataclass(frozen=True)
class Ready:
    """A text that may go out, with its sealed address. `by_template`: only as the approved wording that came with it."""

    message: Message
    address: bytes = field(repr=False)
    by_template: bool = False
    file: Enclosed | None = None


async def tidy(session: AsyncSession, name: str, channel: Channel, programme: Programme | None, now: datetime) -> None:
    """Put a channel's texts in the state they should be in by now: cut off, too late, let out of a window, put off."""
    await _take_up(session, name, channel, now)
    late = change(
        "dead",
        Message.channel == name,
        Message.expires_at <= now,
        came_from=("queued", "held"),
        failure="late",
        error="It waited so long that it was of no more use. Try again if it still is.",
    )
    await session.execute(late)
    window = widest_window(channel)
    if window is not None:
        reopened = change("queued", held_but_open(name, window, now), came_from=("held",), **FRESH, due_at=now)
        await session.execute(reopened)
    morning = None if programme is None else quiet_until(programme, now)
    if morning is not None:
        put_off = update(Message).where(
            *_due(name, now), or_(Message.priority > REPLY, Message.created_at < now - JUST)
        )
        await session.execute(put_off.values(due_at=morning).execution_options(**PLAIN))


FRESH = {"failure": None, "error": None, "leased_until": None}


async def _take_up(session: AsyncSession, name: str, channel: Channel, now: datetime) -> None:
    """Texts whose sender died: tried again where the provider knows them by their key, else set aside as uncertain."""
    cut_off = (Message.channel == name, Message.leased_until <= now)
    if channel.idempotent:
        await session.execute(change("queued", *cut_off, came_from=("sending",), leased_until=None, due_at=now))
        return
    uncertain = change(
        "uncertain",
        *cut_off,
        came_from=("sending",),
        leased_until=None,
        failure="unknown",
        error="We were cut off while sending. Send it again only if it did not arrive.",
    )
    await session.execute(uncertain)


def _due(name: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """A channel's texts whose moment has come."""
    # State and direction are written out, and the moment is hidden in an expression: else SQLite takes another index, and
    # sorts all that is queued for every few texts it gives out.
    return (
        Message.direction == literal("out", literal_execute=True),
        Message.state == literal("queued", literal_execute=True),
        Message.channel == name,
        func.coalesce(Message.due_at, Message.created_at) <= now,
    )


def has_work(name: str, channel: Channel, now: datetime, *, resting: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is anything to do on a channel; what is due counts only while its line does not rest."""
    due = select(Message.id).where(*_due(name, now)).exists() & ~resting
    mine = (Message.direction == "out", Message.channel == name)
    cut_off = select(Message.id).where(*mine, Message.state == "sending", Message.leased_until <= now)
    window = widest_window(channel)
    over = (
        Message.expires_at <= now
        if window is None
        else or_(Message.expires_at <= now, held_but_open(name, window, now))
    )
    held = select(Message.id).where(*mine, Message.state == "held", over)
    return due | cut_off.exists() | held.exists()


def widest_window(channel: Channel) -> timedelta | None:
    """The window after which a held text is looked at again; None where there is none at all."""
    return channel.window or (APPS_WINDOW if isinstance(channel, HasWindows) else None)


def held_but_open(name: str, window: timedelta, now: datetime) -> ColumnElement[bool]:
    """A text held for its window, whose person has written since."""
    seen = select(Reporter.id).where(Reporter.id == Message.reporter_id, Reporter.last_seen_at > now - window + MARGIN)
    return (Message.channel == name) & (Message.failure == "window") & seen.exists()


def is_open(window: timedelta | None, last_seen_at: datetime, now: datetime) -> bool:
    """Whether we may write freely to somebody who wrote last at that moment."""
    return window is None or now < last_seen_at + window - MARGIN


def due_texts(name: str, now: datetime, limit: int) -> Select[int]:
    """The ids of a channel's due texts, replies first, then the oldest; locked, past those that others have locked."""
    return (
        select(Message.id)
        .where(*_due(name, now))
        .order_by(Message.priority, Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


async def claim(session: AsyncSession, name: str, limit: int, lease: timedelta, now: datetime) -> list[Message]:
    """Take up to `limit` due texts of a channel for sending, replies first, then the oldest."""
    if limit <= 0:
        return []
    taking = change(
        "sending",
        Message.id.in_(select(due_texts(name, now, limit).cte("due").c.id)),
        came_from=("queued",),
        leased_until=now + lease,
        attempts=Message.attempts + 1,
    )
    taken = await session.scalars(taking.returning(Message), execution_options={"populate_existing": True})
    return sorted(taken, key=lambda message: (message.priority, message.due_at, message.id))


async def screen(
    session: AsyncSession, secrets: Secrets, channel: Channel, claimed: Sequence[Message], now: datetime
) -> list[Ready]:
    """Those of the claimed texts that may go out. The others are dropped or held, with the reason."""
    ids = {message.reporter_id for message in claimed if message.reporter_id is not None}
    found = await session.scalars(
        select(Reporter).where(Reporter.id.in_(ids)).execution_options(populate_existing=True)
    )
    people = {person.id: person for person in found}
    files = await enclosing.of_texts(session, claimed)
    ready = []
    for message in claimed:
        person = people.get(message.reporter_id or 0)
        address = message.address or (person.address if person is not None else None)
        if message.body is None or address is None:
            await _set_aside(session, message, "dropped", "erased", "They had themselves forgotten.")
        elif person is not None and _stopped(message, person):
            await _set_aside(session, message, "dropped", "stopped", "They asked for no more texts before it went out.")
        elif person is not None and message.purpose == ASKING and (until := reporters.forgetting_until(person, now)):
            await session.execute(_put_off(message, until))
        else:
            window = window_for(secrets, channel, address)
            if window is None or person is None or is_open(window, person.last_seen_at, now):
                ready.append(Ready(message, address, file=files.get(message.id)))
            elif message.extra is not None:
                ready.append(Ready(message, address, by_template=True))
            else:
                await _set_aside(session, message, "held", "window", _window_words(window))
    return ready


def window_for(secrets: Secrets, channel: Channel, address: bytes) -> timedelta | None:
    """How long after their last text somebody with this sealed address may be written to freely. None for always."""
    if not isinstance(channel, HasWindows):
        return channel.window
    try:
        return window_to(channel, secrets.unseal(address))
    except Unsealable:
        return None  # the send says so, with the reason


def _window_words(window: timedelta) -> str:
    hours = round(window.total_seconds() / 3600)
    return f"Free texts may go out within {hours} hours of the person's last one. It goes out when they write again."


def _stopped(message: Message, person: Reporter) -> bool:
    """STOP ends news, and replies to what was texted before it. A reply to what they text after it still goes out."""
    return person.stopped_at is not None and (message.priority > REPLY or message.created_at < person.stopped_at)


def _put_off(message: Message, until: datetime) -> Update:
    """Wait: beside another question a YES could be meant for either, and one of them erases."""
    mine, attempts = Message.id == message.id, Message.attempts - 1
    return change("queued", mine, came_from=("sending",), leased_until=None, due_at=until, attempts=attempts)


async def _set_aside(session: AsyncSession, message: Message, state: str, failure: str, words: str) -> None:
    moved = change(
        state,
        Message.id == message.id,
        came_from=("sending",),
        failure=failure,
        error=words,
        leased_until=None,
        attempts=Message.attempts - 1,
    )
    await session.execute(moved)
