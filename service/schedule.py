"""Running the jobs: APScheduler in the one process that holds the leader's lease."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import SQLAlchemyError

from service import leader
from service.jobs import JOBS, Context, Job

LEASE = "schedule"
RENEW_SECONDS = 10.0

log = structlog.get_logger()


def make_scheduler(context: Context) -> AsyncIOScheduler:
    """Every job of the registry on its interval, first at once; one run of a job at a time."""
    scheduler = AsyncIOScheduler(jobstores={"default": MemoryJobStore()}, timezone=UTC)
    for job in JOBS:
        scheduler.add_job(
            run_job,
            IntervalTrigger(seconds=int(job.every.total_seconds()), timezone=UTC),
            args=(context, job),
            id=job.name,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    return scheduler


async def run_job(context: Context, job: Job) -> None:
    """One run. A job that fails is logged and runs again at its next time; it never takes the schedule down."""
    now = datetime.now(UTC)
    try:
        if await _is_steady(context, job, now):
            await job.run(context, now)
        else:
            log.warning("job waits for a steady clock", job=job.name, hours=job.steady.total_seconds() / 3600)
    except asyncio.CancelledError:
        log.info("job cut short", job=job.name)  # we are told to stop; it is made good at the next start
    except Exception as error:
        log.error("job failed", job=job.name, error=type(error).__name__)


async def _is_steady(context: Context, job: Job, now: datetime) -> bool:
    if not job.steady:
        return True
    async with context.database.reading() as session:
        return await leader.is_steady(session, LEASE, now, job.steady)


async def keep_schedule(context: Context, holder: str, stop: asyncio.Event) -> None:
    """Run the jobs while we lead; look every ten seconds whether we do. Until `stop`."""
    scheduler: AsyncIOScheduler | None = None
    seen = datetime.now(UTC)
    while not stop.is_set():
        before, seen = seen, datetime.now(UTC)
        if scheduler is not None and seen < before:
            # It waits for moments of the clock. One that was set back would keep every job waiting for as long.
            scheduler.shutdown(wait=False)
            scheduler = None
        leads = await _lead(context, holder)
        if leads and scheduler is None:
            log.info("leading the schedule", holder=holder)
            scheduler = make_scheduler(context)
            scheduler.start()
        elif not leads and scheduler is not None:
            log.warning("lost the schedule", holder=holder)
            scheduler.shutdown(wait=False)
            scheduler = None
        try:
            await asyncio.wait_for(stop.wait(), RENEW_SECONDS)
        except TimeoutError:
            continue
    if scheduler is not None:
        scheduler.shutdown(wait=False)
        async with context.database.writing() as session:
            await leader.resign(session, LEASE, holder, datetime.now(UTC))


async def _lead(context: Context, holder: str) -> bool:
    try:
        async with context.database.writing() as session:
            return await leader.lead(session, LEASE, holder, datetime.now(UTC))
    except (SQLAlchemyError, OSError) as error:
        log.error("schedule waits for the database", error=type(error).__name__)
        return False
