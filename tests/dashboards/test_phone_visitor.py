"""Whose conversation the phone page shows: nobody else's, under a cookie that we made."""

from __future__ import annotations

import pytest

from dashboards.texter import YEAR
from service.db import Database
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.phoning import number_of, open_page, say, stored


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
async def test_one_can_begin_again_as_somebody_new(start: Start) -> None:
    client = await start()
    await say(client, "my first text", number_of(await open_page(client)))
    answer = await client.post("/phone/village/leave")
    assert answer.status == 200
    assert "my first text" not in await answer.text()
