"""What was written in a form whose report went away, or was decided by another, is shown once more and stored nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import delete, update
from sqlalchemy import text as sql

from service import protection
from service.db import Database
from service.models import Analysis, Membership, Report, ReportCategory
from service.programme import Programme
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, HTML, ON_SQLITE, OURS, Client, log_in, logged_in, member, page, token
from tests.service.making import TEXT, act, make_report

pytestmark = ON_SQLITE
WORDS = 'We told the office <b>"twice"</b>'
SHOWN = 'readonly dir="auto" aria-describedby="unstored-1-hint">We told the office &lt;b&gt;&#34;twice&#34;&lt;/b&gt;</textarea>'
COMMON = {"key": "k" * 24, "seen": "1", "revision": "0", "because": "test", "do": "send"}


async def _seal(database: Database, secrets: Secrets, programme: Programme, report: Report) -> None:
    """Another puts it into the vault."""
    other = await member(database, "focal", "focal_point")
    async with database.writing() as session:
        hand = act(programme, report, other, datetime.now(UTC), role="focal_point")
        await protection.protect(session, secrets, hand, ["violence"], "")


async def _erase(database: Database, report: Report) -> None:
    async with database.writing() as session:
        for table in (Analysis, ReportCategory):
            await session.execute(delete(table).where(table.report_id == report.id))
        await session.execute(delete(Report).where(Report.id == report.id))


async def _post(client: Client, csrf: str, path: str, **fields: str) -> tuple[int, str]:
    form = {"csrf": csrf} | COMMON | fields
    response = await client.post(path, data=form, headers=HTML, allow_redirects=False)
    return response.status, await response.text()


FORMS: Mapping[str, str] = {"reply": "text", "reject": "note", "reopen": "note", "media/7/describe": "words"}


@pytest.mark.parametrize(("form", "field"), FORMS.items())
async def test_words_come_back_where_the_report_went_into_the_vault(
    database: Database, secrets: Secrets, programme: Programme, start: Start, form: str, field: str
) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    csrf = await token(client, here)
    await _seal(database, secrets, programme, report)
    status, shown = await _post(client, csrf, f"{here}/{form}", **{field: WORDS})
    assert (status, SHOWN in shown, TEXT in shown, "It was not stored" in shown) == (404, True, False, True)
    # Whatever became of it, the words are the same: who may not see the vault does not learn what is in it.
    await _erase(database, await make_report(database, datetime.now(UTC), reference="G0-NE2"))
    _, gone = await _post(client, csrf, f"{DESK}/reports/G0-NE2/{form}", **{field: WORDS})
    assert gone == shown


@pytest.mark.parametrize("away", ["users", "reports"])
@pytest.mark.parametrize("file", [0, 3_000_000], ids=["no file", "a large file"])
async def test_words_come_back_where_the_database_goes_away(
    database: Database, start: Start, away: str, file: int
) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    form = FormData({"csrf": await token(client, here), "text": WORDS} | COMMON, default_to_multipart=bool(file))
    if file:
        form.add_field("file", BytesIO(b"x" * file), filename="a.jpg", content_type="image/jpeg")
    async with database.writing() as session:
        await session.execute(sql(f"ALTER TABLE {away} RENAME TO elsewhere"))
    response = await client.post(f"{here}/reply", data=form, headers=OURS, allow_redirects=False)
    shown = await response.text()
    assert (response.status, SHOWN in shown, "The database does not answer" in shown) == (503, True, True)
    # A form that no page of this session made is not shown: another site could put words on ours.
    forged = {"csrf": "x", "text": WORDS} | COMMON
    other = await client.post(f"{here}/reply", data=forged, headers=OURS, allow_redirects=False)
    assert SHOWN not in await other.text()
    async with database.writing() as session:
        await session.execute(sql(f"ALTER TABLE elsewhere RENAME TO {away}"))


async def test_words_beside_a_file_come_back_too(
    database: Database, secrets: Secrets, programme: Programme, start: Start
) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    form = FormData({"csrf": await token(client, here), "text": WORDS} | COMMON, default_to_multipart=True)
    form.add_field("file", BytesIO(b"x" * 3_000_000), filename="a.jpg", content_type="image/jpeg")
    await _seal(database, secrets, programme, report)
    response = await client.post(f"{here}/reply", data=form, headers=HTML, allow_redirects=False)
    assert (response.status, SHOWN in await response.text()) == (404, True)


async def test_who_lost_their_role_meanwhile_keeps_the_words(database: Database, start: Start) -> None:
    user = await member(database, "asha", "moderator")
    client = await start()
    await log_in(client, "asha")
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    csrf = await token(client, here)
    async with database.writing() as session:
        await session.execute(delete(Membership).where(Membership.user_id == user))
    status, shown = await _post(client, csrf, f"{here}/reply", text=WORDS)
    assert (status, SHOWN in shown) == (404, True)


@pytest.mark.parametrize("form", ["reject", "reopen", "media/7/describe"])
async def test_who_comes_second_reads_why_and_keeps_the_words(database: Database, start: Start, form: str) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    csrf = await token(client, here)
    async with database.writing() as session:
        await session.execute(update(Report).where(Report.id == report.id).values(revision=3))
    status, shown = await _post(client, csrf, f"{here}/{form}", note=WORDS)
    assert (status, SHOWN in shown, "Somebody saved this report while you were reading" in shown) == (409, True, True)
    assert "unstored-" not in await page(client, here)


async def test_a_focal_point_who_comes_second_keeps_the_words(
    database: Database, secrets: Secrets, programme: Programme, start: Start
) -> None:
    client = await logged_in(database, start, "focal_point")
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    csrf = await token(client, here)
    await _seal(database, secrets, programme, report)
    for form in ("reject", "refer"):
        status, shown = await _post(client, csrf, f"{here}/{form}", note=WORDS, to="A clinic", consent="given")
        assert (status, SHOWN in shown, ">A clinic</textarea>" in shown) == (409, True, True)


async def test_no_other_site_puts_words_on_our_page(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    path = f"{DESK}/reports/G0-NE2/reject"
    csrf = await token(client, DESK)
    for said, headers in ((csrf, {"Sec-Fetch-Site": "cross-site"}), ("1.forged", {}), ("", {})):
        form: dict[str, Any] = COMMON | {"csrf": said, "note": WORDS}
        response = await client.post(path, data=form, headers=HTML | headers, allow_redirects=False)
        assert (response.status, "twice" in await response.text()) == (403, False)
    programs = await client.post(path, data=COMMON | {"csrf": csrf, "note": WORDS}, headers={})
    assert (programs.status, "twice" in await programs.text()) == (404, False)
