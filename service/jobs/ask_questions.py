"""Ask people who have reported something how they describe themselves: opt-in, one text, each question once."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service import history, outbox
from service.conversation import profiling
from service.jobs.context import Context
from service.models import Report, Reporter
from service.programme import Programme
from service.secrets import Secrets

QUIET = timedelta(minutes=2)
"""So long after their last text, so that it stands beside no other text of ours."""
RECENT = timedelta(hours=12)
"""Who was silent for longer is asked after their next account."""
APART = timedelta(days=1)
"""At least so long between a question they left unanswered and the next."""
BATCH = 200

log = structlog.get_logger()


async def ask_questions(context: Context, now: datetime) -> None:
    """Ask reporters the next opt-in question, a few minutes after an account of theirs is complete."""
    for programme in context.programmes.values():
        if programme.rules.questions:
            async with context.database.writing() as session:
                asked = await ask_all(session, context.secrets, programme, now)
            if asked:
                log.info("asked opt-in questions", programme=programme.code, people=asked)


async def ask_all(session: AsyncSession, secrets: Secrets, programme: Programme, now: datetime) -> int:
    """Ask everybody whose turn it is; returns how many."""
    complete = exists().where(
        Report.reporter_id == Reporter.id,
        Report.sensitive.is_(False),
        Report.area.is_not(None),
        Report.received_at > now - RECENT,
    )
    sealed = exists().where(Report.reporter_id == Reporter.id, Report.sensitive.is_(True))
    turn = select(Reporter).where(
        Reporter.programme == programme.code,
        Reporter.last_seen_at > now - RECENT,
        Reporter.last_seen_at <= now - QUIET,
        Reporter.stopped_at.is_(None),
        Reporter.forgotten_at.is_(None),
        Reporter.channel != f"{programme.code}/{history.CHANNEL}",
        Reporter.question.is_(None),
        or_(Reporter.questioned_at.is_(None), Reporter.questioned_at <= now - APART),
        complete,
        # Whoever told us of violence is asked nothing about themselves.
        ~sealed,
    )
    number, last = 0, 0
    while True:
        page = turn.where(Reporter.id > last).order_by(Reporter.id).limit(BATCH).with_for_update(skip_locked=True)
        people = (await session.scalars(page)).all()
        for reporter in people:
            number += await _ask(session, secrets, programme, reporter, now)
        if len(people) < BATCH:
            return number
        last = people[-1].id


async def _ask(
    session: AsyncSession, secrets: Secrets, programme: Programme, reporter: Reporter, now: datetime
) -> bool:
    question = profiling.next_question(programme, reporter)
    if question is None:
        return False
    slots = profiling.put(programme, reporter, question, now)
    dedupe = f"profile:{reporter.id}:{question}"
    return await outbox.queue(session, secrets, programme, reporter, "profile_ask", slots, now=now, dedupe=dedupe)
