"""One leads; another takes over when the lease runs out or is given up."""

from __future__ import annotations

from datetime import datetime, timedelta

from service import leader
from service.db import Database


async def _lead(database: Database, holder: str, now: datetime) -> bool:
    async with database.writing() as session:
        return await leader.lead(session, "schedule", holder, now)


async def test_one_at_a_time(database: Database, now: datetime) -> None:
    assert await _lead(database, "one", now)
    assert not await _lead(database, "two", now)
    assert await _lead(database, "one", now + timedelta(seconds=20))
    assert not await _lead(database, "two", now + timedelta(seconds=40))
    assert await _lead(database, "two", now + timedelta(seconds=20) + leader.TERM)
    assert not await _lead(database, "one", now + timedelta(seconds=21) + leader.TERM)


async def test_giving_up_lets_the_next_one_in_at_once(database: Database, now: datetime) -> None:
    assert await _lead(database, "one", now)
    async with database.writing() as session:
        await leader.resign(session, "schedule", "one", now)
    assert await _lead(database, "two", now)
