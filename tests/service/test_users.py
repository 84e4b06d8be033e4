"""Accounts, roles and the slowing down of guesses."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from service import audit, logins, users
from service.db import Database
from service.models import LoginFailure, User
from service.secrets import Secrets
from service.workflow import NotAllowed, NotFound
from tests.passwords import CHEAP
from tests.service.making import PASSWORD, make_user


async def test_log_in_names_do_not_depend_on_case_and_are_taken_once(database: Database, now: datetime) -> None:
    await make_user(database, "  Asha@Example.org ", {"village": "moderator"}, now)
    async with database.reading() as session:
        found = await users.find(session, "ASHA@example.ORG")
        assert found is not None
        assert found.login == "asha@example.org"
    with pytest.raises(NotAllowed, match="already"):
        await make_user(database, "asha@example.org", {}, now)
    with pytest.raises(NotAllowed, match="letters"):
        await make_user(database, "<b>asha</b>", {}, now)


async def test_members_of_a_programme_and_what_their_role_opens(database: Database, now: datetime) -> None:
    await make_user(database, "beth", {"village": "admin", "town": "moderator"}, now)
    await make_user(database, "asha", {"village": "focal_point"}, now)
    await make_user(database, "chep", {"town": "admin"}, now)
    async with database.reading() as session:
        members = await users.members(session, "village")
    assert [(member.login, member.role) for member in members] == [("asha", "focal_point"), ("beth", "admin")]
    assert {
        "moderator": {"moderator"},
        "focal_point": {"moderator", "focal_point"},
        "admin": {"moderator", "admin"},
    } == users.MAY


async def test_a_change_of_role_ends_sessions_and_is_written_down(database: Database, now: datetime) -> None:
    admin = await make_user(database, "beth", {"village": "admin"}, now)
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    async with database.writing() as session:
        before = (await users.get(session, asha)).epoch
        await users.set_role(session, "village", asha, "focal_point", now, actor=audit.user(admin))
    async with database.writing() as session:
        assert await users.roles(session, asha) == {"village": "focal_point"}
        assert (await users.get(session, asha)).epoch == before + 1
        line = (await audit.read(session, "village", things=(audit.user(asha),)))[0]
        assert (line.login, line.act, line.detail) == (
            "beth",
            "set_role",
            {"before": "moderator", "after": "focal_point"},
        )
        with pytest.raises(NotAllowed, match="own role"):
            await users.set_role(session, "village", admin, "focal_point", now, actor=audit.user(admin))
        with pytest.raises(NotAllowed, match="no role called"):
            await users.set_role(session, "village", asha, "king", now, actor=audit.user(admin))
        await users.set_role(session, "village", asha, None, now, actor=audit.user(admin))
        assert await users.roles(session, asha) == {}


async def test_a_new_password_ends_sessions(database: Database, now: datetime) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    async with database.writing() as session:
        epoch = (await users.get(session, asha)).epoch
        await users.set_password(session, asha, "another", now, actor="machine")
    async with database.reading() as session:
        changed = await users.get(session, asha)
        assert (changed.password_hash, changed.epoch) == ("another", epoch + 1)


async def test_an_admin_has_no_charge_over_people_of_other_programmes(database: Database, now: datetime) -> None:
    admin = await make_user(database, "beth", {"village": "admin"}, now)
    both = await make_user(database, "asha", {"village": "moderator", "town": "focal_point"}, now)
    mine = await make_user(database, "chep", {"village": "focal_point"}, now)
    other = await make_user(database, "dida", {}, now)
    async with database.reading() as session:
        await users.demand_charge(session, admin, mine)
        with pytest.raises(NotAllowed, match="not yours"):
            await users.demand_charge(session, admin, both)
        with pytest.raises(NotFound):
            await users.demand_charge(session, admin, other)


async def test_log_in_and_the_end_of_an_account(database: Database, secrets: Secrets, now: datetime) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now, CHEAP)
    user = await logins.log_in(database, secrets, "Asha", PASSWORD, "10.0.0.1", now)
    assert isinstance(user, User)
    assert user.id == asha
    async with database.writing() as session:
        await users.disable(session, asha, now, actor="machine")
    assert await logins.log_in(database, secrets, "asha", PASSWORD, "10.0.0.1", now) is None
    async with database.writing() as session:
        await users.enable(session, asha, now, actor="machine")
    assert isinstance(await logins.log_in(database, secrets, "asha", PASSWORD, "10.0.0.1", now), User)


@pytest.mark.parametrize("login", ["asha", "nobody"])
async def test_after_five_failures_even_the_right_password_waits(
    database: Database, secrets: Secrets, now: datetime, login: str
) -> None:
    await make_user(database, "asha", {"village": "moderator"}, now, CHEAP)
    tries = [
        await logins.log_in(database, secrets, login, "wrong", f"10.0.0.{number}", now + timedelta(seconds=number))
        for number in range(5)
    ]
    assert tries == [None] * 5
    later = now + timedelta(minutes=14)
    assert await logins.log_in(database, secrets, login, PASSWORD, "10.0.1.1", later) == logins.TryLater(
        now + timedelta(minutes=15)
    )
    free = await logins.log_in(database, secrets, login, PASSWORD, "10.0.1.1", now + timedelta(minutes=15, seconds=1))
    assert isinstance(free, User) is (login == "asha")


async def test_an_address_is_slowed_down_over_all_names_and_others_are_not(
    database: Database, secrets: Secrets, now: datetime
) -> None:
    await make_user(database, "asha", {"village": "moderator"}, now, CHEAP)
    async with database.writing() as session:
        key = logins._key(secrets, "address", "10.0.0.9")
        session.add_all(LoginFailure(key=key, created_at=now) for _ in range(logins.TRIES_OF_ADDRESS - 1))
    assert await logins.log_in(database, secrets, "guess", "wrong", "10.0.0.9", now) is None
    assert isinstance(await logins.log_in(database, secrets, "asha", PASSWORD, "10.0.0.9", now), logins.TryLater)
    assert isinstance(await logins.log_in(database, secrets, "asha", PASSWORD, "10.0.0.8", now), User)


async def test_success_is_no_failure(database: Database, secrets: Secrets, now: datetime) -> None:
    await make_user(database, "asha", {"village": "moderator"}, now, CHEAP)
    for _ in range(6):
        assert isinstance(await logins.log_in(database, secrets, "asha", PASSWORD, "10.0.0.1", now), User)


async def test_tries_side_by_side_are_counted(database: Database, secrets: Secrets, now: datetime) -> None:
    await make_user(database, "asha", {"village": "moderator"}, now, CHEAP)
    tries = [logins.log_in(database, secrets, "asha", "wrong", f"10.0.0.{number}", now) for number in range(8)]
    answers = await asyncio.gather(*tries)
    assert answers.count(None) == 5


async def test_neither_names_nor_addresses_are_kept_in_the_clear(
    database: Database, secrets: Secrets, now: datetime
) -> None:
    await logins.log_in(database, secrets, "asha", "wrong", "10.0.0.1", now)
    async with database.reading() as session:
        keys = (await session.scalars(select(LoginFailure.key))).all()
    assert len(keys) == 2
    assert all(len(key) == 64 and "asha" not in key and "10.0.0.1" not in key for key in keys)
