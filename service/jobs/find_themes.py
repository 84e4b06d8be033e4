"""Look once a week for what people write about and no category names, and propose it at the desk."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from nlp.themes import find_themes as find
from nlp.themes import silent_words
from service import themes
from service.jobs.context import Context

log = structlog.get_logger()


async def find_themes(context: Context, now: datetime) -> None:
    """Once in each week of each programme; a run that is cut off is made good by the next."""
    for programme in context.programmes.values():
        async with context.database.reading() as session:
            if await themes.is_done(session, programme, now):
                continue
            ground = await themes.load_ground(session, programme, now)
        found = await asyncio.to_thread(
            find,
            ground.texts,
            ground.people,
            ground.elsewhere,
            least_people=programme.rules.small_cell,
            silent=silent_words(programme.rules.languages, themes.courtesies(programme)),
        )
        async with context.database.writing() as session:
            proposed = await themes.propose(session, programme, ground, found, now)
        log.info("looked for themes", programme=programme.code, reports=len(ground.texts), themes=proposed)
