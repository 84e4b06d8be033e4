"""Committing many incoming rows at once, as near to the database's own driver as it goes.

This is the hot path of the whole service. Through an ORM session a group costs a dozen hand-overs between tasks and
threads; here it costs one. A row that is there already is passed over.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from typing import Any, Protocol

import asyncpg

from service.arrivals import is_away
from service.db import Database, prepare_sqlite

COLUMNS = {
    "programme": "varchar",
    "channel": "varchar",
    "external_id": "varchar",
    "pseudonym": "varchar",
    "address": "bytea",
    "body": "bytea",
    "pin": "bytea",
    "extra": "bytea",
    "sent_at": "timestamptz",
    "created_at": "timestamptz",
}
"""What differs from one incoming message to the next, and its types on PostgreSQL; the moments last."""
NAMES = ", ".join(COLUMNS)
# Names and places of values of ours: nothing a person wrote is in a statement.
INSERT = (
    f"WITH arrived ({NAMES}) AS ({{rows}}) "
    f"INSERT INTO messages ({NAMES}, direction, state, attempts, due_at) "
    f"SELECT {NAMES}, 'in', 'received', 0, created_at FROM arrived "
    "WHERE NOT EXISTS (SELECT 1 FROM messages AS taken WHERE taken.channel = arrived.channel "
    "AND taken.external_id = arrived.external_id AND taken.direction = 'in' AND taken.state <> 'received') "
    "ON CONFLICT (channel, pseudonym, external_id) WHERE direction = 'in' AND state = 'received' DO NOTHING"
)
"""Stores rows as texts that wait to be read, due at once; see `service/incoming.py` for how a redelivery is known."""
CONNECT_SECONDS = 2.0
BUSY_MS = 2000
"""How long to wait for another writer of SQLite. Somebody waits for us; there is the spool."""
LARGEST = 128
"""Rows in the largest statement on SQLite, which takes at most 32,766 values in one."""

Row = Mapping[str, Any]


class RowStore(Protocol):
    """Commits rows of `messages`. `insert` returns once they are on disk, or raises the driver's error."""

    async def insert(self, rows: Sequence[Row]) -> None: ...
    async def close(self) -> None: ...


def open_row_store(database: Database) -> RowStore:
    """The row store of a database. Nothing is connected yet."""
    url = database.engine.url
    if database.is_postgresql:
        return _PostgreSQL(url.set(drivername="postgresql").render_as_string(hide_password=False))
    return _SQLite(url.database or "", database.turn)


class _PostgreSQL:
    """One connection and one statement: the rows go as arrays, and the statement is its own transaction."""

    _statement = INSERT.format(
        rows="SELECT * FROM unnest("
        + ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(COLUMNS.values(), start=1))
        + ")"
    )

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: asyncpg.Connection | None = None

    async def insert(self, rows: Sequence[Row]) -> None:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._address, timeout=CONNECT_SECONDS)
        connection = self._connection
        try:
            await connection.execute(self._statement, *([row[name] for row in rows] for name in COLUMNS))
        except BaseException as error:
            if is_away(error) or not isinstance(error, Exception):
                # Who knows what it is still doing; the next one begins afresh.
                self._connection = None
                connection.terminate()
            raise

    async def close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                await connection.close(timeout=CONNECT_SECONDS)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection.terminate()


class _SQLite:
    """One connection in a thread of its own.

    Stepping row by row, as `executemany` does, hands the interpreter's lock to and fro between two threads at each
    row; one statement with many rows does it once. Each is prepared once for each number of rows.
    """

    def __init__(self, path: str, turn: AbstractAsyncContextManager[None]) -> None:
        self._path = path
        self._turn = turn
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="intake")
        self._connection: sqlite3.Connection | None = None

    async def insert(self, rows: Sequence[Row]) -> None:
        async with self._turn:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._insert, rows)

    def _insert(self, rows: Sequence[Row]) -> None:
        if self._connection is None:
            connection = sqlite3.connect(self._path, timeout=BUSY_MS / 1000, cached_statements=2 * LARGEST)
            try:
                prepare_sqlite(connection, BUSY_MS)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        try:
            self._insert_with(self._connection, rows)
        except sqlite3.Error as error:
            if is_away(error):
                # The file may be another one when it is back.
                connection, self._connection = self._connection, None
                connection.close()
            raise

    def _insert_with(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        for begin in range(0, len(rows), LARGEST):
            some = rows[begin : begin + LARGEST]
            values = [value for row in some for value in _values(row)]
            # Each statement is its own transaction: BEGIN and COMMIT would each wait for the interpreter once more.
            connection.execute(_statement(len(some)), values)

    async def close(self) -> None:
        if self._connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown()


_in_order = itemgetter(*COLUMNS)


def _values(row: Row) -> tuple[Any, ...]:
    """In the order of COLUMNS, as SQLite stores them."""
    *values, sent_at, created_at = _in_order(row)
    return *values, _moment(sent_at), _moment(created_at)


def _moment(value: datetime | None) -> str | None:
    """As `service.models.Moment` stores it on SQLite: in UTC, without its zone."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    own = value if value.tzinfo is UTC else value.astimezone(UTC)
    return own.replace(tzinfo=None).isoformat(" ", "microseconds")


@cache
def _statement(rows: int) -> str:
    places = "(" + ", ".join("?" * len(COLUMNS)) + ")"
    return INSERT.format(rows=f"VALUES {', '.join([places] * rows)}")
