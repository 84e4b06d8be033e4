"""A session that ends while somebody writes: their words go through the log-in, and are sent only when they say so."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html import unescape
from io import BytesIO

import pytest
from aiohttp import FormData
from sqlalchemy import func, select
from yarl import URL

from dashboards import interrupted
from service import audit, users
from service.db import Database
from service.models import Decision
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, HTML, ON_SQLITE, OURS, Client, log_in, member, token
from tests.service.making import PASSWORD, make_report

pytestmark = ON_SQLITE
WORDS = 'We look into it <b>"soon"</b>, شكرا'


async def _post(client: Client, path: str, **fields: str) -> tuple[int, str]:
    response = await client.post(path, data=fields, headers=OURS, allow_redirects=False)
    return response.status, await response.text()


async def _decisions(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Decision)) or 0


def _hidden(text: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return unescape(found[1])


async def test_words_written_when_the_session_ends_come_back_and_are_sent_by_a_button(
    database: Database, start: Start
) -> None:
    report = await make_report(database, datetime.now(UTC))
    await member(database, "asha", "moderator")
    client = await start()
    path = f"{DESK}/reports/{report.reference}/reject"
    await log_in(client, "asha")
    old = await token(client, DESK + f"/reports/{report.reference}")
    client.session.cookie_jar.clear()

    status, asked = await _post(client, path, csrf=old, because="test", note=WORDS, revision="0")
    assert status == 401 and "What you wrote is kept" in asked
    assert "<b>" not in asked
    kept, csrf = _hidden(asked, "kept"), _hidden(asked, "csrf")
    login = {"csrf": csrf, "login": "asha", "next": path, "kept": kept}
    status, wrong = await _post(client, "/login", **login, password="not the password")
    assert status == 401 and _hidden(wrong, "kept") == kept
    status, shown = await _post(client, "/login", **login, password=PASSWORD)
    assert status == 200 and "Not sent yet" in shown and "&lt;b&gt;" in shown
    assert await _decisions(database) == 0

    fields = {name: _hidden(shown, name) for name in ("csrf", "because", "note", "revision")}
    assert fields["note"] == WORDS
    status, _ = await _post(client, path, **fields)
    assert status == 303 and await _decisions(database) == 1


async def test_a_form_of_the_session_before_is_shown_again(database: Database, start: Start) -> None:
    """They logged in again in another window."""
    report = await make_report(database, datetime.now(UTC))
    await member(database, "asha", "moderator")
    client = await start()
    await log_in(client, "asha")
    here = f"{DESK}/reports/{report.reference}"
    old = await token(client, here)
    await log_in(client, "asha")
    status, shown = await _post(client, f"{here}/reject", csrf=old, note=WORDS, because="test")
    assert status == 200 and "Not sent yet" in shown
    assert await _decisions(database) == 0
    status, shown = await _post(client, f"{here}/reply", csrf=old, text=WORDS)
    assert status == 200 and _hidden(shown, "text") == WORDS
    status, costs = await _post(client, f"{here}/reply", csrf=await token(client, here), text=WORDS)
    assert status == 200 and "Not sent yet" not in costs


async def test_who_logs_in_instead_sees_no_word_of_it(database: Database, start: Start) -> None:
    """On a computer that several use: it may be about a sealed account."""
    report = await make_report(database, datetime.now(UTC))
    await member(database, "asha", "focal_point")
    await member(database, "brian", "moderator")
    client = await start()
    path = f"{DESK}/reports/{report.reference}/reject"
    await log_in(client, "asha")
    old = await token(client, DESK)
    client.session.cookie_jar.clear()
    _, asked = await _post(client, path, csrf=old, note=WORDS, because="test")
    response = await log_in(client, "brian", next=path, kept=_hidden(asked, "kept"))
    assert response.status == 303 and response.headers["Location"] == "/desk"
    status, refused = await _post(client, path, csrf=old, note=WORDS, because="test")
    assert status == 403 and "soon" not in refused
    assert await _decisions(database) == 0


async def test_a_reply_waits_too(database: Database, start: Start) -> None:
    report = await make_report(database, datetime.now(UTC))
    user = await member(database, "asha", "moderator")
    client = await start()
    await log_in(client, "asha")
    old = await token(client, DESK)
    async with database.writing() as session:
        await users.disable(session, user, datetime.now(UTC), actor=audit.MACHINE)
    path = f"{DESK}/reports/{report.reference}/reply"
    status, asked = await _post(client, path, csrf=old, text=WORDS)
    assert status == 401 and ["text", WORDS] in json.loads(_hidden(asked, "kept"))[1]


async def test_what_other_sites_and_programs_send_is_kept_nowhere(database: Database, start: Start) -> None:
    client = await start()
    fields = {"csrf": "1.x", "note": WORDS}
    for headers in (HTML, HTML | {"Sec-Fetch-Site": "cross-site"}, HTML | {"Origin": "https://elsewhere.example"}, {}):
        response = await client.post(f"{DESK}/reports/AA-AAA/reject", data=fields, headers=headers)
        assert response.status == 403 and "kept" not in await response.text()


async def test_only_the_desk_is_gone_on_with(database: Database, start: Start) -> None:
    user = await member(database, "asha", "moderator")
    client = await start()
    kept = json.dumps([str(user), [["note", WORDS]]])
    response = await log_in(client, "asha", next="https://elsewhere.example/desk/x", kept=kept)
    assert (response.status, response.headers["Location"]) == (303, "/desk")
    for broken in ("[", "5", "[[1]]", "{}", "[" * 100_000):
        client.session.cookie_jar.clear()
        assert (await log_in(client, "asha", next="/desk/village", kept=broken)).status == 303


async def test_a_reply_with_a_large_file_keeps_its_words_and_says_that_the_file_is_lost(
    database: Database, start: Start
) -> None:
    report = await make_report(database, datetime.now(UTC))
    await member(database, "asha", "moderator")
    client = await start()
    await log_in(client, "asha")
    path = f"{DESK}/reports/{report.reference}/reply"
    form = FormData({"csrf": await token(client, path), "key": "k" * 24, "text": WORDS}, default_to_multipart=True)
    form.add_field("kept", "A" * 300_000)
    form.add_field("file", BytesIO(b"x" * 1_100_000), filename="a.jpg", content_type="image/jpeg")
    form.add_field("do", "send")
    client.session.cookie_jar.clear()
    response = await client.post(path + "?page=2", data=form, headers=OURS, allow_redirects=False)
    asked = await response.text()
    assert response.status == 401 and _hidden(asked, "next") == path + "?page=2"
    kept = _hidden(asked, "kept")
    assert json.loads(kept)[1] == [["key", "k" * 24], ["text", WORDS], ["file_lost", "yes"], ["do", "send"]]
    response = await log_in(client, "asha", next=path + "?page=2", kept=kept)
    shown = await response.text()
    assert response.status == 200 and "choose it anew" in shown and "&lt;b&gt;" in shown

    fields = {name: _hidden(shown, name) for name in ("csrf", "key", "text", "file_lost", "do")}
    status, page = await _post(client, path, **fields)
    assert status == 409 and "did not come through the log-in" in page


async def test_a_large_form_that_never_ends_keeps_what_came_of_it(
    database: Database, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupted, "UPLOAD_SECONDS", 0.2)
    user = await member(database, "asha", "moderator")
    client = await start()
    answered = asyncio.Event()
    fields = (("csrf", f"{user}.x"), ("text", WORDS))

    async def upload() -> AsyncIterator[bytes]:
        for name, value in fields:
            yield f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + b"x" * 100_000
        await answered.wait()

    headers = OURS | {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "1100000"}
    response = await client.post(f"{DESK}/reports/AA-AAA/reply", data=upload(), headers=headers, allow_redirects=False)
    asked = await response.text()
    answered.set()
    assert response.status == 401
    assert json.loads(_hidden(asked, "kept")) == [str(user), [["text", WORDS], ["file_lost", "yes"]]]


async def test_a_large_form_that_says_not_who_wrote_it_or_cannot_be_read_is_kept_nowhere(start: Start) -> None:
    client = await start()
    path = f"{DESK}/reports/AA-AAA/reply"
    large = b"csrf=1.x&text=" + b"x" * 1_100_000
    plain = OURS | {"Content-Type": "application/x-www-form-urlencoded"}
    response = await client.post(path, data=BytesIO(large), headers=plain, allow_redirects=False)
    assert response.status == 303 and response.headers["Location"].startswith("/login?")
    broken = OURS | {"Content-Type": "multipart/form-data; boundary=x"}
    response = await client.post(path, data=BytesIO(b"--x\r\nno header" + large), headers=broken, allow_redirects=False)
    assert response.status == 400
    form = FormData({"text": WORDS}, default_to_multipart=True)
    form.add_field("file", BytesIO(b"x" * 1_100_000), filename="a.jpg")
    response = await client.post(path, data=form, headers=OURS, allow_redirects=False)
    assert response.status == 303 and response.headers["Location"].startswith("/login?")


@pytest.mark.parametrize(
    ("sent_to", "page"),
    [
        (f"{DESK}/reports/AA-AAA/reject?status=waiting", f"{DESK}/reports/AA-AAA"),
        (f"{DESK}/reports/AA-AAA/reply", f"{DESK}/reports/AA-AAA/reply"),
        (f"{DESK}/reports/AA-AAA/texts/1/move", f"{DESK}/reports/AA-AAA"),
        (f"{DESK}/troubles/all/again", f"{DESK}/troubles"),
        (f"{DESK}/lines/web/try", DESK),
        ("/account", "/account"),
    ],
)
async def test_after_the_log_in_there_is_a_page(database: Database, start: Start, sent_to: str, page: str) -> None:
    """Nobody is led to an address that takes forms only."""
    await member(database, "asha", "moderator")
    client = await start()
    response = await client.post(sent_to, data={"csrf": "made by nobody"}, headers=OURS, allow_redirects=False)
    asked = URL(response.headers["Location"])
    assert (response.status, asked.path, asked.query["next"]) == (303, "/login", page)


async def test_a_log_in_page_that_stood_open_too_long_keeps_what_waits_in_it(database: Database, start: Start) -> None:
    user = await member(database, "asha", "moderator")
    client = await start()
    kept = json.dumps([str(user), [["note", WORDS]]])
    old = await token(client)
    client.session.cookie_jar.clear()
    sent = {"csrf": old, "login": "asha", "password": PASSWORD, "next": DESK, "kept": kept}
    status, asked = await _post(client, "/login", **sent)
    assert status == 403 and "stood open for too long" in asked
    assert (_hidden(asked, "next"), _hidden(asked, "kept")) == (DESK, kept)
    assert PASSWORD not in asked
    elsewhere = await client.post("/login", data=sent, headers=HTML)
    assert elsewhere.status == 403 and "soon" not in await elsewhere.text()
