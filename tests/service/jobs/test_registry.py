"""Every job is listed once, says what it is for, and may run twice at any moment."""

from __future__ import annotations

import pkgutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import service.jobs
from dashboards.digest import render
from service.db import Database
from service.jobs import JOBS, Context, Job
from service.models import Message, Report
from service.programme import Programme
from service.schedule import make_scheduler
from service.secrets import Secrets
from service.settings import Settings
from tests.service.conftest import WATER, Town


@pytest.fixture
def context(database: Database, secrets: Secrets, programme: Programme, tmp_path: Path) -> Context:
    return Context(database, secrets, {programme.code: programme}, Settings(var=tmp_path), render)


def test_every_module_is_one_job_of_its_name() -> None:
    modules = {module.name for module in pkgutil.iter_modules(service.jobs.__path__)} - {"context"}
    names = [job.name for job in JOBS]
    assert sorted(names) == sorted(name.replace("_", "-") for name in modules)


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
async def test_a_job_may_run_twice(job: Job, context: Context, now: datetime) -> None:
    assert (job.run.__doc__ or "").strip()
    await job.run(context, now)
    await job.run(context, now)


async def test_the_schedule_takes_every_job(context: Context) -> None:
    scheduler = make_scheduler(context)
    scheduler.start(paused=True)
    assert {job.id for job in scheduler.get_jobs()} == {job.name for job in JOBS}
    scheduler.shutdown(wait=False)


async def test_words_older_than_the_programme_keeps_them_are_erased(town: Town, context: Context) -> None:
    await town.text("No water in Gatwekera since Monday")
    erase = next(job for job in JOBS if job.name == "erase-old")
    await erase.run(context, town.now + timedelta(days=364))
    assert (await town.report()).text is not None
    await erase.run(context, town.now + timedelta(days=366))
    report = await town.report()
    assert (report.text, report.area, report.status) == (None, "upper", "accepted")
    async with town.database.reading() as session:
        assert set(await session.scalars(select(Message.body))) == {None}
        assert await session.scalar(select(Report.id)) == report.id
    assert (await town.reporter()).address is not None


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_forgotten_words_leave_the_disk(town: Town, context: Context, sqlite_folder: Path) -> None:
    await town.text("No water in Gatwekera since Monday")
    words = WATER.redacted.encode()
    assert words in _on_disk(sqlite_folder)
    await town.text("FORGET")
    await town.text("YES")
    await next(job for job in JOBS if job.name == "erase-old").run(context, town.now)
    assert words not in _on_disk(sqlite_folder)


def _on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("answerable.db*"))
