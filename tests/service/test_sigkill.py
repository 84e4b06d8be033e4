"""The whole process is killed with SIGKILL under load, started again, and everything is redelivered: none lost, none doubled."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout
from sqlalchemy import func, select, update

from channels.webchat import token_of
from service.db import open_database
from service.models import Message
from service.secrets import Secrets
from tests.running import KEY, start

PATH = "/channels/village/web"
TEXTS = 300


@asynccontextmanager
async def _running(database_url: str, var: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """`answerable run` on the test's database; gives its process and address."""
    process = await start("run", database_url, var, 0)
    assert process.stdout is not None
    first = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    try:
        yield process, first.rpartition(" ")[2].strip()
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _deliver(http: ClientSession, base: str, number: int) -> bool:
    """Deliver one text; True if it was acknowledged."""
    secret = Secrets(KEY.encode()).key("channel/village/web").hex()
    sender = f"house-{number}"
    text = {
        "id": "1",
        "sender": sender,
        "token": token_of(secret, sender),
        "text": f"No water in Gatwekera, house {number}",
    }
    try:
        async with http.post(base + PATH, json=text) as response:
            return response.status == 200
    except (ClientError, TimeoutError):
        return False


async def test_killed_under_load_nothing_is_lost_and_nothing_doubles(database_url: str, var: Path) -> None:
    acknowledged: set[int] = set()
    async with ClientSession(timeout=ClientTimeout(total=10)) as http:
        async with _running(database_url, var) as (process, base):

            async def deliver_and_note(number: int) -> None:
                if await _deliver(http, base, number):
                    acknowledged.add(number)
                if len(acknowledged) >= TEXTS // 3 and process.returncode is None:
                    os.killpg(process.pid, signal.SIGKILL)

            gate = asyncio.Semaphore(32)

            async def one(number: int) -> None:
                async with gate:
                    await deliver_and_note(number)

            await asyncio.gather(*(one(number) for number in range(TEXTS)), return_exceptions=True)
            await process.wait()
        assert TEXTS // 3 <= len(acknowledged) < TEXTS

        database = open_database(database_url)
        async with database.reading() as session:
            stored = await session.scalar(select(func.count()).select_from(Message).where(Message.direction == "in"))
        assert len(acknowledged) <= (stored or 0) <= TEXTS
        # What the dead worker held is free once its lease has run out; we do not wait five minutes for that.
        async with database.writing() as session:
            await session.execute(update(Message).where(Message.state == "received").values(leased_until=None))

        async with _running(database_url, var) as (_, base):
            answers = await asyncio.gather(*(_deliver(http, base, number) for number in range(TEXTS)))
            assert all(answers)
            async with asyncio.timeout(60):
                while await _left(database_url):  # noqa: ASYNC110, it is another process that finishes
                    await asyncio.sleep(0.05)
    async with database.reading() as session:
        incoming = await session.scalar(
            select(func.count()).select_from(Message).where(Message.direction == "in", Message.state == "done")
        )
        # Everybody is told once, beside the reply, what happens to their words.
        replies = await session.scalar(
            select(func.count()).select_from(Message).where(Message.direction == "out", Message.purpose != "privacy")
        )
        people = await session.scalar(select(func.count(Message.pseudonym.distinct())).where(Message.direction == "in"))
    await database.close()
    assert (incoming, replies, people) == (TEXTS, TEXTS, TEXTS)


async def _left(database_url: str) -> int:
    database = open_database(database_url)
    async with database.reading() as session:
        query = select(func.count()).select_from(Message).where(Message.direction == "in", Message.state != "done")
        count = await session.scalar(query) or 0
    await database.close()
    return count
