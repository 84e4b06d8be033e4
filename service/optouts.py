"""A provider says that people opted out: one is believed, a flood is not.

Once a provider's error opted every recipient of a campaign out (glific#2822). So when the opt-outs of a channel within
ten minutes are more than five and more than 2 % of its texts, an alarm is raised: those the provider stopped in that time
are texted again, and nobody further is stopped until a person has looked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import aliased

from service import audit, lines
from service.models import Line, Message, Reporter
from service.workflow import NotFound

BURST = timedelta(minutes=10)
FEW = 5
"""So many people within BURST are believed, however few were texted."""
SHARE = 0.02
"""Of the people texted within BURST; so many are believed too."""
ALARM = timedelta(hours=1)
"""How long after the last opt-out of a flood none is believed."""

CARRIED = ("sent", "delivered", "read")
PLAIN = {"synchronize_session": False}

log = structlog.get_logger()
Connection = AsyncSession | AsyncConnection


async def note(connection: Connection, channel: str, which: ColumnElement[bool], now: datetime) -> None:
    """The provider says that the people of these outgoing texts opted out: stop them, or raise the alarm.

    For errors of a send and for delivery statuses. A word that comes again changes nothing. Runs in the caller's
    transaction; the channel's line is locked, so that opt-outs are counted one by one.
    """
    await lines.make(connection, channel, now)
    locked = await connection.execute(select(Line.alarmed_until).where(Line.channel == channel).with_for_update())
    alarmed_until = locked.scalar_one()
    noted = await connection.execute(
        update(Message)
        .where(Message.channel == channel, Message.direction == "out", Message.opted_out_at.is_(None), which)
        .values(opted_out_at=now, failure="opted_out")
        .returning(Message.reporter_id)
        .execution_options(synchronize_session=False)
    )
    people = [row.reporter_id for row in noted if row.reporter_id is not None]
    if not people:
        return
    alarmed = alarmed_until is not None and alarmed_until > now
    if not alarmed and not await _is_flood(connection, channel, now):
        await _stop(connection, Reporter.id.in_(people), now)
        return
    log.error("opt-outs flood in: nobody is stopped", channel=channel, alarmed_before=alarmed)
    alarm = {"alarmed_at": func.coalesce(Line.alarmed_at, now), "alarmed_until": now + ALARM, "updated_at": now}
    await connection.execute(update(Line).where(Line.channel == channel).values(alarm).execution_options(**PLAIN))
    if not alarmed:
        await _take_back(connection, channel, now - BURST)


async def _is_flood(connection: Connection, channel: str, now: datetime) -> bool:
    mine = (Message.channel == channel, Message.direction == "out")
    # People, not texts: a new one has two on their way.
    people = func.count(Message.reporter_id.distinct())
    refused = select(people).where(*mine, Message.opted_out_at > now - BURST)
    sent = select(people).where(*mine, Message.state.in_(CARRIED), Message.sent_at > now - BURST)
    opted_out = (await connection.execute(refused)).scalar_one()
    if opted_out <= FEW:
        return False
    tried = opted_out + (await connection.execute(sent)).scalar_one()
    return bool(opted_out > SHARE * tried)


async def _stop(connection: Connection, who: ColumnElement[bool], now: datetime) -> None:
    stopped = update(Reporter).where(who, Reporter.stopped_at.is_(None)).values(stopped_at=now)
    await connection.execute(stopped.execution_options(**PLAIN))


async def _take_back(connection: Connection, channel: str, since: datetime) -> None:
    """Text those again whom the provider alone stopped since then; not who has texted a command in the meantime."""
    by_provider = select(Message.id).where(
        Message.reporter_id == Reporter.id, Message.direction == "out", Message.opted_out_at == Reporter.stopped_at
    )
    said_so = select(Message.id).where(
        Message.reporter_id == Reporter.id,
        Message.direction == "in",
        Message.purpose.in_(("command", "held")),
        Message.created_at >= Reporter.stopped_at,
    )
    revived = update(Reporter).where(
        Reporter.channel == channel, Reporter.stopped_at > since, exists(by_provider), ~exists(said_so)
    )
    await connection.execute(revived.values(stopped_at=None).execution_options(**PLAIN))


async def settle(
    session: AsyncSession, programme: str, channel: str, user_id: int, now: datetime, *, stop: bool
) -> int:
    """A person has looked at an alarm: stop all the provider named in it who have not written since, or nobody.

    Returns how many were stopped.

    NotFound where there is no alarm.
    """
    line = await session.get(Line, channel, with_for_update=True, populate_existing=True)
    if line is None or line.alarmed_at is None or not channel.startswith(f"{programme}/"):
        raise NotFound("There is no alarm on this channel.")
    stopped = 0
    if stop:
        theirs = aliased(Message)
        wrote_since = exists().where(
            theirs.reporter_id == Message.reporter_id,
            theirs.direction == "in",
            theirs.created_at >= Message.opted_out_at,
        )
        named = select(Message.reporter_id).where(
            Message.channel == channel,
            Message.direction == "out",
            Message.opted_out_at > line.alarmed_at - BURST,
            ~wrote_since,
        )
        who = Reporter.id.in_(named) & Reporter.stopped_at.is_(None)
        result = await session.execute(update(Reporter).where(who).values(stopped_at=now).execution_options(**PLAIN))
        stopped = int(result.rowcount)  # type: ignore[attr-defined]
    line.alarmed_at = line.alarmed_until = None
    line.updated_at = now
    detail = {"stopped": stopped, "believed": stop}
    await audit.record(
        session, programme, audit.user(user_id), "settle_opt_outs", f"channel:{channel}"[:64], detail, now
    )
    return stopped


async def count_named(session: AsyncSession, line: Line) -> int:
    """How many people the provider named in an alarm."""
    if line.alarmed_at is None:
        return 0
    query = select(func.count(Message.reporter_id.distinct())).where(
        Message.channel == line.channel, Message.direction == "out", Message.opted_out_at > line.alarmed_at - BURST
    )
    return await session.scalar(query) or 0
