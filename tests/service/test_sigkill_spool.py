"""Killed with SIGKILL while texts go into the spool, and while they come out of it: none lost, none doubled."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout
from sqlalchemy import func, select

from channels.base import Inbound
from channels.webchat import token_of
from service.arrivals import pack
from service.db import Database, open_database
from service.intake import Intake
from service.models import Message
from service.secrets import Secrets
from service.spool import Spool
from tests.running import KEY, start
from tests.service.away import switch

TEXTS = 200
LEFT = 6000
SECRETS = Secrets(KEY.encode())


@asynccontextmanager
async def running(url: str, var: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """`answerable web`; its process and address. It is killed at the end if it still lives."""
    process = await start("web", url, var, 0)
    assert process.stdout is not None
    first = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    try:
        yield process, first.rpartition(" ")[2].strip()
    finally:
        kill(process)
        await process.wait()


def kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def count(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Message)) or 0


async def until_drained(http: ClientSession, base: str) -> None:
    async with asyncio.timeout(60):
        while True:
            async with http.get(f"{base}/health/door") as answer:
                if not (await answer.json())["spool"]["away"]:
                    return
            await asyncio.sleep(0.05)


async def deliver(http: ClientSession, base: str, number: int) -> bool:
    """Deliver one text; True if it was acknowledged."""
    sender = f"house-{number}"
    token = token_of(SECRETS.key("channel/village/web").hex(), sender)
    text = {"id": "1", "sender": sender, "token": token, "text": f"No water, house {number}"}
    try:
        async with http.post(f"{base}/channels/village/web", json=text) as response:
            return response.status == 200
    except (ClientError, TimeoutError):
        return False


async def test_killed_while_texts_go_into_the_spool(database_url: str, tmp_path: Path) -> None:
    acknowledged: set[int] = set()
    database = open_database(database_url)
    async with switch(database_url) as switched, ClientSession(timeout=ClientTimeout(total=10)) as http:
        async with running(switched.url, tmp_path) as (process, base):
            await switched.away()
            gate = asyncio.Semaphore(32)

            async def one(number: int) -> None:
                async with gate:
                    if len(acknowledged) < TEXTS // 2 and await deliver(http, base, number):
                        acknowledged.add(number)
                    if len(acknowledged) >= TEXTS // 2:
                        kill(process)

            await asyncio.gather(*map(one, range(TEXTS)))
            await process.wait()
        await switched.back()
        assert TEXTS // 2 <= len(acknowledged) < TEXTS
        assert await count(database) == 0
        async with running(switched.url, tmp_path) as (_, base):
            await until_drained(http, base)
            assert len(acknowledged) <= await count(database) <= TEXTS
            again = await asyncio.gather(*(deliver(http, base, number) for number in range(TEXTS)))
            assert all(again)
            assert await count(database) == TEXTS
    await database.close()


async def test_killed_while_texts_come_out_of_the_spool(database_url: str, tmp_path: Path, now: datetime) -> None:
    database = open_database(database_url)
    left = Spool(tmp_path / "spool", 100_000_000)
    intake = Intake(database, SECRETS, 1, asyncio.Event())
    for begin in range(0, LEFT, 1000):
        left.append(
            [
                pack(
                    SECRETS,
                    intake.arrival("village", "village/web", [Inbound("amina", "x", f"{n:05}")], now + timedelta(0, n)),
                )
                for n in range(begin, begin + 1000)
            ]
        )
        left.roll()
    left.close()
    async with ClientSession(timeout=ClientTimeout(total=10)) as http:
        async with running(database_url, tmp_path) as (process, _):
            async with asyncio.timeout(60):
                while (some := await count(database)) == 0:  # noqa: ASYNC110, it is another process that stores
                    await asyncio.sleep(0.001)
            kill(process)
            await process.wait()
        assert some < LEFT
        async with running(database_url, tmp_path) as (_, base):
            await until_drained(http, base)
    async with database.reading() as session:
        ids = list(await session.scalars(select(Message.external_id).order_by(Message.id)))
    assert ids == [f"{n:05}" for n in range(LEFT)]
    assert list((tmp_path / "spool").rglob("*.records")) == []
    await database.close()
