"""Databases that go away for the product alone."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from service.simulation.away import Locked, Relay


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


async def test_the_way_to_a_server_is_cut_and_comes_back_while_the_server_goes_on() -> None:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    relay = Relay("127.0.0.1", server.sockets[0].getsockname()[1])
    await relay.open()
    port = relay.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"before")
    assert await reader.readexactly(6) == b"before"
    async with relay.away():
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        assert server.is_serving()
    writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"after")
    assert await reader.readexactly(5) == b"after"
    writer.close()
    await relay.close()
    server.close()


async def test_a_locked_file_takes_no_writes_until_it_is_back(tmp_path: Path) -> None:
    path = tmp_path / "answerable.db"
    connection = sqlite3.connect(path, timeout=0.01, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE texts (id INTEGER)")
    async with Locked(path).away():
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            connection.execute("INSERT INTO texts VALUES (1)")
    connection.execute("INSERT INTO texts VALUES (1)")
    connection.close()
