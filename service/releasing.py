"""Answers on their way to the reporters: held for a moderator, let out or withdrawn, and told to each person once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit, merging, outbox, reporters
from service.models import Answer, AnsweredReport, Report, Reporter
from service.outgoing import BULK, NEWS
from service.programme import Programme
from service.secrets import Secrets
from service.workflow import OPEN, NotAllowed, NotFound, move


@dataclass(frozen=True)
class HeldAnswer:
    """An answer that waits for a moderator, with the references it is for."""

    answer: Answer
    references: tuple[str, ...]


async def held(session: AsyncSession, programme: Programme) -> list[HeldAnswer]:
    """The answers that wait for release, oldest first. Reports that have gone into the vault since are not named."""
    rows = await session.execute(
        select(Answer, Report.reference)
        .join(AnsweredReport, AnsweredReport.answer_id == Answer.id)
        .outerjoin(Report, (Report.id == AnsweredReport.report_id) & Report.sensitive.is_(False))
        .where(Answer.programme == programme.code, Answer.state == "held")
        .order_by(Answer.id, Report.received_at)
    )
    answers: dict[int, Answer] = {}
    references: dict[int, list[str]] = defaultdict(list)
    for answer, reference in rows:
        answers[answer.id] = answer
        if reference is not None:
            references[answer.id].append(reference)
    return [HeldAnswer(answer, tuple(references[answer_id])) for answer_id, answer in answers.items()]


async def release(
    session: AsyncSession, secrets: Secrets, programme: Programme, answer_id: int, user_id: int, now: datetime
) -> Answer:
    """Let an answer go out: its reports are answered, and each reporter is told. Raises NotFound, NotAllowed."""
    answer = await _held(session, programme, answer_id)
    answer.released_by = user_id
    await let_out(session, secrets, programme, answer, now)
    await audit.record(session, programme.code, audit.user(user_id), "release", audit.answer(answer.id), {}, now)
    return answer


async def withdraw(session: AsyncSession, programme: Programme, answer_id: int, user_id: int, now: datetime) -> Answer:
    """Take a held answer back: nobody is told, its reports wait again. Raises NotFound, NotAllowed."""
    answer = await _held(session, programme, answer_id)
    answer.state = "withdrawn"
    await audit.record(session, programme.code, audit.user(user_id), "withdraw", audit.answer(answer.id), {}, now)
    return answer


async def _held(session: AsyncSession, programme: Programme, answer_id: int) -> Answer:
    answer = await session.scalar(
        select(Answer).where(Answer.id == answer_id, Answer.programme == programme.code).with_for_update()
    )
    if answer is None:
        raise NotFound("There is no such answer.")
    if answer.state != "held":
        raise NotAllowed(f"This answer is {answer.state} already.")
    return answer


async def let_out(session: AsyncSession, secrets: Secrets, programme: Programme, answer: Answer, now: datetime) -> None:
    """Its reports are answered from now on, and each person who wrote one, or the same, is told."""
    answer.state = "released"
    answer.released_at = now
    rows = await session.scalars(
        select(Report)
        .join(AnsweredReport, AnsweredReport.report_id == Report.id)
        .where(AnsweredReport.answer_id == answer.id)
        .order_by(Report.received_at.desc(), Report.id.desc())
        .with_for_update(of=Report)
    )
    newest: dict[int, Report] = {}
    mains: dict[int, Report] = {}
    for report in rows:
        if report.status not in OPEN or report.sensitive:
            continue
        report.status = move(report.status, "answered")
        report.answered_at = now
        report.told_at = report.agreed = report.agreed_at = None
        report.revision += 1
        newest.setdefault(report.reporter_id, report)
        mains[report.id] = report
    await session.flush()
    followers = await merging.followers(session, list(mains))
    told = [(report, report) for report in newest.values()]
    for main, same in followers.items():
        for report in same:
            if report.reporter_id not in newest:
                newest[report.reporter_id] = report
                told.append((report, mains[main]))
    priority = NEWS if len(told) == 1 else BULK
    for mine, answered in told:
        await _tell(session, secrets, programme, answer, mine, answered, priority, now)


async def _tell(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    answer: Answer,
    mine: Report,
    answered: Report,
    priority: int,
    now: datetime,
) -> None:
    """One text a person, about their newest report, asking whether it is solved; none after STOP or FORGET.

    `mine` is theirs. Where it is merged into another, that one is `answered`, and their yes or no is about it. While they
    decide on FORGET the text waits (`service/screening.py`), and is taken up afterwards (`service/conversation/answering.py`).
    """
    reporter = await session.get(Reporter, mine.reporter_id, with_for_update=True)
    if reporter is None or reporter.stopped_at is not None or reporter.forgotten_at is not None:
        return
    queued = await outbox.queue(
        session,
        secrets,
        programme,
        reporter,
        "answered",
        {"reference": mine.reference, "office": answer.office, "answer": answer.text},
        now=now,
        report_id=mine.id,
        dedupe=f"answered:{answer.id}:{mine.id}",
        priority=priority,
        released=answer.released_by is not None,
    )
    if queued and reporters.forgetting_until(reporter, now) is None:
        reporters.ask(reporter, "solved", answered.id, [], now)
