"""What machines are told: alive, ready or why not, and measurements without anything of anybody."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from channels.base import Inbound
from service import health
from service.db import Database, open_database
from service.health import backlog, obstacles
from service.intake import NotStored
from service.keys import INTAKE
from service.main import open_short_way
from service.models import Line, Message
from tests.dashboards.conftest import Start

TOKEN = "a token for the measurements"
WORDS = "no water in my house"
SENDER = "+254722000111"


async def test_ready_when_the_database_is_there_and_new(start: Start) -> None:
    client = await start()
    live, ready = await client.get("/health/live"), await client.get("/health/ready")
    assert (live.status, ready.status) == (200, 200)
    assert await ready.json() == {"ready": True, "reasons": [], "resting": []}


async def test_not_ready_with_an_old_database(start: Start, database: Database) -> None:
    client = await start()
    async with database.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    ready = await client.get("/health/ready")
    assert ready.status == 503
    assert "answerable migrate" in (await ready.json())["reasons"][0]
    assert (await client.get("/health/live")).status == 200


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_not_ready_without_a_database(database: Database) -> None:
    away = open_database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    assert await obstacles(away) == ["the database cannot be reached"]
    assert await obstacles(database) == []
    await away.close()


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        (TOKEN, {"Authorization": f"Bearer {TOKEN}"}, 200),
        (TOKEN, {"Authorization": f"Bearer {TOKEN}x"}, 403),
        (TOKEN, {"Authorization": "Bearer é"}, 403),
        (TOKEN, {}, 403),
        ("", {}, 200),
        ("", {"X-Forwarded-For": "203.0.113.7"}, 403),
        ("", {"Forwarded": "for=203.0.113.7"}, 403),
    ],
)
async def test_who_reads_the_measurements(start: Start, token: str, headers: dict[str, str], status: int) -> None:
    client = await start(metrics_token=token)
    assert (await client.get("/metrics", headers=headers)).status == status


@pytest.mark.parametrize("way", ["application", "short way"])
async def test_the_measurements_count_and_tell_nothing_of_anybody(start: Start, now: datetime, way: str) -> None:
    client = await start()
    if way == "short way":
        open_short_way(client.app, client.server.runner)
    await client.app[INTAKE].store(
        "village", "village/web", [Inbound(SENDER, WORDS, "1"), Inbound(SENDER, "x", "2")], now
    )
    await client.get("/phone/village")
    await client.get("/no/such/page?of=somebody")
    for path in ("/channels/village/web", "/channels/a-token-in-the-address/x", "/channels/village/none/a-secret"):
        await client.request("PROPFIND", path)
    answer = await client.get("/metrics")
    lines = (await answer.text()).splitlines()
    assert answer.content_type == "text/plain"
    assert 'answerable_messages{channel="village/web",direction="in",state="received"} 2.0' in lines
    assert 'answerable_oldest_waiting_seconds{direction="out"} 0.0' in lines
    seen = {
        (match[1], match[2], match[3])
        for line in lines
        if (match := re.match(r'answerable_request_seconds_count{method="(.*)",route="(.*)",status="(\d+)"}', line))
    }
    assert ("GET", "/phone/{programme}", "200") in seen
    assert ("GET", "none", "404") in seen
    assert {("other", f"/channels/{{programme}}/{{name}}{secret}", "404") for secret in ("", "/{secret}")} < seen
    whole = "\n".join(lines)
    assert not any(
        part in whole for part in (WORDS, SENDER, "somebody", "a-token-in-the-address", "a-secret", "PROPFIND")
    )


async def test_the_oldest_due_text_is_timed(database: Database, now: datetime) -> None:
    def message(number: str, direction: str, state: str, due: timedelta) -> Message:
        return Message(
            programme="village",
            channel="village/web",
            direction=direction,
            external_id=number,
            state=state,
            due_at=now + due,
            created_at=now - timedelta(days=1),
        )

    async with database.writing() as session:
        session.add_all(
            [
                message("1", "in", "done", timedelta(hours=-9)),
                message("2", "in", "received", timedelta(minutes=-3)),
                message("3", "in", "received", timedelta(minutes=-1)),
                message("4", "out", "queued", timedelta(minutes=5)),
            ]
        )
    async with database.reading() as session:
        counted = await backlog(session, now)
    assert counted.oldest_seconds == {"in": 180.0, "out": 0.0}
    assert ("village/web", "in", "received", 2) in counted.messages
    async with database.reading() as session:
        later = await backlog(session, now + timedelta(minutes=7))
    assert (counted.outbox_oldest, later.outbox_oldest) == ((), (("village/web", 120.0),))


async def test_a_line_that_rests_and_an_alarm_are_measured(database: Database, start: Start, now: datetime) -> None:
    resting = {"failures": 6, "opened_at": now, "open_until": now, "fault": "keys", "reason": "answered 401"}
    async with database.writing() as session:
        session.add(Line(channel="village/sms", alarmed_at=now, updated_at=now, **resting))
        session.add(Line(channel="village/web", failures=0, updated_at=now))
    client = await start()
    lines = (await (await client.get("/metrics")).text()).splitlines()
    for line in (
        'answerable_line_failures{channel="village/sms",fault="keys"} 6.0',
        'answerable_line_resting{channel="village/sms",fault="keys"} 1.0',
        'answerable_line_resting{channel="village/web",fault="none"} 0.0',
        'answerable_opt_out_alarm{channel="village/sms"} 1.0',
        'answerable_opt_out_alarm{channel="village/web"} 0.0',
    ):
        assert line in lines, line
    assert float(next(x for x in lines if x.startswith("answerable_line_resting_since")).split()[1]) == now.timestamp()
    ready = await client.get("/health/ready")
    assert (ready.status, (await ready.json())["resting"]) == (
        200,
        [{"channel": "village/sms", "fault": "keys", "since": "2026-11-23T06:00:00Z"}],
    )


async def test_the_door_stays_open_while_the_database_is_away(
    start: Start, database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await start(metrics_token="")
    app = client.app
    assert app is not None
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE messages RENAME TO elsewhere"))
    for number in range(3):
        await app[INTAKE].store("village", "village/web", [Inbound(SENDER, WORDS, str(number))], now)
    door = await client.get("/health/door")
    said = await door.json()
    assert (door.status, said["open"], said["spool"]["away"], said["spool"]["waiting"]) == (200, True, True, 3)
    metrics = await client.get("/metrics")
    shown = await metrics.text()
    assert metrics.status == 200
    assert {"answerable_spool_away 1.0", "answerable_spool_waiting 3.0"} <= set(shown.splitlines())
    assert "answerable_messages{" not in shown
    monkeypatch.setattr(health, "NEARLY", 0.0)
    full = await client.get("/health/door")
    assert (full.status, (await full.json())["reasons"]) == (503, ["the database is away and the spool is full"])
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE elsewhere RENAME TO messages"))


async def test_the_door_is_shut_while_nothing_can_be_written_and_opens_by_itself(
    start: Start, database: Database, now: datetime, tmp_path: Path
) -> None:
    """As on a full disk: whoever balances sends nothing more, so that no text may have to tell us that there is room again."""
    client = await start()
    app = client.app
    assert app is not None
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE messages RENAME TO elsewhere"))
    (own,) = (path for path in (tmp_path / "spool").iterdir() if path.name != "aside")
    own.rename(tmp_path / "gone")
    with pytest.raises(NotStored):
        await app[INTAKE].store("village", "village/web", [Inbound(SENDER, WORDS, "1")], now)
    shut = await client.get("/health/door")
    (tmp_path / "gone").rename(own)
    assert (shut.status, (await shut.json())["reasons"]) == (503, ["nothing can be written; is the disk of VAR full?"])
    assert (await client.get("/health/door")).status == 200
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE elsewhere RENAME TO messages"))
