"""The outbox is killed with SIGKILL after the provider took a text and before we knew: sent once, or shown as uncertain."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from service.db import open_database
from service.models import Message
from service.secrets import Secrets
from tests.conftest import VILLAGE
from tests.running import KEY, start
from tests.service.folk import person
from tests.service.provider import Provider, serve_provider

CHANNELS = """channels:
  - name: line
    type: {type}
    settings: {settings}
"""


def _programmes(folder: Path, provider: Provider, type: str) -> Path:
    """The village with one channel, to this provider."""
    shutil.copytree(VILLAGE, folder / "village")
    settings = {
        "generic": f"{{signing_secret: $LINE_SECRET, api_url: '{provider.base}/generic'}}",
        "twilio": f"{{account_sid: AC1, auth_token: $LINE_SECRET, from_number: '+1500', api_url: '{provider.base}'}}",
    }[type]
    (folder / "village" / "channels.yaml").write_text(CHANNELS.format(type=type, settings=settings))
    return folder


@asynccontextmanager
async def _working(database_url: str, var: Path, folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await start("work", database_url, var, 0, folder)
    try:
        yield process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _queue(database_url: str) -> None:
    secrets, now = Secrets(KEY.encode()), datetime.now(UTC)
    database = open_database(database_url)
    async with database.writing() as session:
        amina = await person(session, now, channel="village/line", address=secrets.seal("amina"))
        text = Message(
            programme="village",
            channel="village/line",
            direction="out",
            reporter_id=amina.id,
            body=secrets.seal("A plumber comes on Thursday."),
            purpose="answered",
            state="queued",
            due_at=now,
            created_at=now,
        )
        session.add(text)
    await database.close()


async def _wait_for(database_url: str, *states: str) -> str:
    database = open_database(database_url)
    try:
        async with asyncio.timeout(60):
            while True:
                async with database.reading() as session:
                    state = await session.scalar(select(Message.state))
                if state in states:
                    return str(state)
                await asyncio.sleep(0.05)
    finally:
        await database.close()


@pytest.mark.parametrize(("type", "state", "requests"), [("generic", "sent", 2), ("twilio", "uncertain", 1)])
async def test_killed_between_sent_and_recorded(
    database_url: str, tmp_path: Path, var: Path, monkeypatch: pytest.MonkeyPatch, type: str, state: str, requests: int
) -> None:
    monkeypatch.setenv("LINE_SECRET", "whsec_" + "A" * 32)
    await _queue(database_url)
    async with serve_provider() as provider:
        folder = _programmes(tmp_path / "programmes", provider, type)
        async with _working(database_url, var, folder) as first:
            provider.on_taken = lambda: os.killpg(first.pid, signal.SIGKILL)
            assert await asyncio.wait_for(first.wait(), 60) == -signal.SIGKILL
        provider.on_taken = None
        assert len(provider.delivered) == 1
        assert await _wait_for(database_url, "sending", state) == "sending"
        database = open_database(database_url)
        async with database.writing() as session:
            # Its lease runs out after two minutes; we do not wait for that.
            await session.execute(update(Message).values(leased_until=datetime.now(UTC) - timedelta(seconds=1)))
        await database.close()
        async with _working(database_url, var, folder):
            assert await _wait_for(database_url, "sent", "uncertain", "dead") == state
        assert provider.delivered == [("amina", "A plumber comes on Thursday.")]
        assert provider.requests == requests
