"""Troubles with what came in: requests nobody could read, and what waits or lies on this machine's disk."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from channels.base import BadPayload, Channel, Delivery, Inbound, Webhook
from channels.webchat import WebChat, token_of
from service.db import Database
from service.keys import CHANNELS, INTAKE
from service.models import Audit, Message
from service.spool import ASIDE
from service.web import receive
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, logged_in, page, send


async def test_what_nobody_could_read_is_tried_again_one_by_one_or_all_of_a_channel(
    database: Database, start: Start
) -> None:
    client = await logged_in(database, start)
    app = client.app
    assert app is not None
    channels: dict[str, Channel] = app[CHANNELS]  # type: ignore[assignment]
    mended = channels["village/web"]
    secret = "a secret of the village's web chat"
    bodies = {f"text {number}": token_of(secret, f"house-{number}") for number in range(3)}
    hooks = [
        Webhook("POST", "", {}, {}, {}, json.dumps({"id": "1", "sender": f"house-{n}", "token": t, "text": w}).encode())
        for n, (w, t) in enumerate(bodies.items())
    ]
    channels["village/web"] = Unreading(secret=secret)
    for hook in hooks:
        with pytest.raises(BadPayload):
            await receive(app, "village/web", hook)
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


class Unreading(WebChat):
    """As before a fix."""

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        raise BadPayload("text is in a form of next year")


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
