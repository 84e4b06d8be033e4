"""Texts for gateways that ask for them, such as a phone: handed over, confirmed, and never quietly lost.

A text that was handed over is leased. If the gateway does not confirm it in time it is handed over once more, but only
to a gateway that has confirmed before: one that never does would send every text twice. After that it is uncertain, and
a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from channels import CHANNELS
from channels.base import Channel, Collects, Outbound
from service import lines, screening
from service.dating import date_report
from service.models import Message
from service.outgoing import change
from service.programme import Programme
from service.secrets import Secrets, Unsealable

LEASE = timedelta(minutes=10)
"""How long a gateway may take to confirm a text."""
HANDED_OVER = 2
"""How often at most, without a person's word."""
BATCH = 20
AWAITED = timedelta(days=1)
"""How long after it was sent we ask whether a text arrived."""
MOST_AWAITED = 100
SILENCE = timedelta(minutes=15)
"""A gateway asks every minute or so. One that took nothing for so long, though texts wait for it, is said to be silent."""
CONFIRMED = ("sent", "delivered", "read")
LOST = "The phone took it and never said what became of it: look at the app's settings and its log."
UNCONFIRMED = (
    "The phone takes our texts and has never said what became of one. In SMSSync turn on Message Results API and SMS Delivery"
    " Report; another app must report to us too."
)
"""One reason, and so one line at the desk, for however many texts."""


def without_collectors(channels: Mapping[str, Channel]) -> dict[str, Channel]:
    """The channels that are called to send; the others ask."""
    return {name: channel for name, channel in channels.items() if not isinstance(channel, Collects)}


@dataclass(frozen=True)
class Silent:
    """A channel whose gateway does not ask for its texts: how many wait, and since when the oldest is due."""

    channel: str
    waiting: int
    since: datetime


def collected(programme: Programme) -> list[str]:
    """The channels of a programme whose gateways ask for their texts, as <programme>/<name>."""
    asked = (entry for entry in programme.channels if hasattr(CHANNELS.get(entry.type), "hand_over"))
    return [f"{programme.code}/{entry.name}" for entry in asked]


async def silent(session: AsyncSession, programme: Programme, now: datetime) -> list[Silent]:
    """The channels for whose gateways texts wait that they do not ask for, by name."""
    names = collected(programme)
    if not names:
        return []
    ours = (Message.channel.in_(names), Message.direction == "out")
    due = (Message.state == "queued", Message.due_at <= now - SILENCE)
    waiting = select(Message.channel, func.count(), func.min(Message.due_at)).where(*ours, *due)
    heard = await session.scalars(select(Message.channel).where(*ours, Message.sent_at > now - SILENCE).distinct())
    asking = set(heard)
    rows = await session.execute(waiting.group_by(Message.channel).order_by(Message.channel))
    return [Silent(name, texts, since) for name, texts, since in rows if since and name not in asking]


async def take(
    session: AsyncSession, secrets: Secrets, name: str, channel: Channel, programme: Programme | None, now: datetime
) -> list[Outbound]:
    """The texts to hand over now, replies first; by the rules and at the rate of those we send. Commit before they leave."""
    line, rate = await lines.lock(session, name, now), lines.rate_of(programme, name)
    await end_leases(session, name, now)
    await screening.tidy(session, name, channel, programme, now)
    room = lines.room(line, rate, BATCH, now, lines.POLL)
    claimed = await screening.claim(session, name, room.texts, LEASE, now)
    may_go = await screening.screen(session, secrets, channel, claimed, now)
    lines.take(line, rate, len(may_go), room.probe, now, lines.POLL)
    texts = []
    for ready in may_go:
        message = ready.message
        assert message.body is not None
        mine = Message.id == message.id
        key = f"answerable-{message.id}"
        try:
            texts.append(Outbound(secrets.unseal(ready.address), secrets.unseal(message.body), key))
        except Unsealable as error:
            why = f"The text cannot be opened: {error}."
            await session.execute(
                change("dead", mine, came_from=("sending",), leased_until=None, failure="unreadable", error=why)
            )
            continue
        await session.execute(
            update(Message).where(mine).values(external_id=key, sent_at=now, failure=None, error=None)
        )
        await date_report(session, message.report_id, message.purpose, now)
    return texts


async def awaited(session: AsyncSession, name: str, now: datetime) -> list[str]:
    """The keys of texts handed over that are not called delivered yet, newest first."""
    keys = await session.scalars(
        select(Message.external_id)
        .where(
            Message.channel == name,
            Message.direction == "out",
            Message.state.in_(("sending", "sent")),
            Message.sent_at > now - AWAITED,
        )
        .order_by(Message.id.desc())
        .limit(MOST_AWAITED)
    )
    return [key for key in keys if key is not None]


async def end_leases(session: AsyncSession, name: str, now: datetime) -> None:
    """Texts nobody confirmed in time go back to the queue once; else they are uncertain. The caller holds the line."""
    late = (Message.channel == name, Message.leased_until <= now)
    confirms = await _confirms(session, name)
    if confirms:
        again = (*late, Message.attempts < HANDED_OVER)
        await session.execute(change("queued", *again, came_from=("sending",), leased_until=None, due_at=now))
    uncertain = change(
        "uncertain",
        *late,
        came_from=("sending",),
        leased_until=None,
        failure="unknown",
        error=LOST if confirms else UNCONFIRMED,
    )
    await session.execute(uncertain)


async def never_confirms(session: AsyncSession, name: str) -> bool:
    """Has the phone taken texts that nobody knows the fate of, and never said of any what became of it?"""
    lost = exists().where(Message.channel == name, Message.direction == "out", Message.state == "uncertain")
    return bool(await session.scalar(select(lost))) and not await _confirms(session, name)


async def _confirms(session: AsyncSession, name: str) -> bool:
    known = exists().where(Message.channel == name, Message.direction == "out", Message.state.in_(CONFIRMED))
    return bool(await session.scalar(select(known)))
