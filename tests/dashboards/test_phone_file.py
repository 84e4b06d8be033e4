"""A file comes by the phone page's form."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from aiohttp import FormData
from sqlalchemy import select
from sqlalchemy.orm import undefer

import nlp.analysis as nlp
from service.db import Database
from service.models import Attachment, Report
from service.programme import Programme
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.phoning import JSON, number_of, open_page, stored, take_all
from tests.service.media import files


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
