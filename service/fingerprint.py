"""Refusing a SECRET_KEY that is not the one a database was sealed with.

Without this, a service started with the wrong key would take people for new, and their texts for damaged.
"""

from __future__ import annotations

import hmac

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from service.db import Database
from service.migration import NotUsable
from service.models import Fingerprint
from service.secrets import Secrets


class WrongKey(NotUsable):
    """The database was sealed with another key."""


async def demand_same_key(database: Database, secrets: Secrets) -> None:
    """Note the key's fingerprint at the first start; raise WrongKey at any later start with another key."""
    dialect = postgresql if database.is_postgresql else sqlite
    mine = secrets.key("fingerprint").hex()
    async with database.writing() as session:
        await session.execute(
            dialect.insert(Fingerprint).values(id=1, value=mine).on_conflict_do_nothing(index_elements=["id"])
        )
        known = await session.scalar(select(Fingerprint.value))
    if known is None or not hmac.compare_digest(known, mine):
        raise WrongKey(
            "The database was sealed with another SECRET_KEY: with this one its texts cannot be opened and its people not "
            "known again. Start with the former key (SECRET_KEY, or VAR/secret.key from the backup)."
        )
