"""Our connections to SQLite do what aiosqlite's own do, in one visit to their thread for each statement."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from service import sqlite


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[AsyncConnection]:
    connect = partial(sqlite.connect, str(tmp_path / "test.db"), 0.1)
    engine = create_async_engine("sqlite+aiosqlite://", async_creator=connect)
    async with engine.connect() as opened:
        await opened.execute(text("CREATE TABLE wells (id INTEGER PRIMARY KEY, name TEXT UNIQUE)"))
        yield opened
    await engine.dispose()


async def test_rows_counts_and_ids(connection: AsyncConnection) -> None:
    added = await connection.execute(text("INSERT INTO wells (name) VALUES ('a')"))
    assert (added.rowcount, added.lastrowid) == (1, 1)
    given = await connection.execute(text("INSERT INTO wells (name) VALUES ('b'), ('c') RETURNING id"))
    assert list(given.scalars()) == [2, 3]
    many = await connection.execute(text("INSERT INTO wells (name) VALUES (:name)"), [{"name": "d"}, {"name": "e"}])
    assert many.rowcount == 2
    changed = await connection.execute(text("UPDATE wells SET name = upper(name) WHERE id > 3"))
    assert changed.rowcount == 2
    found = await connection.execute(text("SELECT id, name AS called FROM wells ORDER BY id DESC"))
    assert list(found.keys()) == ["id", "called"]
    assert [row.called for row in found] == ["E", "D", "c", "b", "a"]
    none = await connection.execute(text("SELECT id FROM wells WHERE id > 9"))
    assert none.first() is None


async def test_what_fails_is_told_and_the_connection_goes_on(connection: AsyncConnection) -> None:
    await connection.execute(text("INSERT INTO wells (name) VALUES ('a')"))
    with pytest.raises(IntegrityError):
        await connection.execute(text("INSERT INTO wells (name) VALUES ('a')"))
    with pytest.raises(OperationalError, match="no such table"):
        await connection.execute(text("SELECT * FROM rivers"))
    assert await connection.scalar(text("SELECT count(*) FROM wells")) == 1


async def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    engine = create_async_engine("sqlite+aiosqlite://", async_creator=partial(sqlite.connect, str(tmp_path), 0.1))
    with pytest.raises(OperationalError, match="unable to open"):
        async with engine.connect():
            pass
    await engine.dispose()


async def test_one_visit_a_statement(connection: AsyncConnection, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "aiosqlite"):
        await connection.execute(text("SELECT 1"))
    visits = [record for record in caplog.records if record.msg == "executing %s"]
    assert len(visits) == 1
