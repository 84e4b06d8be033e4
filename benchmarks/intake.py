"""Signed Twilio webhook → durable commit → reply, against an empty aiohttp handler that reads the same form.

Run: python -m benchmarks.intake [--requests N]. Servers run in processes of their own, one at a time, the same load on each
in turn, several rounds; the ratio is of the medians. PostgreSQL is measured where TEST_POSTGRESQL, or a local one, answers.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import statistics
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
from aiohttp import web
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from benchmarks.load import Load, send
from channels.twilio import Twilio
from service import migration
from service.db import open_database
from service.intake import Intake
from service.keys import CHANNELS, DATABASE, INTAKE, SECRETS, SETTINGS
from service.models import Message
from service.secrets import Secrets
from service.settings import Settings
from service.web import LARGEST_BODY, routes

POSTGRESQL = os.environ.get("TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
CONNECTIONS = 64
ROUNDS = 3
TARGETS = {"SQLite": 0.35, "PostgreSQL": 0.30}
TOKEN = "a token for the benchmark"
ADDRESS = "https://reports.example.org"
PATH = "/channels/bench/sms"


def make_request(number: int) -> bytes:
    """One signed delivery with the nineteen fields that Twilio sends."""
    form = {
        "ToCountry": "KE", "ToState": "", "SmsMessageSid": f"SM{number:032x}", "NumMedia": "0", "ToCity": "",
        "FromZip": "", "SmsSid": f"SM{number:032x}", "FromState": "", "SmsStatus": "received", "FromCity": "",
        "Body": "No water in Gatwekera since Monday, the tap is dry and the vendor asks double",
        "FromCountry": "KE", "To": "+254700000000", "ToZip": "", "NumSegments": "1",
        "MessageSid": f"SM{number:032x}", "AccountSid": "AC1", "From": f"+2547{number % 10**8:08d}", "ApiVersion": "2010-04-01",
    }  # fmt: skip
    from twilio.request_validator import RequestValidator

    signature = RequestValidator(TOKEN).compute_signature(ADDRESS + PATH, form)
    body = urlencode(form).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Twilio-Signature: {signature}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _empty(request: web.Request) -> web.Response:
    await request.post()
    return web.Response(text="<Response/>", content_type="text/xml")


@asynccontextmanager
async def _empty_app() -> AsyncIterator[web.Application]:
    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_post("/channels/{programme}/{name}", _empty)
    yield app


@asynccontextmanager
async def _real_app(url: str) -> AsyncIterator[web.Application]:
    database = open_database(url)
    await migration.upgrade(database.engine)
    secrets = Secrets(b"a key only for the benchmark, 32 bytes or more")
    app = web.Application(client_max_size=LARGEST_BODY)
    app[SETTINGS] = Settings(public_url=ADDRESS)  # type: ignore[call-arg]
    app[SECRETS], app[DATABASE] = secrets, database
    app[CHANNELS] = {"bench/sms": Twilio("AC1", TOKEN, "+254700000000")}
    app[INTAKE] = Intake(database, secrets, 1024, asyncio.Event())
    app.add_routes(routes)
    app[INTAKE].start()
    yield app
    await app[INTAKE].stop()
    await database.close()


def _serve(url: str | None, pipe: Connection) -> None:
    async def main() -> None:
        async with _empty_app() if url is None else _real_app(url) as app:
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            pipe.send(runner.addresses[0][1])
            await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
            await runner.cleanup()

    asyncio.run(main())


def measure(url: str | None, requests: list[bytes]) -> Load:
    """One server, one load."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(url, there))
    server.start()
    port = here.recv()
    try:
        return asyncio.run(send("127.0.0.1", port, requests, CONNECTIONS))
    finally:
        here.send("stop")
        server.join()


async def _stored(url: str) -> int:
    database = open_database(url)
    async with database.reading() as session:
        count = await session.scalar(select(func.count()).select_from(Message)) or 0
    await database.close()
    return count


def _postgresql() -> str | None:
    name = f"answerable_bench_{uuid.uuid4().hex[:8]}"

    async def create() -> None:
        connection = await asyncpg.connect(f"{POSTGRESQL}/postgres", timeout=3)
        await connection.execute(f'CREATE DATABASE "{name}"')
        await connection.close()

    try:
        asyncio.run(create())
    except (OSError, asyncpg.PostgresError):
        return None
    return name


async def _drop(name: str) -> None:
    connection = await asyncpg.connect(f"{POSTGRESQL}/postgres")
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=10_000)
    count = parser.parse_args().requests
    table = Table(
        "server", "requests/s", "ratio", "at least", "p50 ms", "p99 ms", "stored", title="Webhook to durable commit"
    )
    numbers = iter(range(10**9))
    with tempfile.TemporaryDirectory() as folder:
        urls: dict[str, Callable[[], str | None]] = {"empty handler": lambda: None}
        urls["SQLite"] = lambda: f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}"
        name = _postgresql()
        if name is not None:
            urls["PostgreSQL"] = lambda: f"{POSTGRESQL.replace('postgresql:', 'postgresql+asyncpg:')}/{name}"
        loads: dict[str, list[Load]] = {server: [] for server in urls}
        for _ in range(ROUNDS):
            for server, url in urls.items():
                loads[server].append(measure(url(), [make_request(next(numbers)) for _ in range(count)]))
        base = statistics.median(load.a_second for load in loads["empty handler"])
        for server, found in loads.items():
            url = urls[server]()
            speed = statistics.median(load.a_second for load in found)
            table.add_row(
                server,
                f"{speed:,.0f}",
                f"{speed / base:.2f}",
                f"{TARGETS[server]:.2f}" if server in TARGETS else "",
                f"{statistics.median(load.p50_ms for load in found):.1f}",
                f"{statistics.median(load.p99_ms for load in found):.1f}",
                "" if url is None else f"{asyncio.run(_stored(url)):,} of {count * ROUNDS:,}",
            )
        if name is not None:
            asyncio.run(_drop(name))
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
