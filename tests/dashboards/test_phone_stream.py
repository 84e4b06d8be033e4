"""The phone page by stream: what changed, nothing twice, and an end."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from dashboards.streams import STREAMS
from service.db import Database
from service.models import Report
from service.programme import Programme
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.phoning import number_of, open_page, say, take_all, water_at


async def read_event(content: Any) -> tuple[str, dict[str, str]]:
    """The next event with data: its id and the parts of the page it brings."""
    number = ""
    async with asyncio.timeout(30):
        async for line in content:
            if line.startswith(b"id: "):
                number = line[4:].decode().strip()
            elif line.startswith(b"data: "):
                return number, json.loads(line[6:])
    raise AssertionError("the stream ended without an event")


async def test_the_stream_brings_what_changed_and_nothing_twice(
    start: Start, database: Database, secrets: Secrets, programme: Programme, now: datetime
) -> None:
    client = await start(demo=True)
    client.app[STREAMS].every = 0.02
    page = await open_page(client)
    pulse = re.search(r'data-pulse="([^"]+)"', page)
    assert pulse
    async with client.get("/phone/village/events", params={"seen": pulse[1]}) as events:
        assert events.content_type == "text/event-stream"
        assert events.headers["Cache-Control"] == "no-store"
        await say(client, "No water", number_of(page))
        first, parts = await read_event(events.content)
        assert first != pulse[1]
        assert "No water" in parts["thread"]
        await take_all(database, secrets, programme, water_at(), now)
        second, parts = await read_event(events.content)
        assert "Which place is it?" in parts["thread"]
        assert "mark-word" in parts["insight"]
    async with client.get("/phone/village/events", headers={"Last-Event-ID": second}) as events:
        async with database.writing() as session:
            await session.execute(update(Report).values(status="accepted", accepted_by="machine", revision=1))
        third, parts = await read_event(events.content)
        assert third != second
        assert "Accepted by the machine" in parts["insight"]
        assert "Language: English" in parts["insight"]


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_a_stream_ends_when_the_service_does(start: Start) -> None:
    client = await start()
    await open_page(client)
    async with client.get("/phone/village/events") as events:
        await read_event(events.content)
        await asyncio.wait_for(client.server.close(), 20)
        assert not (await events.content.read()).strip()


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_no_more_streams_than_one_process_can_hold(start: Start) -> None:
    client = await start()
    client.app[STREAMS].limit = 1
    await open_page(client)
    async with client.get("/phone/village/events") as events:
        await read_event(events.content)
        refused = await client.get("/phone/village/events")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "30")
