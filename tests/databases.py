"""Databases of tests: migrated once, copied for a test, and on PostgreSQL emptied for the next."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from service import migration
from service.db import open_database
from service.models import Base

POSTGRESQL = os.environ.get("TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
"""A server on which we may create and drop databases."""

IN_MEMORY, ROOM = Path("/dev/shm"), 256_000_000
"""Where Linux keeps files in memory, and the bytes it must have free."""

# As a replica the server checks no foreign key and fires no trigger, so that history can go too. Deleting a few rows is far
# quicker than TRUNCATE, which makes every file of every table anew.
_EMPTY = (
    "BEGIN; SET LOCAL session_replication_role = replica;"
    + "".join(f'DELETE FROM "{table}";' for table in Base.metadata.tables)
    + "SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences; COMMIT"
)


async def migrate(url: str) -> None:
    database = open_database(url)
    await migration.upgrade(database.engine)
    await database.close()


@contextmanager
def memory_folder() -> Iterator[Path]:
    """For SQLite's files. On a disk every commit waits until it is written, which takes longer than most of what is tested."""
    there = os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM
    with tempfile.TemporaryDirectory(prefix="answerable-", dir=IN_MEMORY if there else None) as folder:
        yield Path(folder)


def fresh_sqlite(template: Path, folder: Path) -> str:
    """The address of a copy, in place of what the last test left."""
    for left in folder.iterdir():
        left.unlink()
    return f"sqlite+aiosqlite:///{shutil.copy(template, folder / 'answerable.db')}"


def address_of(name: str) -> str:
    """Of a database on the server."""
    return f"{POSTGRESQL.replace('postgresql://', 'postgresql+asyncpg://')}/{name}"


class Server:
    """PostgreSQL as fixtures ask it: outside the tests, on a loop of its own. Connections stay open, one a database: opening one
    for each test took longer than what was asked.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._connections: dict[str, asyncpg.Connection] = {}
        self._template = _name()
        self._clean: list[str] = []
        """Databases that a test has used and left clean, for the next one. Making one takes longer than most tests."""

    def make_template(self) -> None:
        """Raises OSError, TimeoutError or asyncpg.PostgresError where there is no server for us."""
        self._loop.run_until_complete(self._ask("postgres", f'CREATE DATABASE "{self._template}"'))
        self._loop.run_until_complete(migrate(address_of(self._template)))

    def take(self) -> str:
        """The name of a fresh, migrated database."""
        return self._clean.pop() if self._clean else self._loop.run_until_complete(self._copy())

    def give_back(self, name: str) -> None:
        """What a test has used."""
        if self._loop.run_until_complete(self._empty(name)):
            self._clean.append(name)
        else:
            self._loop.run_until_complete(self._drop(name))

    def close(self) -> None:
        """Leave nothing behind."""
        self._loop.run_until_complete(self._leave())
        self._loop.close()

    async def _ask(self, name: str, statement: str) -> None:
        await (await self._connection(name)).execute(statement)

    async def _connection(self, name: str) -> asyncpg.Connection:
        if name not in self._connections:
            self._connections[name] = await asyncpg.connect(f"{POSTGRESQL}/{name}", timeout=5)
        return self._connections[name]

    async def _copy(self) -> str:
        name = _name()
        await self._ask("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"')
        await self._ask("postgres", f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        return name

    async def _empty(self, name: str) -> bool:
        """Take every row out of a database; False if the test changed its tables, so that it is of no more use."""
        try:
            connection = await self._connection(name)
            if await connection.fetchval("SELECT version_num FROM alembic_version") != migration.head():
                return False
            await connection.execute(_EMPTY)
        except asyncpg.PostgresError:
            return False
        return True

    async def _drop(self, name: str) -> None:
        if name in self._connections:
            await self._connections.pop(name).close()
        await self._ask("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _leave(self) -> None:
        if "postgres" in self._connections:
            for name in (*self._clean, self._template):
                await self._drop(name)
            await self._connections.pop("postgres").close()


def _name() -> str:
    return f"answerable_test_{uuid.uuid4().hex[:12]}"
