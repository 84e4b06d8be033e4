"""Jobs that fail, or are cut short when we stop, take nothing else down and print no traceback."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs
from time_machine import travel

from service.db import Database
from service.jobs import Context, Job
from service.programme import Programme
from service.schedule import keep_schedule, run_job
from service.secrets import Secrets
from service.settings import Settings


@pytest.fixture
def context(database: Database, secrets: Secrets, programme: Programme) -> Context:
    settings = Settings()  # type: ignore[call-arg]
    return Context(database, secrets, {programme.code: programme}, settings, lambda content, programme: ("", ""))


async def test_a_job_cut_short_ends_quietly(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    begun = asyncio.Event()

    async def wait(context: Context, now: datetime) -> None:
        begun.set()
        await asyncio.Event().wait()

    with capture_logs() as logs, caplog.at_level(logging.WARNING):
        task = asyncio.create_task(run_job(context, Job("wait", wait, timedelta(hours=1))))
        await begun.wait()
        task.cancel()
        await task
    assert [(entry["event"], entry["job"]) for entry in logs] == [("job cut short", "wait")]
    assert caplog.records == []


async def test_a_job_that_fails_is_named_without_its_words(context: Context) -> None:
    async def fail(context: Context, now: datetime) -> None:
        raise ValueError("No water at the tap")

    with capture_logs() as logs:
        await run_job(context, Job("fail", fail, timedelta(hours=1)))
    assert [(entry["event"], entry["error"]) for entry in logs] == [("job failed", "ValueError")]
    assert "water" not in str(logs)


async def test_a_clock_that_is_set_back_keeps_no_job_waiting(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: asyncio.Queue[datetime] = asyncio.Queue()

    async def note(context: Context, now: datetime) -> None:
        ran.put_nowait(now)

    monkeypatch.setattr("service.schedule.JOBS", (Job("note", note, timedelta(hours=1)),))
    monkeypatch.setattr("service.schedule.RENEW_SECONDS", 0.02)
    stop = asyncio.Event()
    async with asyncio.timeout(30):
        with travel(datetime.now(UTC) + timedelta(days=365)):
            schedule = asyncio.create_task(keep_schedule(context, "us", stop))
            ahead = await ran.get()
        assert await ran.get() < ahead
        stop.set()
        await schedule
    assert ran.empty()
