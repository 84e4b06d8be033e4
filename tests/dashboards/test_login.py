"""Logging in and out, sessions, forms of other sites, and passwords of one's own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboards.security import COOKIE
from service import audit, users
from service.db import Database
from tests.dashboards.conftest import Start
from tests.dashboards.desk import HTML, ON_SQLITE, log_in, member, page, send, token
from tests.service.making import PASSWORD

pytestmark = ON_SQLITE


async def test_logging_in_leads_to_the_desk_and_out_again(database: Database, start: Start) -> None:
    await member(database, "asha", "moderator")
    client = await start()
    sent = await client.get("/desk/village?status=all&area=upper", allow_redirects=False)
    assert sent.headers["Location"] == "/login?next=/desk/village?status%3Dall%26area%3Dupper"
    response = await log_in(client, "ASHA", next="/desk/village?status=all")
    assert (response.status, response.headers["Location"]) == (303, "/desk/village?status=all")
    assert "Nothing waits for you" in await page(client, "/desk/village")
    assert (await client.get("/desk", allow_redirects=False)).headers["Location"] == "/desk/village"
    assert (await client.get("/login", allow_redirects=False)).headers["Location"] == "/desk"
    assert "asha" in await page(client, "/logout")
    assert (await send(client, "/logout", "/logout")).status == 303
    assert (await client.get("/desk/village", allow_redirects=False)).status == 303


async def test_the_cookie_is_strict_and_sealed(database: Database, start: Start) -> None:
    await member(database, "asha", "moderator")
    client = await start(public_url="https://reports.example.org")
    form = {"csrf": "", "login": "asha", "password": PASSWORD}
    cookie = (await client.get("/login")).headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/", COOKIE):
        assert part in cookie
    assert "csrf" not in cookie
    assert (await client.post("/login", data=form)).status == 403


@pytest.mark.parametrize(("login", "password"), [("asha", "wrong password"), ("nobody", PASSWORD), ("", "")])
async def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(
    database: Database, start: Start, login: str, password: str
) -> None:
    await member(database, "asha", "moderator")
    client = await start()
    response = await log_in(client, login, password)
    assert response.status == 401
    text = await response.text()
    assert "do not belong together" in text
    assert PASSWORD not in text


async def test_the_sixth_try_waits(database: Database, start: Start) -> None:
    await member(database, "asha", "moderator")
    client = await start()
    for _ in range(5):
        assert (await log_in(client, "asha", "wrong password")).status == 401
    response = await log_in(client, "asha")
    assert response.status == 429
    assert "Wait 15 minutes" in await response.text()


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/desk/village/people", "/desk/village/people"),
        ("https://evil.example/desk", "/desk"),
        ("//evil.example", "/desk"),
        ("/desk\\@evil.example", "/desk"),
        ("/desk\r\nSet-Cookie: a=b", "/desk"),
        ("javascript:alert(1)", "/desk"),
    ],
)
async def test_the_way_on_is_never_another_site(database: Database, start: Start, wanted: str, goes: str) -> None:
    await member(database, "asha", "moderator")
    client = await start()
    assert (await log_in(client, "asha", next=wanted)).headers["Location"] == goes


async def test_a_new_session_begins_with_the_log_in(database: Database, start: Start) -> None:
    await member(database, "asha", "moderator")
    client = await start()
    before = await token(client)
    await log_in(client, "asha")
    assert await token(client, "/desk/village") != before
    stale = await client.post("/logout", data={"csrf": before}, headers=HTML)
    assert stale.status == 403


FOREIGN: dict[str, dict[str, str]] = {
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "a neighbour": {"Sec-Fetch-Site": "same-site"},
    "another origin": {"Origin": "https://evil.example"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
async def test_forms_of_others_are_refused_even_with_the_token(
    database: Database, start: Start, headers: dict[str, str]
) -> None:
    await member(database, "asha", "moderator")
    client = await start()
    await log_in(client, "asha")
    right = await token(client, "/desk/village")
    response = await client.post("/logout", data={"csrf": right}, headers=HTML | headers, allow_redirects=False)
    assert response.status == 403
    assert "Nothing waits" in await page(client, "/desk/village")


@pytest.mark.parametrize("given", ["", "x", "é", "null"])
async def test_forms_without_the_token_are_refused(database: Database, start: Start, given: str) -> None:
    await member(database, "asha", "moderator")
    client = await start()
    await log_in(client, "asha")
    assert (await client.post("/logout", data={"csrf": given}, allow_redirects=False)).status == 403
    right = await token(client, "/desk/village")
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "null", "X-CSRF-Token": right}
    assert (await client.post("/logout", headers=own, allow_redirects=False)).status == 303


async def test_a_link_from_another_site_is_asked_again_by_our_own_page(database: Database, start: Start) -> None:
    client = await start()
    text = await (await client.get("/login?next=%2Fdesk", headers={"Sec-Fetch-Site": "cross-site"})).text()
    assert 'http-equiv="refresh"' in text
    assert "Set-Cookie" not in (await client.get("/login", headers={"Sec-Fetch-Site": "cross-site"})).headers


@pytest.mark.parametrize("how", ["disable", "role", "password"])
async def test_a_session_ends_with_the_account_the_role_or_the_password(
    database: Database, start: Start, how: str
) -> None:
    asha = await member(database, "asha", "moderator")
    client = await start()
    await log_in(client, "asha")
    now = datetime.now(UTC)
    async with database.writing() as session:
        if how == "disable":
            await users.disable(session, asha, now, actor=audit.MACHINE)
        elif how == "role":
            await users.set_role(session, "village", asha, "admin", now, actor=audit.MACHINE)
        else:
            await users.set_password(session, asha, "another", now, actor=audit.MACHINE)
    response = await client.get("/desk/village", allow_redirects=False)
    assert response.headers["Location"].startswith("/login")


async def test_a_mangled_cookie_is_nobody(start: Start) -> None:
    client = await start()
    client.session.cookie_jar.update_cookies({COOKIE: "gAAAAA-not-ours"})
    assert (await client.get("/desk", allow_redirects=False)).status == 303


async def test_a_password_of_ones_own(database: Database, start: Start) -> None:
    await member(database, "asha", "moderator")
    client = await start()
    await log_in(client, "asha")
    wrong = await send(client, "/account", "/account", old="not it at all", new="another quiet sentence")
    assert (wrong.status, "not your password" in await wrong.text()) == (409, True)
    short = await send(client, "/account", "/account", old=PASSWORD, new="short")
    assert (short.status, "12 to 200" in await short.text()) == (409, True)
    assert (await send(client, "/account", "/account", old=PASSWORD, new="another quiet sentence")).status == 303
    assert "Your password is changed" in await page(client, "/desk/village")
    assert "Your password is changed" not in await page(client, "/desk/village")
    await send(client, "/logout", "/logout")
    assert (await log_in(client, "asha")).status == 401
    assert (await log_in(client, "asha", "another quiet sentence")).status == 303


async def test_somebody_without_a_role_is_told_so(database: Database, start: Start) -> None:
    await member(database, "dida", "moderator", "town")
    client = await start()
    await log_in(client, "dida")
    assert "No programme yet" in await page(client, "/desk")
