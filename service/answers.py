"""What officials answer: one report, or all of a category in an area; held, released, told to the reporters."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit, merging, outbox, reporters
from service.models import Answer, AnsweredReport, Digest, Report, Reporter
from service.outgoing import BULK, NEWS
from service.programme import Programme
from service.programme.schema import Official
from service.secrets import Secrets
from service.summaries.cells import ALL
from service.summaries.waiting import Index, Waiting, load_waiting
from service.workflow import OPEN, NotAllowed, NotFound, move

LONGEST = 300
"""Characters of an answer: it travels as a text, and two or three segments are read; more are not."""
SHORTEST = 3


class AlreadyAnswered(NotAllowed):
    """This link has answered these reports before. `texts` is what was said."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__("You have answered this already.")
        self.texts = tuple(texts)


@dataclass(frozen=True)
class Desk:
    """What an official sees behind their link: the digest, who they are, and the reports that wait for them."""

    digest: Digest
    official: Official
    waiting: list[Waiting]
    held: frozenset[int]
    """Reports whose answer waits for a moderator."""
    said: list[Answer] = field(default_factory=list)
    """What this link answered so far, newest first."""


def clean(text: str) -> str:
    """An answer as it is sent: one line, no control characters. Raises NotAllowed if it is too short or too long."""
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    if not SHORTEST <= len(words) <= LONGEST:
        raise NotAllowed(f"An answer has {SHORTEST} to {LONGEST} characters; this one has {len(words)}.")
    return words


async def open_desk(session: AsyncSession, programme: Programme, digest: Digest) -> Desk:
    """The reports of a digest's official that wait for an answer. Raises NotFound if they hold the office no more."""
    official = next((entry for entry in programme.officials if entry.email == digest.official), None)
    if official is None:
        raise NotFound("This office has changed hands. Ask the organisation for a new digest.")
    waiting = Index.of(await load_waiting(session, programme)).of_official(programme, official)
    held = await session.scalars(
        select(AnsweredReport.report_id)
        .join(Answer, Answer.id == AnsweredReport.answer_id)
        .where(Answer.programme == programme.code, Answer.state == "held")
    )
    said = await session.scalars(
        select(Answer).where(Answer.digest_id == digest.id, Answer.state != "withdrawn").order_by(Answer.id.desc())
    )
    return Desk(digest, official, waiting, frozenset(held), list(said))


async def answer_report(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    digest: Digest,
    reference: str,
    text: str,
    now: datetime,
) -> Answer:
    """Answer one report. Raises NotFound if it is not the official's, AlreadyAnswered, or NotAllowed."""
    desk = await open_desk(session, programme, digest)
    chosen = [report for report in desk.waiting if report.reference == reference]
    if not chosen:
        await _refuse_answered(session, desk, reference)
        raise NotFound("No such report waits for you.")
    return await _store(session, secrets, programme, desk, chosen, None, None, text, now)


async def answer_all(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    digest: Digest,
    category: str,
    area: str,
    text: str,
    now: datetime,
) -> Answer:
    """Answer all of the official's open reports of a category in an area and below it; ALL is their whole remit."""
    desk = await open_desk(session, programme, digest)
    chosen = in_group(programme, desk.waiting, category, area)
    if not chosen:
        before = [answer.text for answer in desk.said if (answer.category, answer.area) == (category, area)]
        if before:
            raise AlreadyAnswered(before)
        raise NotFound("No such reports wait for you.")
    return await _store(session, secrets, programme, desk, chosen, category, area, text, now)


def in_group(programme: Programme, reports: Sequence[Waiting], category: str, area: str) -> list[Waiting]:
    """The reports of a category in an area and below it."""
    inside = programme.within.get(area, frozenset())
    return [
        report
        for report in reports
        if category in (report.categories or ("",)) and (area == ALL or report.area in inside)
    ]


async def _refuse_answered(session: AsyncSession, desk: Desk, reference: str) -> None:
    said = await session.scalars(
        select(Answer.text)
        .join(AnsweredReport, AnsweredReport.answer_id == Answer.id)
        .join(Report, Report.id == AnsweredReport.report_id)
        .where(Answer.digest_id == desk.digest.id, Answer.state != "withdrawn", Report.reference == reference)
    )
    texts = list(said)
    if texts:
        raise AlreadyAnswered(texts)


async def _store(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    desk: Desk,
    chosen: Sequence[Waiting],
    category: str | None,
    area: str | None,
    text: str,
    now: datetime,
) -> Answer:
    """Keep an answer to those of the chosen that this link has not answered and that no held answer is for."""
    words = clean(text)
    await session.scalars(select(Report.id).where(Report.id.in_([r.id for r in chosen])).with_for_update())
    before = await session.execute(
        select(AnsweredReport.report_id, Answer.text)
        .join(Answer, Answer.id == AnsweredReport.answer_id)
        .where(
            AnsweredReport.report_id.in_([report.id for report in chosen]),
            (Answer.state == "held") | ((Answer.digest_id == desk.digest.id) & (Answer.state == "released")),
        )
    )
    said = {row.report_id: row.text for row in before}
    fresh = [report for report in chosen if report.id not in said]
    if not fresh:
        raise AlreadyAnswered(sorted(set(said.values())))
    answer = Answer(
        programme=programme.code,
        official=desk.official.email,
        office=desk.official.office,
        digest_id=desk.digest.id,
        category=category,
        area=area,
        text=words,
        state="held",
        created_at=now,
    )
    session.add(answer)
    await session.flush()
    session.add_all(AnsweredReport(answer_id=answer.id, report_id=report.id) for report in fresh)
    await session.flush()
    await audit.record(
        session, programme.code, actor_of(desk.official), "answer", _thing(answer), {"reports": len(fresh)}, now
    )
    # An answer of more than one segment goes out by itself nowhere: a moderator sees what it costs first.
    slots = {"reference": "K7-4QF", "office": answer.office, "answer": words}
    if not programme.rules.release_answers and outbox.fits_everywhere(programme, "answered", slots):
        await _release(session, secrets, programme, answer, now)
    return answer


def actor_of(official: Official) -> str:
    """How an official is named in the audit: by a hash, so that it holds no address."""
    return f"official:{hashlib.sha256(official.email.encode()).hexdigest()[:12]}"


def _thing(answer: Answer) -> str:
    return f"answer:{answer.id}"


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
    await _release(session, secrets, programme, answer, now)
    await audit.record(session, programme.code, audit.user(user_id), "release", _thing(answer), {}, now)
    return answer


async def withdraw(session: AsyncSession, programme: Programme, answer_id: int, user_id: int, now: datetime) -> Answer:
    """Take a held answer back: nobody is told, its reports wait again. Raises NotFound, NotAllowed."""
    answer = await _held(session, programme, answer_id)
    answer.state = "withdrawn"
    await audit.record(session, programme.code, audit.user(user_id), "withdraw", _thing(answer), {}, now)
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


async def _release(
    session: AsyncSession, secrets: Secrets, programme: Programme, answer: Answer, now: datetime
) -> None:
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

    `mine` is theirs. Where it is merged into another, that one is `answered`, and their yes or no is about it.
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
    if queued:
        reporters.ask(reporter, "solved", answered.id, [], now)
