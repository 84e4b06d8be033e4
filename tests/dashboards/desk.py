"""A moderator's browser for tests: logs in, follows, and sends the forms it is shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData
from aiohttp.test_utils import TestClient

from service.db import Database
from service.models import Answer, AnsweredReport, Digest, Report
from tests.dashboards.conftest import Start
from tests.passwords import CHEAP
from tests.service.making import PASSWORD, make_user

ON_SQLITE = pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
"""For tests of what is above the nouns; the nouns themselves are tested on both databases."""
DESK = "/desk/village"
HTML = {"Accept": "text/html"}
OURS = HTML | {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form that stands on a page of ours."""
Client = TestClient[Any, Any]


async def member(database: Database, login: str, role: str, programme: str = "village") -> int:
    """An account with the password PASSWORD and a role."""
    return await make_user(database, login, {programme: role}, datetime.now(UTC), CHEAP)


async def token(client: Client, path: str = "/login") -> str:
    """The token of the forms on a page."""
    page = await (await client.get(path, headers=HTML)).text()
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None, f"no form on {path}"
    return unescape(found[1])


async def log_in(client: Client, login: str, password: str = PASSWORD, **more: str) -> ClientResponse:
    form = {"csrf": await token(client), "login": login, "password": password, "next": ""} | more
    return await client.post("/login", data=form, allow_redirects=False)


async def send(client: Client, page: str, path: str, **fields: str | list[str]) -> ClientResponse:
    """Post a form with the token shown on `page`, without following where it leads."""
    form = FormData({"csrf": await token(client, page)})
    for name, value in fields.items():
        for each in value if isinstance(value, list) else [value]:
            form.add_field(name, each)
    return await client.post(path, data=form, headers=HTML, allow_redirects=False)


async def page(client: Client, path: str, status: int = 200) -> str:
    response = await client.get(path, headers=HTML, allow_redirects=False)
    assert response.status == status, (path, response.status)
    return await response.text()


async def logged_in(database: Database, start: Start, role: str = "moderator", login: str = "asha") -> Client:
    await member(database, login, role)
    client = await start()
    assert (await log_in(client, login)).status == 303
    return client


async def stored(database: Database, report: Report) -> Report:
    async with database.reading() as session:
        return await session.get_one(Report, report.id)


async def held_answer(session: Any, text: str, reports: list[Report], now: datetime) -> Answer:
    digest = Digest(
        programme="village",
        official="amina@example.org",
        period=f"{now:%G-W%V}",
        language="en",
        input_hash="x",
        content={},
        html="",
        plain="",
        state="sent",
        created_at=now,
    )
    session.add(digest)
    await session.flush()
    answer = Answer(
        programme="village",
        official="amina@example.org",
        office="Upper Ward office",
        digest_id=digest.id,
        text=text,
        state="held",
        created_at=now,
    )
    session.add(answer)
    await session.flush()
    session.add_all(AnsweredReport(answer_id=answer.id, report_id=report.id) for report in reports)
    return answer
