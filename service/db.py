"""The database: one engine, short transactions, the same code on SQLite and PostgreSQL.

SQLite runs with a write-ahead log and synchronous=FULL: a committed row survives power loss
(https://www.sqlite.org/pragma.html#pragma_synchronous). Writers take their lock when they begin, so that two
never deadlock half-way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from service import sqlite

BUSY_TIMEOUT_MS = 15_000
Session = AsyncSession
"""What every noun's functions take first, under a name that pages may use: they import nothing of SQLAlchemy."""


@dataclass(frozen=True)
class Database:
    """`reading()` and `writing()` give sessions; `writing` commits when its block ends without an error."""

    engine: AsyncEngine
    _writer_engine: AsyncEngine
    _reader: async_sessionmaker[AsyncSession]
    _writer: async_sessionmaker[AsyncSession]
    turn: AbstractAsyncContextManager[None]
    """Held by whoever writes to SQLite, which has one writer at a time: who finds it busy sleeps for up to a tenth of a
    second, asks again, and may never be lucky. Within a process writers queue instead."""

    @property
    def address(self) -> str:
        """What `open_database` opened, password included."""
        return self.engine.url.render_as_string(hide_password=False)

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with self._reader() as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        async with self.turn, self._writer.begin() as session:
            yield session

    @asynccontextmanager
    async def writing_connection(self) -> AsyncIterator[AsyncConnection]:
        """The same without the session's bookkeeping, for the intake."""
        async with self.turn, self._writer_engine.begin() as connection:
            yield connection

    async def shed(self) -> None:
        """On SQLite: write the log back into the file and empty it, so that erased words leave the disk too."""
        if not self.is_postgresql:
            async with self.engine.connect() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                assert driver is not None
                await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        await self.engine.dispose()


def open_database(url: str) -> Database:
    """A database for a SQLAlchemy address with an asynchronous driver. Nothing is connected yet."""
    if make_url(url).get_backend_name() == "sqlite":
        path = make_url(url).database or ""
        engine = create_async_engine(url, async_creator=partial(sqlite.connect, path, BUSY_TIMEOUT_MS / 1000))
        event.listen(engine.sync_engine, "connect", _on_connect)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        writer: AsyncEngine = engine.execution_options(begin="BEGIN IMMEDIATE")
        turn: AbstractAsyncContextManager[None] = asyncio.Lock()
    else:
        turn = nullcontext()
        engine = writer = create_async_engine(
            url, pool_size=10, max_overflow=10, pool_pre_ping=True, pool_use_lifo=True
        )
    return Database(
        engine,
        writer,
        async_sessionmaker(engine, expire_on_commit=False),
        async_sessionmaker(writer, expire_on_commit=False),
        turn,
    )


def _on_connect(connection: Any, _record: Any) -> None:
    prepare_sqlite(connection, BUSY_TIMEOUT_MS)


def prepare_sqlite(connection: Any, busy_ms: int) -> None:
    """Settings of every SQLite connection: durable commits, transactions begun by us alone."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {busy_ms}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
