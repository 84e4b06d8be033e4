"""Models and revisions agree, history is kept by the database itself, and a newer database is refused."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from service import migration
from service.db import Database
from service.models import Audit


async def test_models_and_revisions_agree(database: Database) -> None:
    await migration.check(database.engine)
    assert await migration.at_head(database.engine)


async def test_a_newer_database_is_refused(database: Database) -> None:
    async with database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migration.DatabaseTooNew, match="9999"):
        await migration.upgrade(database.engine)


async def test_the_audit_cannot_be_rewritten(database: Database, now: datetime) -> None:
    row = {"programme": "village", "actor": "user:1", "act": "x", "object": "report:1", "detail": {}, "created_at": now}
    async with database.writing() as session:
        await session.execute(insert(Audit).values(row))
    for statement in (update(Audit).values(actor="user:2"), delete(Audit)):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.writing() as session:
                await session.execute(statement)
