"""A digest leaves once, whatever fires twice; a real mail server receives it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from sqlalchemy import select, update

from dashboards.digest import render
from service import links
from service.db import Database, open_database
from service.digests import freeze
from service.digests.content import LINK
from service.digests.freezing import hash_content
from service.jobs.context import Context
from service.jobs.send_digests import BACKOFF, LEASE, send_digests
from service.models import Digest, Report
from service.secrets import Secrets
from service.settings import Settings
from service.summaries.periods import last_week
from tests.service.folk import crowd
from tests.service.summaries.towns import official, town

TOWN = town().model_copy(
    update={
        "officials": (
            official("Amina Noor", "north@example.org", ("north",), ("*",), "en", "monday", 8),
            official("Baraka Maji", "water@example.org", ("*",), ("water",), "sw", "monday", 8),
        )
    }
)


@dataclass
class Box:
    """What the mail server took; `answers` are what it says to the next letters before it takes them."""

    letters: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
async def smtp(box: Box) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, loop=loop, hostname="mail.example.org"), "127.0.0.1", 0)
    yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await server.wait_closed()


@pytest.fixture
def context(database: Database, secrets: Secrets, smtp: str, tmp_path: Path) -> Context:
    settings = Settings(var=tmp_path, smtp_url=smtp, public_url="https://reports.example.org")  # type: ignore[arg-type]
    return Context(
        database=database, secrets=secrets, programmes={"village": TOWN}, settings=settings, render_digest=render
    )


@pytest.fixture
async def waiting(database: Database, now: datetime) -> AsyncIterator[list[int]]:
    async with database.writing() as session:
        made = await crowd(session, 6, now - timedelta(days=4), "n1", "water")
    yield [report.id for report in made]


async def digests(database: Database) -> list[Digest]:
    async with database.reading() as session:
        return list(await session.scalars(select(Digest).order_by(Digest.id)))


async def test_each_official_gets_one_letter_in_their_language(
    context: Context, box: Box, now: datetime, waiting: list[int]
) -> None:
    await send_digests(context, now)
    north, water = sorted(box.letters, key=lambda letter: letter["To"])
    assert north["To"] == "Amina Noor <north@example.org>"
    assert north["Subject"] == "Village Voices: your digest of week 2026-W47"
    assert water["Subject"] == "Village Voices: muhtasari wako wa wiki 2026-W47"
    assert north["List-Unsubscribe"] == "<mailto:union@example.org?subject=unsubscribe>"
    assert north["Auto-Submitted"] == "auto-generated"
    parts = [part.get_content_type() for part in north.iter_parts()]
    assert parts == ["text/plain", "text/html"]
    for part in north.iter_parts():
        assert LINK not in part.get_content()
        assert "https://reports.example.org/answer/" in part.get_content()


async def test_no_letter_is_about_weeks_before_the_first_report(
    context: Context, database: Database, box: Box, now: datetime
) -> None:
    await send_digests(context, now)
    async with database.writing() as session:
        await crowd(session, 1, now - timedelta(hours=1), "n1", "water")
    await send_digests(context, now)
    assert box.letters == []
    await send_digests(context, now + timedelta(weeks=2))
    assert len(box.letters) == 2


async def test_the_link_opens_that_digest(context: Context, box: Box, now: datetime, waiting: list[int]) -> None:
    await send_digests(context, now)
    body = box.letters[0].get_body(("plain",))
    assert body is not None
    token = body.get_content().split("/answer/")[1].split()[0]
    (first, *_) = await digests(context.database)
    assert links.read_token(context.secrets, token, now + timedelta(days=27)) == first.id


async def test_firing_again_sends_nothing(context: Context, box: Box, now: datetime, waiting: list[int]) -> None:
    await send_digests(context, now)
    await send_digests(context, now)
    await send_digests(context, now + timedelta(days=3))
    assert len(box.letters) == 2
    await send_digests(context, now + timedelta(days=7))
    assert len(box.letters) == 4


async def test_two_schedulers_at_once_send_one_letter_each(
    context: Context, box: Box, now: datetime, waiting: list[int], database_url: str
) -> None:
    other = open_database(database_url)
    try:
        await asyncio.gather(
            send_digests(context, now),
            send_digests(dataclasses.replace(context, database=other), now),
            send_digests(context, now),
        )
    finally:
        await other.close()
    assert sorted(letter["To"].addresses[0].addr_spec for letter in box.letters) == [
        "north@example.org",
        "water@example.org",
    ]
    assert len(await digests(context.database)) == 2


async def test_sending_forwards_the_reports(
    context: Context, database: Database, now: datetime, waiting: list[int]
) -> None:
    await send_digests(context, now)
    async with database.reading() as session:
        found = list(await session.scalars(select(Report)))
    assert {report.status for report in found} == {"forwarded"}
    assert {report.forwarded_at for report in found} == {now}


async def test_a_report_taken_back_into_review_is_not_forwarded(
    context: Context, database: Database, box: Box, now: datetime, waiting: list[int]
) -> None:
    box.answers = ["451 later"] * 2
    await send_digests(context, now)
    async with database.writing() as session:
        await session.execute(update(Report).where(Report.id == waiting[0]).values(status="in_review"))
    await send_digests(context, now + BACKOFF[0])
    async with database.reading() as session:
        report = await session.get(Report, waiting[0])
    assert report is not None
    assert (report.status, report.forwarded_at) == ("in_review", None)
    assert len(box.letters) == 2


async def test_a_busy_server_is_asked_again_later(
    context: Context, box: Box, now: datetime, waiting: list[int]
) -> None:
    box.answers = ["451 later"] * 2
    await send_digests(context, now)
    assert not box.letters
    assert [digest.state for digest in await digests(context.database)] == ["queued", "queued"]
    await send_digests(context, now + timedelta(seconds=30))
    assert not box.letters
    await send_digests(context, now + BACKOFF[0])
    assert len(box.letters) == 2


async def test_a_refusal_is_for_good_and_says_why(
    context: Context, box: Box, now: datetime, waiting: list[int]
) -> None:
    box.answers = ["550 no such person"]
    await send_digests(context, now)
    states = {digest.state: digest.error for digest in await digests(context.database)}
    assert set(states) == {"dead", "sent"}
    assert "550" in str(states["dead"])
    await send_digests(context, now + timedelta(days=2))
    assert len(box.letters) == 1


async def test_who_left_the_list_while_it_waited_gets_none(
    context: Context, box: Box, now: datetime, waiting: list[int]
) -> None:
    """Nor does it stop the others, whose language nobody else may be spoken to in any more."""
    box.answers = ["451 later"] * 2
    await send_digests(context, now)
    _, water = TOWN.officials
    edited = TOWN.model_copy(
        update={
            "officials": (water.model_copy(update={"language": "en"}),),
            "digests": {"en": TOWN.digests["en"]},
        }
    )
    await send_digests(dataclasses.replace(context, programmes={"village": edited}), now + BACKOFF[0])
    assert [letter["To"].addresses[0].addr_spec for letter in box.letters] == ["water@example.org"]
    errors = {digest.official: digest.error for digest in await digests(context.database)}
    assert errors == {"north@example.org": "the address is no longer in officials.csv", "water@example.org": None}


async def test_no_server_leaves_them_queued(context: Context, now: datetime, waiting: list[int], box: Box) -> None:
    away = context.settings.model_copy(update={"smtp_url": Settings(smtp_url="smtp://127.0.0.1:1").smtp_url})  # type: ignore[arg-type]
    await send_digests(dataclasses.replace(context, settings=away), now)
    kept = await digests(context.database)
    assert {(digest.state, digest.attempts) for digest in kept} == {("queued", 1)}
    assert all("127.0.0.1" not in str(digest.error) for digest in kept)
    await send_digests(context, now + BACKOFF[0])
    assert len(box.letters) == 2


async def test_who_died_while_sending_is_followed_by_another(
    context: Context, database: Database, box: Box, now: datetime, waiting: list[int]
) -> None:
    """The lease runs out; the letter bears the same Message-ID, so that a mail program shows it once."""
    async with database.writing() as session:
        await freeze(
            session, TOWN, TOWN.officials[0], last_week(now, TOWN.zone), now, render=render
        )  # then claimed by a process that dies
        await session.execute(update(Digest).values(leased_until=now + LEASE, attempts=1))
    await send_digests(context, now)
    assert [letter["To"].addresses[0].addr_spec for letter in box.letters] == ["water@example.org"]
    await send_digests(context, now + LEASE)
    assert len(box.letters) == 2
    assert len({letter["Message-ID"] for letter in box.letters}) == 2


async def test_a_digest_is_frozen(database: Database, now: datetime, waiting: list[int]) -> None:
    period = last_week(now, TOWN.zone)
    async with database.writing() as session:
        first = await freeze(session, TOWN, TOWN.officials[0], period, now, render=render)
    async with database.writing() as session:
        await crowd(session, 9, now - timedelta(days=3), "n1", "water")
    async with database.writing() as session:
        again = await freeze(session, TOWN, TOWN.officials[0], period, now + timedelta(days=1), render=render)
    assert (again.id, again.html, again.input_hash) == (first.id, first.html, first.input_hash)
    assert again.input_hash == hash_content(again.content)
    assert hash_content(again.content | {"minimum": 1}) != again.input_hash


async def test_without_a_server_letters_are_files(context: Context, now: datetime, waiting: list[int]) -> None:
    files = context.settings.model_copy(update={"smtp_url": Settings().smtp_url})
    await send_digests(dataclasses.replace(context, settings=files), now)
    folder = context.settings.var / "mail"
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 2
    assert all(name.startswith("digest-") and name.endswith(".eml") for name in names)
    letter = message_from_bytes((folder / names[0]).read_bytes(), policy=default)
    assert letter["To"] == "Amina Noor <north@example.org>"


async def test_the_log_names_nobody(
    context: Context, box: Box, now: datetime, waiting: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    box.answers = ["550 north@example.org is not here"]
    await send_digests(context, now)
    said = capsys.readouterr()
    assert "example.org" not in said.out + said.err
    assert "Amina" not in said.out + said.err
    assert "digest" in said.out + said.err
