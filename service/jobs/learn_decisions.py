"""Teach the model what moderators decided, within a minute or two of their deciding it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from nlp.knowledge import Knowledge, Lesson
from service import moderation
from service.analyst import run_apart
from service.jobs.context import Context
from service.models import Decision, Report

MARK = "learned"
"""File beside a programme's models that says which decisions the newest one has seen."""

log = structlog.get_logger()


async def learn_decisions(context: Context, now: datetime) -> None:
    """Train each programme's model anew when there are new decisions, or when words it learned from were erased."""
    models = context.settings.var / "models"
    for code, programme in context.programmes.items():
        async with context.database.reading() as session:
            state = await _state(session, code)
            mark = models / code / MARK
            if state == "0 0" or (mark.exists() and mark.read_text("ascii") == state):
                continue
            lessons = await moderation.lessons(session, programme)
        version = await run_apart(_learn, programme.knowledge, lessons, models)
        mark.write_text(state, "ascii")
        log.info("learned", programme=code, lessons=len(lessons), version=version)


async def _state(session: AsyncSession, programme: str) -> str:
    """The newest decision, and how many decided reports still have their words."""
    decided = select(Decision.report_id).where(Decision.programme == programme)
    newest = await session.scalar(select(func.max(Decision.id)).where(Decision.programme == programme))
    worded = select(func.count()).select_from(Report).where(Report.id.in_(decided), Report.text.is_not(None))
    return f"{newest or 0} {await session.scalar(worded) or 0}"


def _learn(knowledge: Knowledge, lessons: Sequence[Lesson], models: Path) -> str:
    from nlp.learning import learn

    # The decisions are kept in the database, so that what is erased there is forgotten here.
    return learn(knowledge, lessons, models, remember=False).version
