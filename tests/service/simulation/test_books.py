"""What still waits, and what waits for its hour: the rehearsal lets the hours pass, and waits for all else."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.db import Database
from service.models import Line, Message
from service.simulation import books
from tests.service.folk import person

MINUTE = timedelta(minutes=1)


async def _text(database: Database, now: datetime, channel: str, direction: str, state: str, **more: datetime) -> None:
    async with database.writing() as session:
        someone = await person(session, now, channel=channel)
        text = {"programme": "village", "channel": channel, "body": b"sealed", "created_at": now} | more
        session.add(Message(direction=direction, state=state, reporter_id=someone.id, **text))


async def test_a_retry_a_lease_and_a_resting_provider_are_hours_that_pass(database: Database, now: datetime) -> None:
    await _text(database, now, "village/telegram", "out", "queued", due_at=now)
    await _text(database, now, "village/telegram", "out", "queued", due_at=now + MINUTE)
    await _text(database, now, "village/telegram", "out", "sending", due_at=now, leased_until=now + MINUTE)
    await _text(database, now, "village/telegram", "out", "sent", due_at=now)
    await _text(database, now, "village/twilio", "out", "queued", due_at=now)
    await _text(database, now, "village/twilio", "in", "received")
    await _text(database, now, "village/generic", "out", "queued", due_at=now)
    async with database.writing() as session:
        session.add(Line(channel="village/twilio", failures=5, open_until=now + MINUTE, updated_at=now))
        session.add(Line(channel="village/generic", failures=5, open_until=now - MINUTE, updated_at=now))
    assert await books.waiting(database, now) == (3, 3)
    assert await books.pass_time(database, now) == 3
    assert await books.waiting(database, now) == (6, 0)
