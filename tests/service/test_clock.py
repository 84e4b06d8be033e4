"""A clock that is wrong erases nothing, mails nothing, and loses nothing once it is right again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from time_machine import travel

from channels.base import Inbound
from dashboards.digest import render
from service import clock, leader, lines, main, worker
from service.db import Database
from service.jobs import JOBS, Context, Job
from service.jobs.bring_forward import FARTHEST, MOMENTS, bring_forward
from service.models import Attachment, Digest, Lease, Line, LoginFailure, Message, Report
from service.programme import Programme
from service.schedule import LEASE, run_job
from service.secrets import Secrets
from service.settings import Settings
from tests.service import folk
from tests.service.conftest import Town
from tests.service.test_worker import Reader

YEAR, HOUR, SECOND = timedelta(days=365), timedelta(hours=1), timedelta(seconds=1)
ERASE = next(job for job in JOBS if job.name == "erase-old")


@pytest.fixture
def context(database: Database, secrets: Secrets, programme: Programme, tmp_path: Path) -> Context:
    return Context(database, secrets, {programme.code: programme}, Settings(var=tmp_path), render)


async def _lead(database: Database, now: datetime, holder: str = "us") -> bool:
    async with database.writing() as session:
        return await leader.lead(session, LEASE, holder, now)


async def _jumped_at(database: Database) -> datetime | None:
    async with database.reading() as session:
        return await session.scalar(select(Lease.jumped_at))


@pytest.mark.parametrize("year", [1970, 2000])
async def test_with_a_clock_that_has_no_idea_nothing_starts(programme: Programme, tmp_path: Path, year: int) -> None:
    with travel(datetime(year, 1, 1, tzinfo=UTC)), pytest.raises(clock.NoClock, match=f"{year}-01-01.*NTP"):
        async with main.open_house(Settings(var=tmp_path / "var"), {programme.code: programme}):
            pass
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("passed", "jumps"),
    [
        (10 * SECOND, False),
        (timedelta(days=2, hours=23), False),
        (timedelta(days=4), True),
        (YEAR, True),
        (-HOUR / 2, False),
        (-2 * HOUR, True),
    ],
    ids=str,
)
async def test_a_jump_is_seen(database: Database, now: datetime, passed: timedelta, jumps: bool) -> None:
    assert await _lead(database, now)
    assert await _lead(database, now + passed)
    assert await _jumped_at(database) == (now + passed if jumps else None)


async def test_a_lease_from_the_future_holds_nobody_off(database: Database, now: datetime) -> None:
    assert await _lead(database, now + YEAR, "ahead")
    assert await _lead(database, now, "right")
    # A machine whose clock differs a little is no reason to take its lease.
    assert not await _lead(database, now - timedelta(minutes=5), "a little behind")


async def test_nothing_is_erased_until_the_clock_has_run_on_for_a_day(town: Town, context: Context) -> None:
    await town.text("No water in Gatwekera since Monday")
    database, later = town.database, town.now + YEAR + timedelta(days=1)
    assert await _lead(database, town.now)
    for now, kept in ((later, True), (later + timedelta(hours=23), True), (later + timedelta(hours=25), False)):
        with travel(now, tick=False):
            assert await _lead(database, now)
            await run_job(context, ERASE)
        assert ((await town.report()).text is not None) is kept, now
    # Nor after a jump back, for then the clock of before may have been the right one.
    await town.text("No water in Gatwekera since Monday", "baraka")
    with travel(town.now, tick=False):
        assert await _lead(database, town.now)
        await run_job(context, ERASE)
    assert (await town.report()).text is not None


def test_what_cannot_be_undone_waits_for_a_steady_clock() -> None:
    assert {job.name for job in JOBS if job.steady >= HOUR} >= {"erase-old", "send-digests"}


async def test_a_job_that_needs_no_steady_clock_runs_at_once(context: Context, now: datetime) -> None:
    ran: list[datetime] = []

    async def note(_context: Context, at: datetime) -> None:
        ran.append(at)

    for moment in (now, now + YEAR):
        with travel(moment, tick=False):
            assert await _lead(context.database, moment)
            await run_job(context, Job("note", note, HOUR))
            await run_job(context, Job("wait", note, HOUR, steady=HOUR))
    assert ran == [now, now, now + YEAR]


async def _rows(database: Database, now: datetime, column: str, moment: datetime) -> None:
    """A row of every table in which this is put off until that moment."""
    later: Mapping[str, Any] = {column: moment}
    async with database.writing() as session:
        amina = await folk.person(session, now)
        common = {"programme": "village", "channel": "village/web", "created_at": now}
        message = Message(**common, direction="in", state="received", external_id="1", pseudonym="p")
        digest = Digest(
            programme="village", official="o", period="2026-W40", language="en", input_hash="", content={}, html="",
            plain="", state="queued", created_at=now,
        )  # fmt: skip
        await lines.make(session, "village/web", now)
        line = await session.get_one(Line, "village/web")
        report = await folk.report(session, amina, now, "upper", "water", status="in_review")
        session.add_all((message, digest))
        await session.flush()
        file = Attachment(**common, message_id=message.id, position=1, content_type="image/jpeg", state="waiting")
        session.add(file)
        for row in (message, digest, line, report, file):
            for name, value in later.items():
                if hasattr(row, name):
                    setattr(row, name, value)


@pytest.mark.parametrize("moment", [moment for moment, _ in MOMENTS], ids=str)
async def test_what_is_put_off_for_years_is_due_again(context: Context, now: datetime, moment: Any) -> None:
    async def stands() -> datetime | None:
        async with context.database.reading() as session:
            found: datetime | None = await session.scalar(select(func.max(moment)))
            return found

    await _rows(context.database, now, moment.key, now + FARTHEST)
    await bring_forward(context, now)
    assert await stands() == now + FARTHEST
    await bring_forward(context, now - YEAR)
    assert await stands() == now - YEAR


async def test_who_was_kept_out_may_log_in(context: Context, now: datetime) -> None:
    async with context.database.writing() as session:
        session.add_all(LoginFailure(key="k", created_at=at) for at in (now, now + YEAR))
    await bring_forward(context, now)
    async with context.database.reading() as session:
        assert list(await session.scalars(select(LoginFailure.created_at))) == [now]


async def test_a_text_that_came_while_the_clock_ran_ahead_is_read_once_it_is_right(
    town: Town, context: Context
) -> None:
    programmes = {"village": town.programme}

    async def take() -> int:
        return await worker.take_batch(town.database, town.secrets, programmes, Reader(), town.now)  # type: ignore[arg-type]

    before, town.now = town.now, town.now + YEAR
    await town.intake.store("village", "village/web", [Inbound("amina", "No water", "1")], town.now)
    town.now = before
    assert await take() == 0
    await bring_forward(context, town.now)
    assert await take() == 1
    async with town.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Report)) == 1
