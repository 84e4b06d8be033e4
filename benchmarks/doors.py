"""Doors to measure, each in a process of its own on a core of its own: an empty handler, and ours over a database or a spool.

The load comes from the other core. Where there is only one core, or cores cannot be chosen, everything shares what there is.
"""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import os
import resource
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
from aiohttp import ClientSession, web
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from benchmarks.load import Load, send
from channels.twilio import Twilio
from service.db import open_database
from service.doors import Doors
from service.main import House, make_app, open_runner
from service.models import Message
from service.opening import Opening
from service.secrets import Secrets
from service.settings import Settings
from service.spool import Spool
from service.web import LARGEST_BODY

POSTGRESQL = os.environ.get("TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
CONNECTIONS = 64
TOKEN = "a token for the benchmark"
ADDRESS = "https://reports.example.org"
PATH = "/channels/bench/sms"
NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"
"""A database that is away: whatever comes goes to the spool."""
ROOM = 10_000_000_000


@dataclass(frozen=True)
class Door:
    """What to measure. Without an address it is the empty handler; `folder` is where a spool may be."""

    name: str
    url: str = ""
    folder: Path = Path()


def make_form(number: int) -> dict[str, str]:
    """The nineteen fields of a delivery that Twilio sends; ids are spread as Twilio's are."""
    sid = f"SM{hashlib.sha256(str(number).encode()).hexdigest()[:32]}"
    return {
        "ToCountry": "KE", "ToState": "", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "",
        "FromZip": "", "SmsSid": sid, "FromState": "", "SmsStatus": "received", "FromCity": "",
        "Body": "No water in Gatwekera since Monday, the tap is dry and the vendor asks double",
        "FromCountry": "KE", "To": "+254700000000", "ToZip": "", "NumSegments": "1",
        "MessageSid": sid, "AccountSid": "AC1", "From": f"+2547{number % 10**8:08d}", "ApiVersion": "2010-04-01",
    }  # fmt: skip


def make_request(number: int) -> bytes:
    """One signed delivery."""
    form = make_form(number)
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
async def _empty_runner() -> AsyncIterator[web.AppRunner]:
    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_post("/channels/{programme}/{name}", _empty)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    yield runner
    await runner.cleanup()


@asynccontextmanager
async def _real_runner(door: Door) -> AsyncIterator[web.AppRunner]:
    """The product's own application with all of its pages, as `answerable run` opens it."""
    database = open_database(door.url)
    secrets = Secrets(b"a key only for the benchmark, 32 bytes or more")
    spool = Spool(door.folder / "spool", ROOM)
    opening = Opening(database, secrets, door.folder)
    if door.url != NOWHERE:
        await opening.open()
    doors = Doors({"bench/sms": Twilio("AC1", TOKEN, "+254700000000")}, {}, {}, {})
    settings = Settings(public_url=ADDRESS)  # type: ignore[call-arg]
    async with ClientSession() as http:
        house = House(settings, secrets, database, {}, doors, http, asyncio.Event(), opening)
        runner = await open_runner(make_app(house, spool))
        yield runner
        await runner.cleanup()
    spool.close()
    await database.close()


def _serve(door: Door, pipe: Connection) -> None:
    _pin(0)

    async def main() -> None:
        async with _real_runner(door) if door.url else _empty_runner() as runner:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            pipe.send(runner.addresses[0][1])
            while (asked := await asyncio.get_running_loop().run_in_executor(None, pipe.recv)) in ASKED:
                pipe.send(ASKED[asked]())

    asyncio.run(main())


class Running:
    """A door that is open."""

    def __init__(self, port: int, pipe: Connection) -> None:
        self._port = port
        self._pipe = pipe

    def load(self, requests: Sequence[bytes]) -> Load:
        """Send each request once, over 64 connections."""
        return asyncio.run(send("127.0.0.1", self._port, requests, CONNECTIONS))

    def ask(self, what: str) -> float:
        """`megabytes` its process holds now, or the `seconds` of a core it has used."""
        self._pipe.send(what)
        return float(self._pipe.recv())


@contextmanager
def opened(door: Door) -> Iterator[Running]:
    """Open a door; close it at the end."""
    _pin(1)
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(door, there))
    server.start()
    try:
        yield Running(here.recv(), here)
    finally:
        here.send("stop")
        server.join()


def _pin(core: int) -> None:
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})


def _resident() -> float:
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


ASKED: dict[str, Callable[[], float]] = {"megabytes": _resident, "seconds": time.process_time}


def stored(url: str) -> int:
    """How many texts a database has."""

    async def count() -> int:
        database = open_database(url)
        async with database.reading() as session:
            found = await session.scalar(select(func.count()).select_from(Message)) or 0
        await database.close()
        return found

    return asyncio.run(count())


@contextmanager
def postgresql() -> Iterator[str | None]:
    """The address of a new PostgreSQL database, dropped at the end; None where no server answers."""
    name = f"answerable_bench_{uuid.uuid4().hex[:8]}"
    try:
        asyncio.run(_administer(f'CREATE DATABASE "{name}"'))
    except (OSError, asyncpg.PostgresError):
        yield None
        return
    try:
        yield f"{POSTGRESQL.replace('postgresql:', 'postgresql+asyncpg:')}/{name}"
    finally:
        asyncio.run(_administer(f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _administer(statement: str) -> None:
    connection = await asyncpg.connect(f"{POSTGRESQL}/postgres", timeout=3)
    await connection.execute(statement)
    await connection.close()
