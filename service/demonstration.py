"""The demo's log-ins, whose password everybody knows: never beside what real people texted."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import select

from service import audit, passwords, users
from service.arrivals import is_away
from service.db import Database
from service.models import Message, User

PASSWORD = "answerable demo"  # noqa: S105, shown on the screen, for a database of fiction
LOGINS = {"demo-moderator": "moderator", "demo-focal": "focal_point", "demo-admin": "admin"}

log = structlog.get_logger()


async def is_ours(database: Database) -> bool:
    """Whether the demo may be in a database: it is empty, or the demo's own, and was never run for real since."""
    async with database.reading() as session:
        known = [user for login in LOGINS if (user := await users.find(session, login)) is not None]
        if known:
            return any(user.disabled_at is None for user in known)
        rows = [await session.scalar(select(table.id).limit(1)) for table in (User, Message)]
    return rows == [None, None]


async def close(database: Database, now: datetime) -> None:
    """For the start of a service that is no demo: close those of its log-ins that have the password still. A database that has
    gone away since it was opened is let be: whoever takes texts into the spool must start, and the next start closes them."""
    try:
        for login in LOGINS:
            async with database.writing() as session:
                user = await users.find(session, login)
                if user is not None and user.disabled_at is None and await passwords.fits(PASSWORD, user.password_hash):
                    await users.disable(session, user.id, now, actor=audit.MACHINE)
                    log.warning("a log-in of the demo is closed: everybody knows its password", user=user.id)
    except Exception as error:
        if not is_away(error):
            raise
        log.warning("the demo's log-ins could not be looked for", error=type(error).__name__)
