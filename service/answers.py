"""What officials answer: one report, or all of a category in an area. Nobody is told before it is released."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit, outbox, releasing
from service.digests.recipient import holder
from service.models import Answer, AnsweredReport, Digest, Report
from service.programme import Programme
from service.programme.schema import Official
from service.secrets import Secrets
from service.summaries.cells import ALL
from service.summaries.waiting import Index, Waiting, load_waiting
from service.workflow import NotAllowed, NotFound

LONGEST = 300
"""Characters of an answer: it travels as a text, and two or three segments are read; more are not."""
SHORTEST = 3


class AlreadyAnswered(NotAllowed):
    """This link has answered these reports before. `texts` is what was said."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__("You have answered this already.")
        self.texts = tuple(texts)


class Unlisted(NotFound):
    """The digest's official is no longer in officials.csv."""


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
    """The reports of a digest's official that wait for an answer. Raises Unlisted if they hold the office no more."""
    official = holder(programme, digest)
    if official is None:
        raise Unlisted("This office has changed hands. Ask the organisation for a new digest.")
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
        session,
        programme.code,
        actor_of(desk.official),
        "answer",
        audit.answer(answer.id),
        {"reports": len(fresh)},
        now,
    )
    # An answer of more than one segment goes out by itself nowhere: a moderator sees what it costs first.
    slots = {"reference": "K7-4QF", "office": answer.office, "answer": words}
    if not programme.rules.release_answers and outbox.fits_everywhere(programme, "answered", slots):
        await releasing.let_out(session, secrets, programme, answer, now)
    return answer


def actor_of(official: Official) -> str:
    """How an official is named in the audit: by a hash, so that it holds no address."""
    return f"official:{hashlib.sha256(official.email.encode()).hexdigest()[:12]}"
