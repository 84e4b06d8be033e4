"""Passwords as they are hashed in earnest: slow to guess, and as slow for a name that there is not."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

import pytest
from pwdlib import PasswordHash

from service import logins, passwords
from service.db import Database
from service.secrets import Secrets
from service.workflow import NotAllowed
from tests.service.making import PASSWORD, make_user


@pytest.fixture(autouse=True)
def quick_passwords() -> None:
    """Not here."""


@pytest.fixture(scope="module")
def password_hash() -> str:
    return asyncio.run(passwords.hashed(PASSWORD))


async def test_a_password_fits_only_itself_and_short_ones_are_refused(password_hash: str) -> None:
    assert PASSWORD not in password_hash
    assert await passwords.fits(PASSWORD, password_hash)
    assert not await passwords.fits(PASSWORD + "x", password_hash)
    assert not await passwords.fits(PASSWORD, None)
    with pytest.raises(NotAllowed, match="12"):
        await passwords.hashed("too short")


def test_a_hash_takes_memory_and_time_to_guess(password_hash: str) -> None:
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),", password_hash)
    assert found is not None
    assert (int(found[1]) >= 65536, int(found[2]) >= 3) == (True, True)


def test_a_made_password_is_long_enough_and_never_the_same() -> None:
    assert len(passwords.make()) >= passwords.SHORTEST
    assert passwords.make() != passwords.make()


async def test_unknown_names_take_as_long(
    database: Database, secrets: Secrets, now: datetime, password_hash: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_user(database, "asha", {"village": "moderator"}, now, password_hash)
    checked: list[str] = []

    class Watched(PasswordHash):
        def verify(self, password: str | bytes, hash: str | bytes) -> bool:
            checked.append(str(hash).rsplit("$", 2)[0])
            return super().verify(password, hash)

    monkeypatch.setattr(passwords, "_hashing", Watched.recommended())
    for login in ("asha", "nobody"):
        assert await logins.log_in(database, secrets, login, "wrong", "10.0.1.1", now) is None
    known, unknown = checked
    assert known == unknown == password_hash.rsplit("$", 2)[0]
