"""The public figures, kept in memory for some minutes: they are about finished weeks, and counting takes a second or more.

Only the first visitor waits for it. Later ones see the figures of before while they are counted anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

import structlog
from aiohttp import web

from service.db import open_database
from service.keys import DATABASE
from service.programme import Programme
from service.summaries.public import PublicFigures, public_figures

FRESH = 300.0
"""Seconds after which they are counted anew."""
STALE = 3600.0
"""Nobody is shown figures older than so many seconds: visitors wait."""

log = structlog.get_logger()


@dataclass(frozen=True)
class _Counted:
    at: float
    """By `monotonic`: no wrong clock makes them last for years."""
    figures: PublicFigures


@dataclass
class Published:
    """By programme: the figures, and what counts them anew. The lock lets one be counted after the other."""

    kept: dict[str, _Counted] = field(default_factory=dict)
    counts: dict[str, asyncio.Task[PublicFigures]] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


PUBLISHED = web.AppKey("published", Published)


def add_published(app: web.Application) -> None:
    """Give the application its place to keep them."""
    app[PUBLISHED] = Published()
    app.cleanup_ctx.append(_end_counts)


async def _end_counts(app: web.Application) -> AsyncIterator[None]:
    yield
    counts = app[PUBLISHED].counts.values()
    for count in counts:
        count.cancel()
    await asyncio.gather(*counts, return_exceptions=True)


async def figures_of(app: web.Application, programme: Programme) -> PublicFigures:
    """A programme's public figures, at most STALE old. Raises what the database raises where there are none to show."""
    published = app[PUBLISHED]
    kept = published.kept.get(programme.code)
    age = STALE if kept is None else monotonic() - kept.at
    if kept is not None and age < FRESH:
        return kept.figures
    count = published.counts.get(programme.code)
    if count is None or count.done():
        count = published.counts[programme.code] = asyncio.create_task(_count(app, programme))
        count.add_done_callback(_note)
    if kept is not None and age < STALE:
        return kept.figures
    # Who waits may go away, and others wait as well.
    return await asyncio.shield(count)


async def _count(app: web.Application, programme: Programme) -> PublicFigures:
    published = app[PUBLISHED]
    async with published.lock:
        begun = monotonic()
        # In a thread with a loop of its own: counting a hundred thousand reports takes seconds, and meanwhile texts
        # come in here.
        figures = await asyncio.to_thread(asyncio.run, _read(app[DATABASE].address, programme))
        published.kept[programme.code] = _Counted(begun, figures)
        return figures


async def _read(address: str, programme: Programme) -> PublicFigures:
    database = open_database(address)
    try:
        async with database.reading() as session:
            return await public_figures(session, programme, datetime.now(UTC))
    finally:
        await database.close()


def _note(count: asyncio.Task[PublicFigures]) -> None:
    """Where it failed, visitors may have seen the figures of before: then nobody else hears of it."""
    if not count.cancelled() and (error := count.exception()) is not None:
        log.error("the public figures were not counted", error=type(error).__name__)
