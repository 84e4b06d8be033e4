"""SQLite with one visit to its thread for each statement.

A connection of aiosqlite lives in a thread of its own. SQLAlchemy goes there to make a cursor, to execute, to fetch and to
close, and these ways take longer than a short statement. Here it is executed and all its rows are fetched in one visit;
SQLAlchemy reads them all at once anyway. `python -m benchmarks.statements` shows the difference.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import partial
from typing import Any

import aiosqlite

_CHUNK = 64
"""Rows that aiosqlite's own cursors fetch at once; ours fetch all."""

Done = tuple[list[Any], Any, int, int | None]
"""All rows, description, rowcount and lastrowid, as PEP 249 calls them."""


def connect(path: str, seconds: float) -> Connection:
    """A connection to await, which waits so long for another writer."""
    opened = Connection(partial(sqlite3.connect, path, timeout=seconds, check_same_thread=False), _CHUNK)
    # One that nobody closed must not keep the process.
    opened._thread.daemon = True
    return opened


def _do(opened: sqlite3.Connection, method: str, sql: str, parameters: Iterable[Any]) -> Done:
    """In the connection's thread."""
    cursor: sqlite3.Cursor = getattr(opened, method)(sql, parameters)
    try:
        return cursor.fetchall(), cursor.description, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()


class Connection(aiosqlite.Connection):
    """One whose cursors need no visit to be made or closed."""

    async def _connect(self) -> Connection:
        try:
            await super()._connect()
        except BaseException:
            # Its thread ends before the error goes on: what it said later, a loop that is over would not hear.
            self._thread.join()
            raise
        return self

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)

    async def visit(self, method: str, sql: str, parameters: Iterable[Any]) -> Done:
        """Do a statement, by `execute` or `executemany`. Raises sqlite3.Error."""
        done: Done = await self._execute(_do, self._conn, method, sql, parameters)  # type: ignore[no-untyped-call]
        return done


class Cursor:
    """What SQLAlchemy asks of a cursor: https://peps.python.org/pep-0249/#cursor-objects, with awaitable methods."""

    arraysize = 1

    def __init__(self, opened: Connection) -> None:
        self._connection = opened
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> None:
        await self._visit("execute", sql, parameters)

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> None:
        await self._visit("executemany", sql, parameters)

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        self._rows = []

    async def _visit(self, method: str, sql: str, parameters: Iterable[Any]) -> None:
        self._rows, self.description, self.rowcount, self.lastrowid = await self._connection.visit(
            method, sql, parameters
        )
