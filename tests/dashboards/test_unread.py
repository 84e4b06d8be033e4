"""Troubles with what came in: requests nobody could read, and what waits or lies on this machine's disk."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select, update

from channels.base import BadPayload, Channel, Delivery, Inbound, Webhook
from channels.webchat import WebChat, token_of
from service.db import Database
from service.keys import CHANNELS, INTAKE
from service.models import Audit, Message, Quarantine
from service.spool import ASIDE
from service.web import receive
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, Client, logged_in, page, send


async def test_what_nobody_could_read_is_tried_again_one_by_one_or_all_of_a_channel(
    database: Database, start: Start
) -> None:
    client = await logged_in(database, start)
    channels, mended = await _unread(client, 3)
    troubles = await page(client, f"{DESK}/troubles")
    assert "Nobody could read (3)" in troubles
    assert "text is in a form of next year" in troubles
    assert "text 1" not in troubles
    where, (newest, *_) = f"{DESK}/unread", re.findall(r'name="id" value="(\d+)"', troubles)
    await send(client, f"{DESK}/troubles", where, id=newest)
    again = await page(client, f"{DESK}/troubles")
    assert "1 still cannot be read: text is in a form of next year." in again
    assert "Tried again once" in again
    await send(client, f"{DESK}/troubles", where, channel="village/web")
    # Several may have failed for several reasons.
    assert "3 still cannot be read. Why stands beside each." in await page(client, f"{DESK}/troubles")
    channels["village/web"] = mended
    await send(client, f"{DESK}/troubles", where, id=newest)
    assert "The request was read" in await page(client, f"{DESK}/troubles")
    await send(client, f"{DESK}/troubles", where, channel="village/web")
    done = await page(client, f"{DESK}/troubles")
    assert "2 requests were read" in done
    assert "Nobody could read" not in done
    async with database.reading() as session:
        assert len(list(await session.scalars(select(Message.id)))) == 3
        acts = list(await session.scalars(select(Audit.act)))
    assert acts.count("read_again") == 4


async def test_what_nobody_will_ever_read_is_erased_one_by_one_or_all_with_the_same_reason(
    database: Database, start: Start
) -> None:
    client = await logged_in(database, start)
    channels, _ = await _unread(client, 4)
    channels["village/web"] = Unreading(secret=SECRET, why="id is missing")
    await _receive(client, 9)
    troubles = await page(client, f"{DESK}/troubles")
    shown = [dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) for form in troubles.split("<details>")[1:]]
    assert [form["reason"] for form in shown] == ["id is missing", *[Unreading.WHY] * 4]
    assert (troubles.count("Erase this request"), troubles.count("Erase all 4 with this reason")) == (5, 4)
    where, of = f"{DESK}/unread/erase", {name: shown[1][name] for name in ("id", "channel", "reason", "up_to")}

    for broken in ({}, {"id": "x"}, {"channel": of["channel"]}, of | {"channel": "", "all": "yes"}):
        assert (await send(client, f"{DESK}/troubles", where, **broken)).status == 409, broken
    assert (await send(client, f"{DESK}/troubles", where, **of)).status == 303
    assert "The request is erased" in await page(client, f"{DESK}/troubles")
    await send(client, f"{DESK}/troubles", where, **of)
    assert "Nothing of it waits any more" in await page(client, f"{DESK}/troubles")

    # One that came since they looked is not meant, and one that comes again stays erased.
    channels["village/web"] = Unreading(secret=SECRET)
    for sender in (10, int(of["id"]) - 1):
        await _receive(client, sender)
    await send(client, f"{DESK}/troubles", where, **of, all="yes")
    left = await page(client, f"{DESK}/troubles")
    assert "3 requests are erased" in left
    assert "Nobody could read (2)" in left

    async with database.reading() as session:
        rows = list(await session.scalars(select(Quarantine).order_by(Quarantine.id)))
        acts = list(await session.scalars(select(Audit).where(Audit.act == "erase_unread").order_by(Audit.id)))
    assert [(row.state, bool(row.request)) for row in rows] == [("erased", False)] * 4 + [("waiting", True)] * 2
    assert [(act.object, act.detail) for act in acts] == [
        (f"quarantine:{of['id']}", {"requests": 1}),
        ("quarantine:village/web", {"requests": 3}),
    ]


async def test_nobody_erases_what_another_programme_could_not_read(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    await _unread(client, 1)
    async with database.writing() as session:
        await session.execute(update(Quarantine).values(programme="elsewhere", channel="elsewhere/web"))
        (id,) = await session.scalars(select(Quarantine.id))
    where, form = f"{DESK}/unread/erase", {"channel": "elsewhere/web", "reason": Unreading.WHY, "up_to": "99"}
    for which in ({"id": str(id)}, form):
        await send(client, f"{DESK}/troubles", where, **which)
        assert "Nothing of it waits any more" in await page(client, f"{DESK}/troubles")


SECRET = "a secret of the village's web chat"


class Unreading(WebChat):
    """As before a fix."""

    WHY = "text is in a form of next year"

    def __init__(self, *, secret: str, why: str = WHY) -> None:
        super().__init__(secret=secret)
        self.why = why

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        raise BadPayload(self.why)


async def _unread(client: Client, number: int) -> tuple[dict[str, Channel], Channel]:
    """So many requests that nobody could read; the channels, and the one that can."""
    assert client.app is not None
    channels: dict[str, Channel] = client.app[CHANNELS]  # type: ignore[assignment]
    mended = channels["village/web"]
    channels["village/web"] = Unreading(secret=SECRET)
    for sender in range(number):
        await _receive(client, sender)
    return channels, mended


async def _receive(client: Client, sender: int) -> None:
    assert client.app is not None
    token = token_of(SECRET, f"house-{sender}")
    said = {"id": "1", "sender": f"house-{sender}", "token": token, "text": f"text {sender}"}
    with pytest.raises(BadPayload):
        await receive(client.app, "village/web", Webhook("POST", "", {}, {}, {}, json.dumps(said).encode()))


async def test_the_desk_says_what_waits_on_disk(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    app = client.app
    assert app is not None
    spool = app[INTAKE].spool
    assert spool is not None
    assert "Nothing has stopped" in await page(client, f"{DESK}/troubles")
    (spool.folder / ASIDE / "x-1.damaged").write_bytes(b"")
    (spool.folder / ASIDE / "x-2.torn").write_bytes(b"")
    shown = await page(client, f"{DESK}/troubles")
    assert "1 piece of the spool" in shown
    assert "VAR/spool/aside" in shown
