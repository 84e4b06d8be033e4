"""The official's page: no log-in, no words without consent, one answer a report, clear words for a dead link."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from aiohttp import ClientResponse, web
from sqlalchemy import select

from service import links
from service.db import Database
from service.digests import freeze
from service.keys import PROGRAMMES
from service.models import Answer, AnsweredReport
from service.programme import Programme
from service.secrets import Secrets
from service.summaries.periods import last_week
from tests.dashboards.conftest import Client, Start
from tests.service.folk import crowd, person, report

BROWSER = {"Accept": "text/html"}
WORDS = "A bowser comes on Monday."


@dataclass
class Visitor:
    """An official in a browser, with their link."""

    client: Client
    path: str
    database: Database

    async def get(self, **query: str) -> str:
        response = await self.client.get(self.path, params=query, headers=BROWSER)
        assert response.status == 200, response.status
        return unescape(await response.text())

    async def post(self, **form: str) -> ClientResponse:
        return await self.client.post(self.path, data=form, headers=BROWSER, allow_redirects=False)

    async def answers(self) -> list[tuple[str, int]]:
        async with self.database.reading() as session:
            rows = await session.execute(select(Answer.text, AnsweredReport.report_id).join(AnsweredReport))
            return [(text, report_id) for text, report_id in rows]


Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def visit(start: Start, database: Database, secrets: Secrets, programme: Programme) -> Visit:
    async def begin(official: int = 0, made: datetime | None = None) -> Visitor:
        now = made or datetime.now(UTC)
        async with database.writing() as session:
            digest = await freeze(
                session,
                programme,
                programme.officials[official],
                last_week(now, programme.zone),
                now,
                render=lambda content, programme: ("", ""),
            )
        return Visitor(await start(), f"/answer/{links.make_token(secrets, digest.id, now)}", database)

    return begin


async def test_nothing_waits(visit: Visit) -> None:
    assert "Nothing waits for you" in await (await visit()).get()


async def test_reports_without_words_unless_quotable(visit: Visit, database: Database) -> None:
    at = datetime.now(UTC) - timedelta(days=20)
    async with database.writing() as session:
        await crowd(session, 5, at, "upper", "water", text="PRIVATE")
        yes = await person(session, at, quotable=True)
        await report(session, yes, at, "upper", "water", text="QUOTED <b>WORDS</b>")
        machine = await person(session, at, quotable=True)
        await report(session, machine, at, "upper", "water", text="UNREAD", accepted_by="machine")
        await crowd(session, 1, at, "lower", "water", text="ELSEWHERE")
    client = await visit()
    response = await client.client.get(client.path, headers=BROWSER)
    page = await response.text()
    assert "QUOTED &lt;b&gt;WORDS&lt;/b&gt;" in page
    assert not re.search("PRIVATE|UNREAD|ELSEWHERE", page)
    assert "Water, Upper Ward" in page
    assert "past its date" in page
    assert "7 to answer" in page
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"


async def test_few_people_are_placed_no_finer_than_the_remit_and_not_quoted(visit: Visit, database: Database) -> None:
    at = datetime.now(UTC) - timedelta(days=2)
    async with database.writing() as session:
        yes = await person(session, at, quotable=True)
        await report(session, yes, at, "upper", "roads", text="ALONE")
    page = await (await visit(official=2)).get()
    assert "Roads, your whole area" in page
    assert "Upper Ward" not in page
    assert "ALONE" not in page


async def test_answering_one_reads_it_once_more_then_sends(visit: Visit, database: Database) -> None:
    async with database.writing() as session:
        (made, *_) = await crowd(session, 2, datetime.now(UTC), "upper", "water")
    office = await visit()
    assert 'maxlength="300"' in await office.get(reference=made.reference)
    checked = await office.post(reference=made.reference, text=f"  {WORDS}\n", step="check")
    assert checked.status == 200
    assert "Send this answer?" in await checked.text()
    assert await office.answers() == []
    changed = await office.post(reference=made.reference, text=WORDS, step="change")
    assert f">{WORDS}</textarea>" in await changed.text()
    sent = await office.post(reference=made.reference, text=WORDS, step="send")
    assert (sent.status, sent.headers["Location"]) == (303, f"{office.path}?sent=held")
    assert await office.answers() == [(WORDS, made.id)]
    page = await office.get(sent="held")
    assert "Village Union reads your answer" in page
    assert "What you answered by this link" in page


async def test_answering_a_whole_group(visit: Visit, database: Database) -> None:
    async with database.writing() as session:
        made = await crowd(session, 6, datetime.now(UTC), "upper", "water")
        await crowd(session, 1, datetime.now(UTC), "upper", "roads")
    office = await visit()
    form = await office.get(category="water", area="upper")
    assert all(each.reference in form for each in made)
    checked = await (await office.post(category="water", area="upper", text=WORDS, step="check")).text()
    assert "6" in checked
    await office.post(category="water", area="upper", text=WORDS, step="send")
    assert {report_id for _, report_id in await office.answers()} == {each.id for each in made}


@pytest.mark.parametrize("step", ["check", "send"])
@pytest.mark.parametrize(("text", "words"), [("", "at least 3"), ("x" * 301, "301 characters")])
async def test_too_short_or_long_is_said_at_the_field(
    visit: Visit, database: Database, step: str, text: str, words: str
) -> None:
    async with database.writing() as session:
        (made,) = await crowd(session, 1, datetime.now(UTC), "upper", "water")
    office = await visit()
    response = await office.post(reference=made.reference, text=text, step=step)
    assert response.status == 422
    page = await response.text()
    assert words in page
    assert 'aria-invalid="true"' in page
    assert await office.answers() == []


async def test_used_twice_shows_what_was_said(visit: Visit, database: Database) -> None:
    async with database.writing() as session:
        (made,) = await crowd(session, 1, datetime.now(UTC), "upper", "water")
    office = await visit()
    await office.post(reference=made.reference, text=WORDS, step="send")
    again = await office.post(reference=made.reference, text="Another", step="send")
    assert again.status == 409
    page = await again.text()
    assert "You have answered this" in page
    assert WORDS in page
    assert ">Another</textarea>" in page and "It was not sent" in page
    assert len(await office.answers()) == 1
    twice = await (await office.post(reference=made.reference, text=f" {WORDS}", step="send")).text()
    assert "<textarea" not in twice


async def test_a_forged_link_is_refused(start: Start) -> None:
    response = await (await start()).get("/answer/MTox.forged", headers=BROWSER)
    assert response.status == 403
    assert "not open to you" in await response.text()


async def test_an_expired_link_says_what_to_do_in_their_language(visit: Visit) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=29)
    english = await visit(made=long_ago)
    response = await english.client.get(english.path, headers=BROWSER)
    assert response.status == 410
    page = await response.text()
    assert "This link has run out" in page
    assert "union@example.org" in page
    swahili = await visit(official=1, made=long_ago)
    response = await swahili.client.post(swahili.path, data={"reference": "K", "text": WORDS}, headers=BROWSER)
    assert response.status == 410
    page = await response.text()
    assert "Kiungo hiki kimeisha muda" in page and f">{WORDS}</textarea>" in page


async def test_the_last_to_be_spoken_to_in_a_language_may_change_it_while_a_link_is_open(
    start: Start,
    make_app: Callable[..., web.Application],
    visit: Visit,
    database: Database,
    programme: Programme,
) -> None:
    async with database.writing() as session:
        (made,) = await crowd(session, 1, datetime.now(UTC), "upper", "water")
    before = await visit(official=1)
    first, second = programme.officials[:2]
    edited = programme.model_copy(
        update={
            "officials": (first, second.model_copy(update={"language": "en"})),
            "digests": {"en": programme.digests["en"]},
        }
    )
    app = make_app()
    app[PROGRAMMES] = {programme.code: edited}
    office = Visitor(await start(app), before.path, database)
    assert "Your answers" in await office.get()
    assert "Send this answer?" in await (await office.post(reference=made.reference, text=WORDS, step="check")).text()


async def test_who_is_no_longer_listed_learns_whom_to_write_to(
    start: Start,
    make_app: Callable[..., web.Application],
    visit: Visit,
    database: Database,
    programme: Programme,
) -> None:
    async with database.writing() as session:
        (made,) = await crowd(session, 1, datetime.now(UTC), "upper", "water")
    before = await visit()
    app = make_app()
    app[PROGRAMMES] = {programme.code: programme.model_copy(update={"officials": programme.officials[1:]})}
    client = await start(app)
    office = Visitor(client, before.path, database)
    for response in (
        await client.get(office.path, headers=BROWSER),
        await office.post(reference=made.reference, text=WORDS, step="send"),
    ):
        assert response.status == 410
        page = await response.text()
        assert "union@example.org" in page and "This link has run out" in page and made.reference not in page
    assert f">{WORDS}</textarea>" in page
    assert await office.answers() == []
    app = make_app()
    app[PROGRAMMES] = {programme.code: programme.model_copy(update={"officials": (), "digests": {}})}
    assert (await (await start(app)).get(office.path, headers=BROWSER)).status == 404


async def test_what_is_answered_and_held_waits_for_nobody_longest(visit: Visit, database: Database) -> None:
    async with database.writing() as session:
        await crowd(session, 2, datetime.now(UTC) - timedelta(days=9), "upper", "water")
    office = await visit()
    assert "Waiting longest: 9 days" in await office.get()
    await office.post(category="water", area="upper", text=WORDS, step="send")
    page = await office.get()
    assert "0 to answer" in page and "Waiting longest" not in page


@pytest.mark.parametrize("values", [{"sensitive": True}, {"area": "lower"}, {"status": "referred"}])
async def test_what_is_not_theirs_is_not_found(visit: Visit, database: Database, values: dict[str, object]) -> None:
    async with database.writing() as session:
        (made,) = await crowd(session, 1, datetime.now(UTC), "upper", "water")
        for name, value in values.items():
            setattr(made, name, value)
    office = await visit()
    response = await office.client.get(office.path, params={"reference": made.reference}, headers=BROWSER)
    assert response.status == 404
    for step in ("check", "send"):
        # It was taken back while they wrote: what they wrote is theirs to copy.
        gone = await office.post(reference=made.reference, text=WORDS, step=step)
        shown = await gone.text()
        assert (gone.status, f">{WORDS}</textarea>" in shown, made.reference in shown) == (404, True, False)
        assert "no longer wait for you" in shown
    assert made.reference not in await office.get()


async def test_pages_hold_no_inline_script_or_style(visit: Visit, database: Database) -> None:
    async with database.writing() as session:
        (made,) = await crowd(session, 1, datetime.now(UTC), "upper", "water")
    office = await visit()
    for page in (await office.get(), await office.get(reference=made.reference)):
        assert not re.search(r"<style|\sstyle=|<script(?![^>]*src=)|\son\w+=", page)
