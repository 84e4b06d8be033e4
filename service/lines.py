"""The line to each provider: how soon it may carry the next text, and its rest after it failed again and again.

One row a channel, locked while it is read and changed, so that rate and rest hold over any number of processes. While a
line rests nothing is tried; then one text tries, and if it gets through the queue flows again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from channels.base import SendFailed
from service import audit
from service.models import Line, Message
from service.programme import Programme
from service.workflow import NotFound

ENOUGH = 5
"""Failures of the line in a row after which it rests."""
RESTS = tuple(timedelta(seconds=s) for s in (30, 60, 120, 300, 600, 1800))
"""The first rest, and those after each further text that did not get through."""
PROBE = timedelta(minutes=2)
"""How long the one text that tries may take; then another may."""
SLACK = timedelta(milliseconds=500)
"""What a line may catch up: texts are looked for so often."""
POLL = timedelta(seconds=90)
"""What the line of a gateway that asks may catch up: a phone asks once a minute, not quite on the minute."""
LONGEST_PAUSE = timedelta(minutes=10)
"""The most a provider that wants fewer texts at a time holds up all of them."""
FAULTY = ("line", "keys")

log = structlog.get_logger()


async def lock(session: AsyncSession, channel: str, now: datetime) -> Line:
    """A channel's line, made if it is new, locked until the transaction ends."""
    await make(session, channel, now)
    return await session.get_one(Line, channel, with_for_update=True, populate_existing=True)


async def make(connection: AsyncSession | AsyncConnection, channel: str, now: datetime) -> None:
    """See to it that a channel has its row."""
    if (await connection.execute(select(Line.channel).where(Line.channel == channel))).first() is not None:
        return
    bind = connection if isinstance(connection, AsyncConnection) else connection.get_bind()
    dialect = postgresql if bind.dialect.name == "postgresql" else sqlite
    new = dialect.insert(Line).values(channel=channel, failures=0, updated_at=now)
    await connection.execute(new.on_conflict_do_nothing())


@dataclass(frozen=True)
class Room:
    """How many texts may be tried now; `probe` is set where the one text tries whether the line is mended."""

    texts: int
    probe: bool = False


def rate_of(programme: Programme | None, channel: str) -> float | None:
    """Texts a second the programme lets a channel carry; None for no limit of ours."""
    entry = None if programme is None else programme.entry_of(channel)
    return None if entry is None else entry.rate


def room(line: Line, rate: float | None, wanted: int, now: datetime, slack: timedelta = SLACK) -> Room:
    """What the line has room for, up to `wanted`. It may catch up what it did not carry in the last `slack`."""
    if line.open_until is not None:
        return Room(0) if line.open_until > now or not wanted else Room(1, probe=True)
    if line.next_at is not None and line.next_at > now:
        return Room(0)
    if rate is None:
        return Room(wanted)
    since = max(line.next_at or now - slack, now - slack)
    return Room(min(wanted, int((now - since).total_seconds() * rate + 1e-6) + 1))


def take(line: Line, rate: float | None, taken: int, probe: bool, now: datetime, slack: timedelta = SLACK) -> None:
    """Note that so many texts go out now; `slack` as in `room`."""
    if not taken:
        return
    if probe:
        line.open_until = now + PROBE
    if rate is not None:
        line.next_at = max(line.next_at or now - slack, now - slack) + timedelta(seconds=taken / rate)
    line.updated_at = now


def carried(line: Line, now: datetime) -> None:
    """The provider answered: the line is whole, even if it refused the text."""
    if line.failures or line.open_until is not None:
        if line.open_until is not None:
            log.info("line carries again", channel=line.channel)
        line.failures, line.opened_at, line.open_until, line.fault, line.reason = 0, None, None, None, None
        line.updated_at = now


def failed(line: Line, failure: SendFailed, probe: bool, now: datetime) -> None:
    """The line did not carry a text; at the fifth time in a row, and after every text that tried in vain, it rests."""
    resting = line.open_until is not None
    if resting and not probe:
        return  # one that was on its way already when the rest began
    line.failures += 1
    line.fault, line.reason, line.updated_at = failure.fault, str(failure), now
    if line.failures >= ENOUGH:
        line.opened_at = line.opened_at or now
        line.open_until = now + RESTS[min(line.failures - ENOUGH, len(RESTS) - 1)]
        log.warning("line rests", channel=line.channel, reason=str(failure), failures=line.failures)


def not_tried(line: Line, probe: bool, now: datetime) -> None:
    """The text failed before the provider was asked: if it was the one that tries, another tries at once."""
    if probe and line.open_until is not None:
        line.open_until = line.updated_at = now


def pause(line: Line, retry_after: float | None, now: datetime) -> None:
    """The provider wants fewer texts at a time: none goes out for as long as it asks, within reason."""
    asked = timedelta(seconds=min(retry_after or 1.0, LONGEST_PAUSE.total_seconds()))
    line.next_at = max(line.next_at or now, now + asked)
    line.updated_at = now


async def try_now(session: AsyncSession, programme: str, channel: str, user_id: int, now: datetime) -> None:
    """End a rest early: one text tries at once. NotFound if the line does not rest."""
    line = await session.get(Line, channel, with_for_update=True, populate_existing=True)
    if line is None or line.open_until is None or not channel.startswith(f"{programme}/"):
        raise NotFound("This channel does not rest.")
    line.open_until = line.updated_at = now
    waiting = (Message.direction == "out", Message.state == "queued", Message.channel == channel)
    first = select(Message.id).where(*waiting).order_by(Message.priority, Message.due_at, Message.id).limit(1)
    # What waits may wait for its own next attempt; the one that tries must be due.
    await session.execute(update(Message).where(Message.id == first.scalar_subquery()).values(due_at=now))
    await audit.record(session, programme, audit.user(user_id), "try_line", f"channel:{channel}"[:64], {}, now)


async def read(session: AsyncSession, programme: str) -> list[Line]:
    """A programme's lines that fail, rest or have an alarm, by name."""
    lines = await session.scalars(
        select(Line)
        .where(Line.channel.startswith(f"{programme}/", autoescape=True))
        .where((Line.failures > 0) | Line.open_until.is_not(None) | Line.alarmed_at.is_not(None))
        .order_by(Line.channel)
    )
    return list(lines)
