"""The service starts while its database is away: texts wait in the spool. What is wrong with a first start is said at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import ClientSession
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url

from channels.webchat import token_of
from service import main
from service.db import Database, open_database
from service.migration import DatabaseAway, DatabaseTooNew
from service.models import Message
from service.opening import SEEN, Opening
from service.programme import Programme
from service.secrets import Secrets
from service.settings import Settings
from tests.running import KEY
from tests.service.away import Switch, switch

SECRETS = Secrets(KEY.encode())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.db.BUSY_TIMEOUT_MS", 50)
    monkeypatch.setattr("service.rowstore.BUSY_MS", 50)
    monkeypatch.setattr("service.draining.PAUSES", (0.02,))
    monkeypatch.setattr("service.opening.PAUSE", 0.02)
    monkeypatch.setattr("service.opening.PATIENCE", 1.0)


@pytest.fixture
async def switched(database_url: str) -> AsyncIterator[Switch]:
    async with switch(database_url) as found:
        yield found


def settings_of(switched: Switch, var: Path, key: str = KEY) -> Settings:
    return Settings(var=var, port=0, database_url=switched.url, secret_key=key)  # type: ignore[arg-type]


@asynccontextmanager
async def running(
    settings: Settings, programme: Programme
) -> AsyncIterator[tuple[asyncio.Task[None], main.House, int]]:
    """`answerable web`, its house and its port."""
    started: asyncio.Future[tuple[main.House, int]] = asyncio.get_running_loop().create_future()

    def note(house: main.House, port: int | None) -> None:
        started.set_result((house, port or 0))

    task = asyncio.create_task(main.run(settings, {programme.code: programme}, ("web",), started=note))
    await asyncio.wait((task, started), return_when=asyncio.FIRST_COMPLETED)
    try:
        if task.done():
            task.result()
        yield task, *started.result()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, ExceptionGroup):
            await task


async def text_us(http: ClientSession, port: int, sender: str) -> int:
    token = token_of(SECRETS.key("channel/village/web").hex(), sender)
    body = {"id": "1", "sender": sender, "token": token, "text": "No water"}
    async with http.post(f"http://127.0.0.1:{port}/channels/village/web", json=body) as response:
        return response.status


async def stored(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Message)) or 0


async def test_started_again_while_the_database_is_away(
    switched: Switch, programme: Programme, http: ClientSession, tmp_path: Path
) -> None:
    settings = settings_of(switched, tmp_path)
    async with running(settings, programme) as (_, _, port):
        assert await text_us(http, port, "amina") == 200
    await switched.away()
    async with running(settings, programme) as (_, house, port):
        assert not house.opening.ready.is_set()
        assert [await text_us(http, port, sender) for sender in ("baraka", "chebet")] == [200, 200]
        async with http.get(f"http://127.0.0.1:{port}/health/door") as answer:
            said = await answer.json()
            assert (answer.status, said["spool"]["away"], said["spool"]["waiting"]) == (200, True, 2)
        await switched.back()
        async with asyncio.timeout(30):
            await house.opening.ready.wait()
            while await stored(house.database) < 3:  # noqa: ASYNC110, it is another task that stores
                await asyncio.sleep(0.02)
        assert await text_us(http, port, "dalila") == 200
        assert await stored(house.database) == 4


async def test_a_first_start_without_its_database_is_refused(
    switched: Switch, programme: Programme, tmp_path: Path
) -> None:
    await switched.away()
    with pytest.raises(DatabaseAway, match=r"Check (DATABASE_URL|the folder VAR)"):
        async with running(settings_of(switched, tmp_path), programme):
            pass
    assert not (tmp_path / SEEN).exists()


async def test_another_key_or_database_is_a_first_start(switched: Switch, programme: Programme, tmp_path: Path) -> None:
    async with running(settings_of(switched, tmp_path), programme):
        pass
    mark = (tmp_path / SEEN).read_text()
    assert make_url(switched.url).database not in mark
    await switched.away()
    with pytest.raises(DatabaseAway):
        async with running(settings_of(switched, tmp_path, KEY[::-1]), programme):
            pass
    elsewhere = open_database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    with pytest.raises(DatabaseAway):
        await Opening(elsewhere, SECRETS, tmp_path).open_or_wait()
    await elsewhere.close()


async def test_a_mark_that_cannot_be_read_is_none(switched: Switch, programme: Programme, tmp_path: Path) -> None:
    (tmp_path / SEEN).write_bytes(b"\xff\xfe\xe9")
    await switched.away()
    with pytest.raises(DatabaseAway):
        async with running(settings_of(switched, tmp_path), programme):
            pass


async def test_nothing_is_written_to_a_database_that_comes_back_newer(
    switched: Switch, programme: Programme, http: ClientSession, tmp_path: Path, database_url: str
) -> None:
    settings = settings_of(switched, tmp_path)
    async with running(settings, programme):
        pass
    other = open_database(database_url)
    async with other.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = 'tomorrow'"))
    await other.close()
    await switched.away()
    async with running(settings, programme) as (task, _, port):
        assert await text_us(http, port, "amina") == 200
        await switched.back()
        with pytest.raises(ExceptionGroup) as refusal:
            await asyncio.wait_for(task, 30)
        assert refusal.group_contains(DatabaseTooNew)
    again = open_database(database_url)
    assert await stored(again) == 0
    await again.close()
    assert list((tmp_path / "spool").rglob("*.records")) != []


async def test_a_database_that_hangs_is_away(switched: Switch, tmp_path: Path, database_url: str) -> None:
    database = open_database(switched.url)
    opening = Opening(database, SECRETS, tmp_path)
    await opening.open()
    await database.close()
    await switched.hang()
    again = open_database(switched.url)
    waiting = Opening(again, SECRETS, tmp_path)
    await waiting.open_or_wait()
    assert not waiting.ready.is_set()
    await switched.back()
    await asyncio.wait_for(waiting.keep_trying(), 30)
    assert waiting.ready.is_set()
    await again.close()
