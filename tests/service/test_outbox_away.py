"""The database goes away between a send and its recording: whoever sent it knows what came of it, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from service import db, screening, sending
from service.db import Database, open_database
from tests.service.away import Switch, switch
from tests.service.conftest import CHANNEL, Town
from tests.service.posting import change_all, crowd, first_out
from tests.service.provider import Provider
from tests.service.test_away import until


@pytest.fixture
async def switched(database_url: str) -> AsyncIterator[Switch]:
    async with switch(database_url) as found:
        yield found


@pytest.fixture
async def far(switched: Switch, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """The database as the sending process reaches it; it soon takes a locked file for one that is away."""
    monkeypatch.setattr(db, "BUSY_TIMEOUT_MS", 300)
    opened = open_database(switched.url)
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("answer", "state", "failure"),
    [
        (None, "sent", None),
        ((400, {"code": 21211}, {}), "dead", "refused"),
        ((429, {}, {}), "queued", "busy"),
    ],
)
async def test_a_living_process_says_what_came_of_a_text_whose_lease_has_lapsed(
    town: Town,
    far: Database,
    switched: Switch,
    http: ClientSession,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    answer: Any,
    state: str,
    failure: str | None,
) -> None:
    monkeypatch.setattr(sending, "AGAIN", 0.01)
    await crowd(town, 1)
    provider.slow, provider.always, channel, stop = asyncio.Event(), answer, provider.twilio(), asyncio.Event()
    with capture_logs() as lines:
        programmes = {"village": town.programme}
        running = asyncio.create_task(
            sending.keep_sending(far, town.secrets, programmes, {CHANNEL: channel}, http, "", stop, idle=0.01)
        )
        await until(lambda: provider.requests == 1)
        # Another process finds the lease lapsed, and takes the sender for dead.
        now = datetime.now(UTC)
        await change_all(town, leased_until=now - timedelta(seconds=1))
        async with town.database.writing() as session:
            await screening.tidy(session, CHANNEL, channel, town.programme, now)
        assert (await first_out(town)).state == "uncertain"
        await switched.away()
        provider.slow.set()
        await until(lambda: any(line["event"] == "outbox waits for the database" for line in lines))
        await switched.back()
        async with asyncio.timeout(20):
            while (message := await first_out(town)).state == "uncertain":  # noqa: ASYNC110, others do it
                await asyncio.sleep(0.02)
    stop.set()
    await running
    assert (message.state, message.failure, provider.requests) == (state, failure, 1)
