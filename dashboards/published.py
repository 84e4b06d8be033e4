"""The public figures, kept in memory for some minutes: they are about finished weeks, and counting takes a second."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web

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
            async with app[DATABASE].reading() as session:
                figures = await public_figures(session, programme, now)
            published.kept[programme.code] = now, figures
        return figures
