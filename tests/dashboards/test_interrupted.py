"""A session that ends while somebody writes: their words go through the log-in, and are sent only when they say so."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from io import BytesIO

from sqlalchemy import func, select

from service import audit, users
from service.db import Database
from service.models import Decision
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, HTML, ON_SQLITE, Client, log_in, member, token
from tests.service.making import PASSWORD, make_report

pytestmark = ON_SQLITE
OURS = HTML | {"Sec-Fetch-Site": "same-origin"}
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


async def test_a_reply_waits_too_and_a_large_file_is_not_read(database: Database, start: Start) -> None:
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
    large = BytesIO(b"csrf=" + old.encode() + b"&text=" + b"x" * 1_100_000)
    headers = OURS | {"Content-Type": "application/x-www-form-urlencoded"}
    sent = await client.post(path, data=large, headers=headers, allow_redirects=False)
    assert sent.status == 303


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
