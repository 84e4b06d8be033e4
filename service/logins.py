"""Logging in, slowed down for whoever guesses.

Every try is written down before its password is checked, so that tries sent side by side are counted too; a try that
succeeds is struck out again. Names and addresses are kept only as keyed hashes. Unknown names get the same answer after
the same time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service import passwords, users
from service.db import Database
from service.models import LoginFailure, User
from service.secrets import Secrets

TRIES = 5
"""Failures a name may have within WINDOW."""
TRIES_OF_ADDRESS = 20
"""And a network address: a whole office may share one."""
WINDOW = timedelta(minutes=15)
LOCK = 0x4C6F6749
"""Number of the PostgreSQL advisory lock under which tries are counted one after another; SQLite does so anyway."""


@dataclass(frozen=True)
class TryLater:
    """Too many tries failed; the next may be made at `at`."""

    at: datetime


async def log_in(
    database: Database, secrets: Secrets, login: str, password: str, address: str, now: datetime
) -> User | TryLater | None:
    """The user; None if name and password do not belong together; TryLater after too many failures in 15 minutes.

    `address` is the network address the request came from. No transaction is open while the password is checked.
    """
    keys = [_key(secrets, "login", users.tidy(login)), _key(secrets, "address", address)]
    most = dict(zip(keys, (TRIES, TRIES_OF_ADDRESS), strict=True))
    async with database.writing() as session:
        if database.is_postgresql:
            await session.execute(select(func.pg_advisory_xact_lock(LOCK)))
        wait = await _wait(session, most, now)
        if wait is not None:
            return wait
        await session.execute(delete(LoginFailure).where(LoginFailure.created_at < now - WINDOW))
        tries = [LoginFailure(key=key, created_at=now) for key in keys]
        session.add_all(tries)
        user = await users.find(session, login)
    known = user is not None and user.disabled_at is None
    if not await passwords.fits(password, user.password_hash if user is not None and known else None):
        return None
    async with database.writing() as session:
        await session.execute(delete(LoginFailure).where(LoginFailure.key == keys[0]))
        await session.execute(delete(LoginFailure).where(LoginFailure.id == tries[1].id))
    return user


async def _wait(session: AsyncSession, most: Mapping[str, int], now: datetime) -> TryLater | None:
    """When the oldest of the failures that count runs out, for the key that has as many as it may."""
    until: list[datetime] = []
    for key, tries in most.items():
        recent = (
            select(LoginFailure.created_at)
            .where(LoginFailure.key == key, LoginFailure.created_at > now - WINDOW)
            .order_by(LoginFailure.created_at.desc())
            .limit(tries)
        )
        moments = (await session.scalars(recent)).all()
        if len(moments) == tries:
            until.append(moments[-1] + WINDOW)
    return TryLater(max(until)) if until else None


def _key(secrets: Secrets, kind: str, value: str) -> str:
    return hmac.new(secrets.key("logins"), f"{kind}\0{value}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()
