"""What stopped on its way: texts, lines that rest, phones that are silent, floods of opt-outs, requests nobody could read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service import collecting, deadletters, lines, optouts, quarantine
from service.collecting import Silent
from service.deadletters import Group
from service.models import Line, Message, Quarantine
from service.programme import Programme

MOST = 200
"""Unread requests shown, the newest."""


@dataclass(frozen=True)
class Unread:
    """A request that no channel could read. It is sealed."""

    id: int
    channel: str
    reason: str
    at: datetime
    tries: int
    """How often it was tried again since."""
    tried_at: datetime | None
    alike: int
    """How many wait for this channel with the same reason, this one too."""


@dataclass(frozen=True)
class Alarm:
    """A channel whose provider names too many people who opted out, since when, and how many."""

    channel: str
    since: datetime
    people: int


@dataclass(frozen=True)
class Resting:
    """A channel whose line fails. `until` is None while it is still tried; `waiting` texts wait for it."""

    channel: str
    fault: str
    reason: str
    failures: int
    since: datetime | None
    until: datetime | None
    waiting: int


@dataclass(frozen=True)
class Troubles:
    """Everything that stopped; of unread requests the newest, and how many there are in all."""

    alarms: tuple[Alarm, ...]
    resting: tuple[Resting, ...]
    silent: tuple[Silent, ...]
    closed: tuple[tuple[str, int], ...]
    """(channel, texts that wait for it) of channels that are not open."""
    stopped: tuple[Group, ...]
    unread: tuple[Unread, ...]
    unread_in_all: int

    @property
    def none(self) -> bool:
        """Whether nothing has stopped."""
        return not (self.alarms or self.resting or self.silent or self.closed or self.stopped or self.unread)


async def read(session: AsyncSession, programme: Programme, open_channels: Collection[str], now: datetime) -> Troubles:
    """Everything that stopped in a programme. `open_channels` are those that can send."""
    code = programme.code
    queued = await _queued(session, code)
    found = await lines.read(session, code)
    kept = await session.execute(
        select(
            Quarantine.id,
            Quarantine.channel,
            Quarantine.reason,
            Quarantine.created_at,
            Quarantine.tries,
            Quarantine.tried_at,
            func.count().over(partition_by=(Quarantine.channel, Quarantine.reason)),
        )
        .where(*_waiting(code))
        .order_by(Quarantine.id.desc())
        .limit(MOST)
    )
    return Troubles(
        tuple([Alarm(x.channel, x.alarmed_at, await optouts.count_named(session, x)) for x in found if x.alarmed_at]),
        tuple(_resting(line, queued.get(line.channel, 0)) for line in found if line.failures),
        await _silent(session, programme, open_channels, now),
        tuple((channel, texts) for channel, texts in sorted(queued.items()) if channel not in open_channels),
        tuple(await deadletters.groups(session, code)),
        tuple(Unread(*row) for row in kept),
        await _count_unread(session, code),
    )


async def _silent(
    session: AsyncSession, programme: Programme, open_channels: Collection[str], now: datetime
) -> tuple[Silent, ...]:
    """One that is closed cannot ask, and is said to be closed."""
    return tuple(phone for phone in await collecting.silent(session, programme, now) if phone.channel in open_channels)


def _resting(line: Line, waiting: int) -> Resting:
    fault, reason = line.fault or "line", line.reason or ""
    return Resting(line.channel, fault, reason, line.failures, line.opened_at, line.open_until, waiting)


async def _queued(session: AsyncSession, programme: str) -> dict[str, int]:
    query = (
        select(Message.channel, func.count().label("texts"))
        .where(Message.programme == programme, Message.direction == "out", Message.state == "queued")
        .group_by(Message.channel)
    )
    return {row.channel: row.texts for row in await session.execute(query)}


def _waiting(programme: str) -> tuple[ColumnElement[bool], ...]:
    return (Quarantine.programme == programme, quarantine.WAITING)


async def _count_unread(session: AsyncSession, programme: str) -> int:
    query = select(func.count()).select_from(Quarantine).where(*_waiting(programme))
    return await session.scalar(query) or 0


async def count(session: AsyncSession, programme: Programme, open_channels: Collection[str], now: datetime) -> int:
    """How many things stopped, for the number in the navigation. A line that fails and is still tried is none yet."""
    code = programme.code
    troubled = [x for x in await lines.read(session, code) if x.open_until is not None or x.alarmed_at is not None]
    closed = [channel for channel in await _queued(session, code) if channel not in open_channels]
    silent = await _silent(session, programme, open_channels, now)
    texts = await deadletters.count(session, code) + await _count_unread(session, code)
    return texts + len(troubled) + len(closed) + len(silent)
