"""Teach the model what moderators decided, within seconds of their deciding it."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from nlp.store import Store
from service import teaching
from service.analyst import run_apart, told
from service.jobs.context import Context
from service.lessons import lessons_of
from service.models import Decision, Report

log = structlog.get_logger()


async def learn_decisions(context: Context, now: datetime) -> None:
    """Correct each programme's model by new decisions at once; train it anew when there are many of them, or when words it
    learned from were erased. A version held by `answerable model use` learns nothing new, but is trained anew without what was
    erased."""
    models = context.settings.var / "models"
    for code, programme in context.programmes.items():
        store = Store(models, code)
        async with context.database.reading() as session:
            state = await _state(session, code)
            if state == "0 0" or (store.mark.exists() and store.mark.read_text("ascii") == state):
                continue
            lessons = await lessons_of(session, programme)
        held = store.held()
        version = await run_apart(
            teaching.forget_erased if held else teaching.learn_decided,
            told(programme, context.settings),
            lessons,
            models,
            context.settings.models_kept,
        )
        if store.held() == held:  # else somebody chose meanwhile: look again
            store.mark.write_text(state, "ascii")
        log.info("learned", programme=code, lessons=len(lessons), version=version)


async def _state(session: AsyncSession, programme: str) -> str:
    """The newest decision, and how many decided reports still have their words."""
    decided = select(Decision.report_id).where(Decision.programme == programme)
    newest = await session.scalar(select(func.max(Decision.id)).where(Decision.programme == programme))
    worded = select(func.count()).select_from(Report).where(Report.id.in_(decided), Report.text.is_not(None))
    return f"{newest or 0} {await session.scalar(worded) or 0}"
