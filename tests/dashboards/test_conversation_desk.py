"""The conversation at the desk: each text with its words, moved where it belongs; held texts; trusted reporters."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from service.db import Database
from service.intake import Intake
from service.models import Decision, Message, Reporter, Vault
from service.programme import Programme
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, ON_SQLITE, logged_in, page, send
from tests.service.conftest import Town
from tests.service.conversation.talking import Talk

pytestmark = ON_SQLITE


@pytest.fixture
async def talk(database: Database, secrets: Secrets, programme: Programme) -> AsyncIterator[Talk]:
    """Somebody texting in these very hours, as the pages know no other time."""
    intake = Intake(database, secrets, 64, asyncio.Event())
    intake.start()
    now = datetime.now(UTC) - timedelta(hours=4)
    yield Talk(Town(database, secrets, programme, intake, now))
    await intake.stop()


async def test_each_text_is_shown_with_its_words_and_moves_out_and_back(
    database: Database, talk: Talk, start: Start
) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(5)
    (road,) = await talk.send("The road in Soko is bad <b>")
    (whole,) = await talk.reports()
    client = await logged_in(database, start)
    here = f"{DESK}/reports/{whole.reference}"
    shown = await page(client, here)
    assert "The road in Soko is bad &lt;b&gt;" in shown
    assert "within 15 seconds of another text of theirs" in shown
    revision = str((await talk.reports())[0].revision)
    moved = await send(client, here, f"{here}/texts/{road.id}/move", where="own", revision=revision)
    assert moved.status == 303
    talk.wait(5 * 3600)
    await talk.work()
    first, own = await talk.reports()
    assert (first.text, own.text) == ("No water in Gatwekera", "The road in Soko is bad <b>")
    assert "moved a text of it to" in await page(client, here)
    there = f"{DESK}/reports/{own.reference}"
    shown = await page(client, there)
    assert re.search(rf'value="{first.reference}" required checked', shown), "where it was is offered first"
    back = await send(client, there, f"{there}/texts/{road.id}/move", where=first.reference, revision=str(own.revision))
    assert back.status == 303
    assert (await talk.reports())[1].status == "merged"


async def test_a_wrong_move_says_why_and_changes_nothing(database: Database, talk: Talk, start: Start) -> None:
    (only,) = await talk.send("No water in Gatwekera")
    (report,) = await talk.reports()
    client = await logged_in(database, start)
    here = f"{DESK}/reports/{report.reference}"
    assert "belongs elsewhere" not in await page(client, here)
    for to, words in (("own", "only text"), ("K7-4QF", "no other report"), ("", "no other report")):
        refused = await send(client, here, f"{here}/texts/{only.id}/move", where=to, revision=str(report.revision))
        assert (refused.status, words in await refused.text()) == (409, True)
    lost = await send(client, here, f"{here}/texts/999/move", where="own", revision=str(report.revision))
    assert lost.status == 404
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Decision)) == 0


async def test_only_a_focal_point_moves_texts_of_a_sealed_account(database: Database, talk: Talk, start: Start) -> None:
    await talk.send("My husband beats me")
    talk.wait(5)
    (road,) = await talk.send("The road in Soko is bad")
    (report,) = await talk.reports()
    here = f"{DESK}/reports/{report.reference}"
    moderator = await logged_in(database, start)
    refused = await send(moderator, DESK, f"{here}/texts/{road.id}/move", where="own", revision=str(report.revision))
    assert refused.status == 404
    focal = await logged_in(database, start, "focal_point", "fatuma")
    assert "beats" not in await page(focal, here)
    opened = await send(focal, here, f"{here}/open")
    assert "My husband beats me" in await opened.text()
    moved = await send(focal, here, f"{here}/texts/{road.id}/move", where="own", revision=str(report.revision))
    assert moved.status == 303
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Vault)) == 2


async def test_held_texts_are_listed_taken_and_left(database: Database, talk: Talk, start: Start) -> None:
    for _ in range(7):
        await talk.send("No water in Gatwekera")
        talk.wait(60)
    client = await logged_in(database, start)
    shown = await page(client, f"{DESK}/held")
    assert "2 texts of one person, by web" in shown
    assert "the same text 6 times in 30 minutes: a loop" in shown
    async with database.reading() as session:
        held = (await session.scalars(select(Message).where(Message.purpose == "held").order_by(Message.id))).all()
    before = len(await talk.reports())
    taken = await send(client, f"{DESK}/held", f"{DESK}/held/{held[0].id}/take")
    assert taken.status == 303
    talk.wait(5 * 3600)
    await talk.work()
    assert len(await talk.reports()) == before + 1
    assert (await send(client, f"{DESK}/held", f"{DESK}/held/{held[1].id}/leave")).status == 303
    assert "Nothing is held" in await page(client, f"{DESK}/held")
    assert (await send(client, DESK, f"{DESK}/held/x/take")).status == 404


async def test_a_trusted_reporter_needs_no_review_for_want_of_certainty(
    database: Database, talk: Talk, start: Start
) -> None:
    await talk.send("Something is wrong in Gatwekera")
    (report,) = await talk.reports()
    assert (report.status, report.review_reason) == ("in_review", "no category found")
    client = await logged_in(database, start)
    here = f"{DESK}/reports/{report.reference}"
    assert "A trusted reporter" not in await page(client, here)
    assert (await send(client, here, f"{here}/trust", trusted="yes", revision="0")).status == 303
    assert "A trusted reporter" in await page(client, here)
    talk.wait(3600)
    await talk.send("Something is wrong in Gatwekera, says everybody here")
    assert [each.status for each in await talk.reports()] == ["in_review", "accepted"]
    talk.wait(3600)
    await talk.send("My husband beats me")
    assert (await talk.reports())[-1].status == "in_review"
    assert (await send(client, here, f"{here}/trust", trusted="no", revision="1")).status == 303
    async with database.reading() as session:
        assert list(await session.scalars(select(Reporter.trusted))) == [False]
        assert list(await session.scalars(select(Decision.act))) == ["trust", "distrust"]
