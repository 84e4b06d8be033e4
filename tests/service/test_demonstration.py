"""The demo's log-ins have a password that everybody knows: they are nowhere beside real people's texts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from service import demonstration, passwords, users
from service.db import Database
from service.demonstration import LOGINS, PASSWORD
from service.rehearsal import add_people
from tests.service.folk import crowd
from tests.service.making import make_user


async def _open(database: Database) -> set[str]:
    async with database.reading() as session:
        return {user.login for user, _ in await users.everybody(session) if user.disabled_at is None}


async def test_the_demo_comes_into_an_empty_house_and_back_into_its_own(database: Database, now: datetime) -> None:
    assert await demonstration.is_ours(database)
    await add_people(database, LOGINS, PASSWORD, ["village"], now)
    async with database.writing() as session:
        await crowd(session, 2, now, "upper", "water")
    await make_user(database, "visitor", {"village": "moderator"}, now)
    assert await demonstration.is_ours(database)


async def test_it_does_not_come_where_somebody_works(database: Database, now: datetime) -> None:
    await make_user(database, "wanjiru", {"village": "admin"}, now)
    assert not await demonstration.is_ours(database)


async def test_run_for_real_its_log_ins_are_closed_and_it_does_not_come_back(database: Database, now: datetime) -> None:
    await add_people(database, LOGINS, PASSWORD, ["village"], now)
    await make_user(database, "wanjiru", {"village": "admin"}, now)
    for _ in range(2):
        await demonstration.close(database, now)
        assert await _open(database) == {"wanjiru"}
    assert not await demonstration.is_ours(database)


async def test_who_gave_one_a_password_of_their_own_keeps_it(database: Database, now: datetime) -> None:
    people = await add_people(database, LOGINS, PASSWORD, ["village"], now)
    hashed = await passwords.hashed("four plain quiet words")
    async with database.writing() as session:
        await users.set_password(session, people["demo-admin"], hashed, now, actor="operator")
    await demonstration.close(database, now)
    assert await _open(database) == {"demo-admin"}


async def test_a_database_that_goes_away_just_then_stops_nobody(database: Database, now: datetime) -> None:
    """What a disk that is full, or a server that ends, does between opening and asking."""
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE users RENAME TO elsewhere"))
    await demonstration.close(database, now)
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE elsewhere RENAME TO users"))
