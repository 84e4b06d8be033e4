"""What officials answered before, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Answer, AnsweredReport, Report
from service.programme import Programme
from service.summaries.shares import Share, share

LOOK_BACK = timedelta(weeks=12)
MOST = 4
"""Answers a digest recalls, the newest first."""


@dataclass(frozen=True)
class Promise:
    """An answer that was given. `agreed` is the share of replies that say it is solved; None while too few."""

    text: str
    category: str | None
    area: str | None
    state: str
    answered_at: datetime
    reports: int
    agreed: Share | None


async def load_promises(session: AsyncSession, programme: Programme, now: datetime) -> dict[str, list[Promise]]:
    """By official's address, newest first, at most MOST each. Withdrawn answers are not recalled."""
    rows = await session.execute(
        select(Answer, Report.reporter_id, Report.agreed)
        .join(AnsweredReport, AnsweredReport.answer_id == Answer.id)
        .join(Report, Report.id == AnsweredReport.report_id)
        .where(
            Answer.programme == programme.code,
            Answer.state.in_(("held", "released")),
            Answer.created_at >= now - LOOK_BACK,
        )
        .order_by(Answer.id.desc(), Report.id)
    )
    answers: dict[int, Answer] = {}
    replies: dict[int, list[tuple[int, bool | None]]] = defaultdict(list)
    for answer, reporter, agreed in rows:
        answers[answer.id] = answer
        replies[answer.id].append((reporter, agreed))
    found: dict[str, list[Promise]] = defaultdict(list)
    for answer_id, answer in answers.items():
        if len(found[answer.official]) < MOST:
            found[answer.official].append(_promise(answer, replies[answer_id], programme.rules.small_cell))
    return found


def _promise(answer: Answer, replies: list[tuple[int, bool | None]], minimum: int) -> Promise:
    said = [(reporter, agreed) for reporter, agreed in replies if agreed is not None]
    yes = {reporter for reporter, agreed in said if agreed}
    no = {reporter for reporter, agreed in said if not agreed}
    return Promise(
        text=answer.text,
        category=answer.category,
        area=answer.area,
        state=answer.state,
        answered_at=answer.created_at,
        reports=len(replies),
        agreed=share(yes, no, sum(agreed for _, agreed in said if agreed), len(said), minimum),
    )
