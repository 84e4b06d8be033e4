"""The public figures, kept in memory for some minutes: they are about finished weeks, and counting takes a second."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web

from service.db import open_database
from service.keys import DATABASE
from service.programme import Programme
from service.summaries.public import PublicFigures, public_figures

FRESH = timedelta(minutes=5)


@dataclass
class Published:
    """By programme: when they were counted, and the figures. The lock lets one visitor count for all who wait."""

    kept: dict[str, tuple[datetime, PublicFigures]] = field(default_factory=dict)
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)


PUBLISHED = web.AppKey("published", Published)


def add_published(app: web.Application) -> None:
    """Give the application its place to keep them."""
    app[PUBLISHED] = Published()


async def figures_of(app: web.Application, programme: Programme) -> PublicFigures:
    """A programme's public figures, at most FRESH old."""
    published = app[PUBLISHED]
    async with published.counting:
        now = datetime.now(UTC)
        counted, figures = published.kept.get(programme.code, (None, None))
        if counted is None or figures is None or now - counted > FRESH:
            # In a thread with a loop of its own: counting a hundred thousand reports takes seconds, and meanwhile texts
            # come in here.
            figures = await asyncio.to_thread(asyncio.run, _count(app[DATABASE].address, programme, now))
            published.kept[programme.code] = now, figures
        return figures


async def _count(address: str, programme: Programme, now: datetime) -> PublicFigures:
    database = open_database(address)
    try:
        async with database.reading() as session:
            return await public_figures(session, programme, now)
    finally:
        await database.close()
