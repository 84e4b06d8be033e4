"""A database that goes away and comes back, without anybody else's noticing: for the rehearsed product alone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

CHUNK = 65_536


class Way(Protocol):
    """The way from the product to its database."""

    def away(self) -> AbstractAsyncContextManager[None]:
        """Nothing gets through while the block runs."""
        ...


class Relay:
    """A port on this machine that leads to a PostgreSQL server, until it is closed: only this way is cut, not the server."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in set(self._writers):
            writer.transport.abort()
        if self._carrying:
            await asyncio.wait(set(self._carrying))

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        await self.close()
        try:
            yield
        finally:
            await self.open()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        self._writers.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            self._writers.add(far_writer)
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
            self._writers.discard(far_writer)
        except OSError:
            pass
        finally:
            self._carrying.discard(task)
            self._writers.discard(writer)
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry one way until either side ends; then the other side is told."""
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


class Locked:
    """A SQLite file that another connection holds: nobody else can write while it does."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        holder = await asyncio.to_thread(self._hold)
        try:
            yield
        finally:
            holder.rollback()
            holder.close()

    def _hold(self) -> sqlite3.Connection:
        holder = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        holder.execute("BEGIN EXCLUSIVE")
        return holder
