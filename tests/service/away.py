"""A real database that can be taken away and brought back while a test runs."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from sqlalchemy.engine import make_url


class Switch(Protocol):
    """`url` is where the service finds the database; `hang` is a PostgreSQL whose network swallows everything."""

    url: str

    async def away(self) -> None: ...
    async def hang(self) -> None: ...
    async def back(self) -> None: ...


@asynccontextmanager
async def switch(database_url: str) -> AsyncIterator[Switch]:
    """A switch in front of a test's database."""
    chosen: _Locked | _Proxy = _Locked(database_url) if database_url.startswith("sqlite") else _Proxy(database_url)
    if isinstance(chosen, _Proxy):
        await chosen.back()
    try:
        yield chosen
    finally:
        await chosen.end()


class _Locked:
    """SQLite: another process holds the file for longer than anybody waits."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._other = sqlite3.connect(make_url(url).database or "", isolation_level=None, timeout=10)

    async def away(self) -> None:
        self._other.execute("BEGIN EXCLUSIVE")

    async def hang(self) -> None:
        await self.away()

    async def back(self) -> None:
        if self._other.in_transaction:
            self._other.execute("ROLLBACK")

    async def end(self) -> None:
        self._other.close()


class _Proxy:
    """PostgreSQL behind a small proxy: closed, every connection breaks and new ones are refused."""

    def __init__(self, url: str) -> None:
        real = make_url(url)
        self._host, self._port = real.host or "127.0.0.1", real.port or 5432
        self._url = real
        self._listens: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._at = 0
        self._hangs = False

    @property
    def url(self) -> str:
        here = self._url.set(host="127.0.0.1", port=self._at)
        return here.render_as_string(hide_password=False)

    async def away(self) -> None:
        if self._listens is not None:
            self._listens.close()
            self._listens = None
        for writer in list(self._writers):
            writer.transport.abort()

    async def hang(self) -> None:
        self._hangs = True

    async def back(self) -> None:
        self._hangs = False
        await self.away()
        self._listens = await asyncio.start_server(self._carry, "127.0.0.1", self._at)
        self._at = self._listens.sockets[0].getsockname()[1]

    async def end(self) -> None:
        await self.away()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        there, to = await asyncio.open_connection(self._host, self._port)
        self._writers |= {writer, to}
        try:
            await asyncio.gather(self._pipe(reader, to), self._pipe(there, writer))
        finally:
            self._writers -= {writer, to}
            for end in (writer, to):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()
            self._tasks.discard(task)

    async def _pipe(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if not self._hangs:
                    target.write(data)
                    await target.drain()
        target.close()
