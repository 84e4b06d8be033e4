"""Train each programme's model anew by night, on everything that was decided."""

from __future__ import annotations

from datetime import datetime

import structlog

from nlp.store import Store
from service import teaching
from service.analyst import run_apart, told
from service.jobs.context import Context
from service.lessons import lessons_of

FIRST_HOUR, LAST_HOUR = 1, 4
"""The hours of the programme's night, both included, in which it is trained."""

log = structlog.get_logger()


async def train_models(context: Context, now: datetime) -> None:
    """Train once a night, between one and five in the programme's time; the new model is used if it does at least as well as
    the old on the newest decisions. A version held by `answerable model use` stays."""
    models = context.settings.var / "models"
    for code, programme in context.programmes.items():
        store = Store(models, code)
        local = now.astimezone(programme.zone)
        done = store.folder / "trained"
        night = local.date().isoformat()
        if not FIRST_HOUR <= local.hour <= LAST_HOUR or store.held() or (done.exists() and done.read_text() == night):
            continue
        async with context.database.reading() as session:
            lessons = await lessons_of(session, programme)
        if lessons:
            version = await run_apart(
                teaching.learn_anew, told(programme, context.settings), lessons, models, context.settings.models_kept
            )
            done.write_text(night)
            log.info("trained", programme=code, lessons=len(lessons), version=version)
