"""The phone page: a conversation by plain forms, by script and by stream; and whose conversation it is."""

from __future__ import annotations

import asyncio
import io
import json
import re
from datetime import datetime
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import select, update
from sqlalchemy.orm import undefer

import nlp.analysis as nlp
from channels.base import Inbound
from dashboards.evidence import Piece, mark_evidence
from dashboards.streams import STREAMS
from dashboards.texter import YEAR
from service import conversation
from service.conversation import Incoming
from service.db import Database
from service.keys import INTAKE
from service.models import Attachment, Message, Report
from service.programme import Programme
from service.secrets import Secrets
from tests.dashboards.conftest import Client, Start
from tests.service.media import files

JSON = {"Accept": "application/json"}
SW = {"Accept-Language": "fr;q=0.9, sw-KE;q=0.8, en;q=0.5"}
HOSTILE = "<script>alert(1)</script>\u202e\U0001f4a7 'ndio' & \"hapana\""


async def open_page(client: Client, query: str = "", **headers: str) -> str:
    answer = await client.get(f"/phone/village{query}", headers=headers)
    assert answer.status == 200
    return await answer.text()


def number_of(page: str) -> str:
    found = re.search(r'name="id" value="([^"]+)"', page)
    assert found
    return found[1]


async def say(client: Client, words: str, number: str, **more: Any) -> int:
    data = {"id": number, "text": words} | more
    answer = await client.post("/phone/village/texts", data=data, allow_redirects=False)
    return answer.status


async def stored(database: Database, secrets: Secrets) -> list[str]:
    async with database.reading() as session:
        bodies = await session.scalars(select(Message.body).where(Message.direction == "in").order_by(Message.id))
        return [secrets.unseal(body) for body in bodies if body is not None]


async def take_all(
    database: Database, secrets: Secrets, programme: Programme, analysis: nlp.Analysis, now: datetime
) -> None:
    """What the worker does, with an analysis made by hand."""
    async with database.writing() as session:
        found = select(Message).where(Message.direction == "in", Message.state == "received").order_by(Message.id)
        for message in await session.scalars(found):
            assert message.body is not None
            text = secrets.unseal(message.body)
            given = analysis if conversation.needs_analysis(programme, text) else None
            await conversation.take(session, secrets, programme, Incoming(message, text, given), now)


def water_at(*candidates: nlp.Candidate, text: str = "No water at Soko, call [phone]", **more: Any) -> nlp.Analysis:
    return nlp.Analysis(
        redacted=text,
        language=nlp.Language("en", 0.93),
        kind="complaint",
        categories=(nlp.CategoryFinding("water", 0.91, "water"),),
        places=(nlp.Mention("Soko", 12, 16, candidates),) if candidates else (),
        urgent=nlp.Judgement(0.1, ""),
        version="by hand",
        **more,
    )


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
@pytest.mark.parametrize("cookie", ["", "x", "someone.0000", ".", "someone.é"])
async def test_nobody_texts_or_reads_under_a_cookie_we_did_not_make(
    start: Start, database: Database, secrets: Secrets, cookie: str
) -> None:
    client = await start()
    headers = {"Cookie": f"phone_village={cookie}"} if cookie else {}
    texted = await client.post("/phone/village/texts", data={"id": "12345678", "text": "x"}, headers=headers)
    read = await client.get("/phone/village/events", headers=headers)
    assert (texted.status, read.status) == (403, 403)
    assert await stored(database, secrets) == []


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_two_people_do_not_see_each_other(start: Start) -> None:
    client = await start()
    await say(client, "only mine", number_of(await open_page(client)))
    mine = client.session.cookie_jar.filter_cookies(client.make_url("/phone/village"))["phone_village"].value
    client.session.cookie_jar.clear()
    theirs = await open_page(client)
    assert "only mine" not in theirs
    sender, token = mine.rsplit(".", 1)
    changed = f"{sender[:-1]}{'A' if sender[-1] != 'A' else 'B'}.{token}"
    client.session.cookie_jar.clear()
    forged = await client.get("/phone/village/events", headers={"Cookie": f"phone_village={changed}"})
    assert forged.status == 403


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_the_cookie_is_kept_from_scripts_and_other_sites(start: Start) -> None:
    client = await start(public_url="https://reports.example.org")
    answer = await client.get("/phone/village")
    cookie = answer.cookies["phone_village"]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert (cookie["samesite"], cookie["path"], int(cookie["max-age"])) == ("Lax", "/phone", YEAR)


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_a_form_of_another_site_is_refused(start: Start, database: Database, secrets: Secrets) -> None:
    client = await start()
    number = number_of(await open_page(client))
    foreign = {"Sec-Fetch-Site": "cross-site"}
    for path in ("texts", "leave"):
        answer = await client.post(f"/phone/village/{path}", data={"id": number, "text": "x"}, headers=foreign)
        assert answer.status == 403
    assert await stored(database, secrets) == []


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


async def test_a_demonstration_shows_what_was_understood_and_others_do_not(
    start: Start, database: Database, secrets: Secrets, programme: Programme, now: datetime
) -> None:
    client = await start(demo=True)
    page = await open_page(client)
    assert "Nothing to explain yet" in page
    await say(client, "No water at Soko, call 0722000000", number_of(page))
    await take_all(database, secrets, programme, water_at(), now)
    page = await open_page(client)
    panel = page.partition("<aside")[2]
    assert '<mark class="mark-word">water</mark>' in panel
    assert '<mark class="mark-mask">[phone]</mark>' in panel
    assert "0722000000" not in panel
    assert "sure, 91" in panel
    assert "Analysis by hand" in panel
    plain = await start()
    plain.session.cookie_jar.update_cookies(client.session.cookie_jar.filter_cookies(client.make_url("/phone")))
    page = await open_page(plain)
    assert "<aside" not in page


async def test_nothing_of_a_sensitive_account_is_shown_but_that_it_is_in_the_vault(
    start: Start, database: Database, secrets: Secrets, programme: Programme, now: datetime
) -> None:
    client = await start(demo=True)
    await say(client, "the chief asks for money and beats us", number_of(await open_page(client)))
    finding = nlp.SensitiveFinding("violence", 0.9, "beats")
    text = "the chief asks for money and beats us"
    await take_all(database, secrets, programme, water_at(text=text, sensitive=(finding,)), now)
    panel = (await open_page(client)).partition("<aside")[2]
    assert "went to the vault" in panel
    assert "beats" not in panel
    assert "91" not in panel.replace("1991", "")
    assert "violence" not in panel


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


async def read_event(content: Any) -> tuple[str, dict[str, str]]:
    """The next event with data: its id and the parts of the page it brings."""
    number = ""
    async with asyncio.timeout(5):
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
        await asyncio.wait_for(client.server.close(), 3)
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


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_one_can_begin_again_as_somebody_new(start: Start) -> None:
    client = await start()
    await say(client, "my first text", number_of(await open_page(client)))
    answer = await client.post("/phone/village/leave")
    assert answer.status == 200
    assert "my first text" not in await answer.text()


@pytest.mark.parametrize(
    ("text", "places", "words", "marked"),
    [
        ("No water at Soko.", ["soko"], ["water"], [("water", "word"), ("Soko", "place")]),
        ("waterfall [phone]", [], ["water"], [("[phone]", "mask")]),
        ("पानी और पान", [], ["पान"], [("पान", "word")]),
        ("Soko Mjinga", ["Soko", "Soko Mjinga"], ["Mjinga"], [("Soko Mjinga", "place")]),
        ("a (b", [], ["(b"], [("(b", "word")]),
        ("", [""], [""], []),
    ],
)
def test_evidence(text: str, places: list[str], words: list[str], marked: list[tuple[str, str]]) -> None:
    pieces = mark_evidence(text, places, words)
    assert "".join(piece.text for piece in pieces) == text
    assert [piece for piece in pieces if piece.sort != "plain"] == [Piece(*mark) for mark in marked]  # type: ignore[arg-type]


def with_file(number: str, words: str, content: bytes, name: str = "a.jpg") -> FormData:
    form = FormData({"id": number, "text": words})
    form.add_field("file", io.BytesIO(content), filename=name, content_type="image/jpeg")
    return form


async def test_a_picture_comes_by_the_form_and_is_named_in_the_thread(
    start: Start, database: Database, secrets: Secrets, programme: Programme, now: datetime
) -> None:
    client = await start()
    number = number_of(await open_page(client))
    for _ in range(2):
        answer = await client.post(
            "/phone/village/texts", data=with_file(number, "", files.photo()), allow_redirects=False
        )
        assert answer.status == 303
    page = await open_page(client)
    assert page.count('<p class="bubble-file">Picture</p>') == 1
    await take_all(database, secrets, programme, nlp.Analysis(), now)
    page = await open_page(client)
    assert page.count('<p class="bubble-file">Picture</p>') == 1
    async with database.reading() as session:
        [row] = await session.scalars(select(Attachment).options(undefer(Attachment.content)))
        report = await session.scalar(select(Report))
    assert (row.state, secrets.unseal_bytes(row.content or b"")) == ("waiting", files.photo())
    assert (report.status, report.text) == ("in_review", "")


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_a_file_has_a_limit_and_nothing_is_no_text(start: Start, database: Database, secrets: Secrets) -> None:
    client = await start()
    number = number_of(await open_page(client))
    big = with_file(number, "words", bytes(2_000_001))
    answer = await client.post("/phone/village/texts", data=big, headers=JSON)
    assert answer.status in (400, 413)
    for form in (with_file(number, "", b""), FormData({"id": number, "text": ""})):
        assert (await client.post("/phone/village/texts", data=form, allow_redirects=False)).status == 303
    assert await stored(database, secrets) == []


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_this_page_alone_may_record(start: Start) -> None:
    client = await start()
    phone = await client.get("/phone/village")
    assert "microphone=(self)" in phone.headers["Permissions-Policy"]
    assert "media-src 'self' blob:" in phone.headers["Content-Security-Policy"]
    other = await client.get("/phone")
    assert "microphone=()" in other.headers["Permissions-Policy"]
    assert "blob:" not in other.headers["Content-Security-Policy"]
