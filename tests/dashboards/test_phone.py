"""The phone page: a conversation by plain forms and by script, in the language of the browser."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

import pytest
from sqlalchemy import update

import nlp.analysis as nlp
from channels.base import Inbound
from service.db import Database
from service.keys import INTAKE
from service.models import Message
from service.programme import Programme
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.phoning import JSON, number_of, open_page, say, stored, take_all, water_at

SW = {"Accept-Language": "fr;q=0.9, sw-KE;q=0.8, en;q=0.5"}
HOSTILE = "<script>alert(1)</script>\u202e\U0001f4a7 'ndio' & \"hapana\""


async def test_a_text_without_scripts(start: Start, database: Database, secrets: Secrets) -> None:
    client = await start()
    page = await open_page(client)
    assert "We keep your words safe and never show your number." in page
    assert await say(client, "No water\r\nsince Monday", number_of(page)) == 303
    page = await open_page(client)
    assert "No water\nsince Monday" in page
    assert "We are reading your text" in page
    assert await stored(database, secrets) == ["No water\nsince Monday"]


async def test_one_text_however_often_the_form_is_sent(start: Start, database: Database, secrets: Secrets) -> None:
    client = await start()
    number = number_of(await open_page(client))
    statuses = await asyncio.gather(*(say(client, "No water", number) for _ in range(5)))
    assert statuses == [303] * 5
    assert await say(client, "No water, and no light", number) == 303
    assert await say(client, "No water", number_of(await open_page(client))) == 303
    assert sorted(await stored(database, secrets)) == ["No water", "No water", "No water, and no light"]


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_words_are_shown_as_words(start: Start) -> None:
    client = await start()
    await say(client, HOSTILE, number_of(await open_page(client)))
    page = await open_page(client)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\u202e\U0001f4a7" in page


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_a_script_gets_the_new_parts(start: Start) -> None:
    client = await start()
    number = number_of(await open_page(client))
    answer = await client.post("/phone/village/texts", data={"id": number, "text": "No water"}, headers=JSON)
    assert answer.status == 202
    parts = await answer.json()
    assert set(parts) == {"thread", "quick"}
    assert "No water" in parts["thread"]


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"text": "no id"}, 400),
        ({"id": "short", "text": "x"}, 400),
        ({"id": "1234'; --x", "text": "x"}, 400),
        ({"id": "12345678", "text": "x" * 1601}, 400),
    ],
)
async def test_a_form_we_cannot_read(start: Start, data: dict[str, str], status: int) -> None:
    client = await start()
    await open_page(client)
    assert (await client.post("/phone/village/texts", data=data)).status == status


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_an_unknown_programme_has_no_phone(start: Start) -> None:
    client = await start()
    assert (await client.get("/phone/nowhere")).status == 404
    assert "Village Voices" in await (await client.get("/phone")).text()


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_words_stay_on_the_page_when_they_cannot_be_stored(start: Start, now: datetime) -> None:
    client = await start(intake_queue=1)
    number = number_of(await open_page(client))
    intake = client.app[INTAKE]
    await intake.stop()
    waiting = asyncio.create_task(intake.store("village", "village/web", [Inbound("somebody", "x", "x1")], now))
    await asyncio.sleep(0)
    data = {"id": number, "text": "my long story"}
    page = await client.post("/phone/village/texts", data=data)
    script = await client.post("/phone/village/texts", data=data, headers=JSON)
    assert (page.status, script.status) == (503, 503)
    assert "Retry-After" in page.headers
    assert "Retry-After" in script.headers
    html = await page.text()
    assert ">my long story</textarea>" in html
    assert number_of(html) == number
    assert "Not sent yet." in html
    intake.start()
    await waiting


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_the_page_speaks_the_language_of_the_browser_or_the_one_chosen(start: Start) -> None:
    client = await start()
    assert '<html lang="sw"' in await open_page(client, **SW)
    assert '<html lang="en"' in await open_page(client, **{"Accept-Language": "fr, de;q=x, ;q=1"})
    assert "Tunatunza maneno yako" in await open_page(client, "?language=sw")
    assert '<html lang="sw"' in await open_page(client, **{"Accept-Language": "en"}), "the choice is kept"
    assert '<html lang="sw"' in await open_page(client, "?language=xx"), "an unknown language changes nothing"


async def test_quick_answers_follow_what_we_asked(
    start: Start, database: Database, secrets: Secrets, programme: Programme, now: datetime
) -> None:
    def quick(page: str) -> list[str]:
        return re.findall(r'name="quick" value="([^"]+)"', page)

    client = await start(demo=True)
    page = await open_page(client)
    assert quick(page) == ["STATUS", "HELP", "STOP"]
    await say(client, "No water at Soko, call 0722000000", number_of(page))
    soko = [nlp.Candidate("Soko", -1.3, 36.8, "village", s, a) for s, a in ((0.5, "upper"), (0.4, "lower"))]
    await take_all(database, secrets, programme, water_at(*soko), now)
    page = await open_page(client)
    assert quick(page)[0] == "1"
    assert quick(page)[-1] == "0"
    assert "No place was clear enough" in page
    assert await say(client, "", number_of(page), quick="1") == 303
    await take_all(database, secrets, programme, water_at(), now)
    page = await open_page(client)
    assert quick(page) == ["STATUS", "HELP", "STOP"]
    await say(client, "STOP", number_of(page))
    await take_all(database, secrets, programme, water_at(), now)
    page = await open_page(client)
    assert quick(page) == ["START", "HELP"]
    assert "You asked us to stop." in page
    await say(client, "FORGET", number_of(page))
    await take_all(database, secrets, programme, water_at(), now)
    assert quick(await open_page(client)) == ["YES", "NO"]


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_a_text_that_was_set_aside_is_said_to_be_kept(start: Start, database: Database) -> None:
    client = await start(demo=True)
    await say(client, "No water", number_of(await open_page(client)))
    async with database.writing() as session:
        await session.execute(update(Message).values(state="dead", error="The process of the analysis died."))
    page = await open_page(client)
    assert "Kept, a person will look at it" in page
    assert "stands at the desk under Troubles" in page
    assert "We are reading your text" not in page
