"""Whether a text belongs to an account the person sent before, and how we know.

Strongest first: the report they name, the text of ours they point at, the texts right beside it, the word it opens with,
and a short text with no topic of its own. Everything else is a new account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import nlp.analysis as nlp
from service.conversation import pieces
from service.conversation.assembling import MOST_TEXTS
from service.conversation.values import MEMBERS, Incoming
from service.conversation.wording import opens_with_addition, references_in
from service.models import Message, Report, ReportCategory, Reporter, Vault
from service.moderation import codes
from service.outgoing import OUT
from service.programme import Programme
from service.programme.words import words_of
from service.reports import SURE_CATEGORY
from service.secrets import Secrets

MEMORY = timedelta(days=14)
"""How long after it a word such as "also" means an account, or a text of ours can be pointed at."""
SOON = timedelta(minutes=10)
ANSWERED = timedelta(days=3)
"""So long after an office's answer, a text with no topic of its own is about that: "they came, but took only half"."""
SHORT = 8
"""Words of a text that has no topic of its own and comes soon after an account."""
_RECENT = 40
JOINABLE = frozenset({"received", "in_review", "accepted", "forwarded", "answered", "resolved", "disputed"})
"""What is set aside, merged or referred takes up no further texts: they begin anew."""


@dataclass(frozen=True)
class Relation:
    """To which report a text belongs, as a part of it or as something added; None is a new account.

    `cause` says why, "" if nothing pointed at an earlier report. `seals` are the kinds of a sealed report that is
    closed: what follows it is sealed too.
    """

    purpose: str
    cause: str
    report: Report | None = None
    seals: tuple[str, ...] = ()


async def relate(
    session: AsyncSession, secrets: Secrets, programme: Programme, reporter: Reporter, incoming: Incoming
) -> Relation:
    """A part, a follow-up or a new account, with the reason."""
    message, analysis = incoming.message, incoming.analysis or nlp.Analysis()
    named = await _named(session, reporter, incoming.text)
    if named is not None:
        return await _joining(session, named, "follow_up", f"it names {named.reference}")
    pointed = await _pointed_at(session, reporter, incoming)
    if pointed is not None:
        return await _joining(session, pointed, "follow_up", f"it answers our text about {pointed.reference}")
    recent = await _recent(session, reporter, message)
    beside = _beside(secrets, incoming, recent)
    if beside is not None:
        other, cause = beside
        report = await session.get_one(Report, other.report_id, with_for_update=True, populate_existing=True)
        if report.status in JOINABLE and report.texts < MOST_TEXTS:
            return Relation("part", cause, report)
    earlier = await _reports(session, recent, message)
    if not earlier:
        return Relation("account", "")
    report = await _likest(session, earlier, analysis)
    if analysis.sensitive and not report.sensitive:
        # What is dangerous begins an account of its own, and does not draw the other into the vault.
        return Relation("account", "")
    if opens_with_addition(programme, incoming.text):
        if is_elsewhere(report, analysis):
            return Relation("account", f"it opens like an addition, but not where {report.reference} is")
        return Relation("follow_up", f"it opens with a word for adding, after {report.reference}", report)
    bare = not analysis.categories and not analysis.places and analysis.location is None
    answered = next((each for each in earlier if each.id == reporter.question_report_id), None)
    if answered is not None and _is_fresh(reporter, message) and await _may_be_about(session, answered, analysis):
        return Relation("follow_up", f"nothing else, soon after the office's answer to {answered.reference}", answered)
    newest = recent[0]
    # Masked, so that a number to call is one word however it is spaced.
    short = len(words_of(analysis.redacted)) <= SHORT and (incoming.pin is None or report.place_by != "reporter")
    if bare and short and newest.report_id == report.id and message.created_at - newest.created_at <= SOON:
        return Relation("follow_up", f"short, with no topic of its own, soon after {report.reference}", report)
    return Relation("account", "")


def _is_fresh(reporter: Reporter, message: Message) -> bool:
    """Does it come within days of an office's answer which asks whether it is solved?"""
    if reporter.question != "solved" or reporter.asked_at is None:
        return False
    return timedelta() <= message.created_at - reporter.asked_at <= ANSWERED


async def _may_be_about(session: AsyncSession, report: Report, analysis: nlp.Analysis) -> bool:
    """Does it tell of no other place, and of no other topic that the machine is sure of?"""
    if is_elsewhere(report, analysis):
        return False
    sure = {finding.code for finding in analysis.categories if finding.score >= SURE_CATEGORY}
    return not sure or bool(sure & set(await codes(session, report.id)))


async def _named(session: AsyncSession, reporter: Reporter, text: str) -> Report | None:
    """The report of theirs that the text names. Of the reports of others we do not even say that they exist."""
    named = references_in(text)
    if not named:
        return None
    return await session.scalar(
        select(Report)
        .where(Report.reporter_id == reporter.id, Report.reference.in_(named))
        .order_by(Report.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def pointed_text(session: AsyncSession, reporter: Reporter, external_id: str | None) -> Message | None:
    """The text of ours to them that they point at; where their provider calls several the same, one about a report."""
    if external_id is None:
        return None
    return await session.scalar(
        select(Message)
        .where(
            Message.channel == reporter.channel,
            Message.external_id == external_id,
            OUT,
            Message.reporter_id == reporter.id,
        )
        .order_by(Message.report_id.is_(None), Message.id.desc())
        .limit(1)
    )


async def _pointed_at(session: AsyncSession, reporter: Reporter, incoming: Incoming) -> Report | None:
    ours = await pointed_text(session, reporter, incoming.replies_to)
    if ours is None or ours.report_id is None or incoming.message.created_at - ours.created_at > 2 * MEMORY:
        return None
    return await session.get(Report, ours.report_id, with_for_update=True, populate_existing=True)


def takes_more(report: Report) -> bool:
    """Does an account take up further texts? Not one that is closed, long enough, or erased."""
    erased = report.text is None and not report.sensitive and report.status != "received"
    return report.status in JOINABLE and report.texts < MOST_TEXTS and not erased


async def _joining(session: AsyncSession, report: Report, purpose: str, cause: str) -> Relation:
    """Joins it, or begins anew beside it where it takes up nothing more."""
    if takes_more(report):
        return Relation(purpose, cause, report)
    seals: tuple[str, ...] = ()
    if report.sensitive:
        kinds = await session.scalar(select(Vault.kinds).where(Vault.report_id == report.id))
        seals = tuple(kinds or ())
    return Relation("account", f"{cause}, which takes up no more", None, seals)


async def _recent(session: AsyncSession, reporter: Reporter, message: Message) -> Sequence[Message]:
    """The last texts of theirs that made up accounts, newest first; with those that arrived after this one."""
    rows = await session.scalars(
        select(Message)
        .where(
            Message.reporter_id == reporter.id,
            Message.direction == "in",
            Message.created_at > message.created_at - MEMORY,
            Message.id != message.id,
            Message.purpose.in_(MEMBERS),
            Message.state == "done",
            Message.report_id.is_not(None),
            Message.body.is_not(None),
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(_RECENT)
    )
    return list(rows)


def _beside(secrets: Secrets, incoming: Incoming, recent: Sequence[Message]) -> tuple[Message, str] | None:
    """The text it is a part of, or came right after or before."""
    own = pieces.Piece(incoming.message, incoming.text, incoming.part)
    if own.part is not None:
        for other in recent:
            piece = pieces.open_piece(secrets, other)
            if pieces.are_parts(own, piece):
                return other, f"part {own.part.number} of {own.part.total}"
            if pieces.is_again(own, piece):
                return other, f"part {own.part.number} of {own.part.total}, which came again"
    for other in recent:
        if pieces.are_together(own.message, other):
            return other, f"within {pieces.TOGETHER.seconds} seconds of another text of theirs"
    return None


async def _reports(session: AsyncSession, recent: Sequence[Message], message: Message) -> list[Report]:
    """The accounts of those texts that take up more, the one spoken of last first."""
    order = list(dict.fromkeys(text.report_id for text in recent if text.created_at <= message.created_at))
    if not order:
        return []
    rows = await session.scalars(
        select(Report)
        .where(
            Report.id.in_(order),
            Report.status.in_(JOINABLE),
            Report.texts < MOST_TEXTS,
        )
        .order_by(Report.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return sorted(rows, key=lambda report: order.index(report.id))


async def _likest(session: AsyncSession, earlier: Sequence[Report], analysis: nlp.Analysis) -> Report:
    """The last one with a category in common, else the last one."""
    rows = await session.execute(
        select(ReportCategory.report_id, ReportCategory.code).where(
            ReportCategory.report_id.in_([report.id for report in earlier])
        )
    )
    codes: dict[int, set[str]] = {}
    for report_id, code in rows:
        codes.setdefault(report_id, set()).add(code)
    said = {finding.code for finding in analysis.categories}
    return next((report for report in earlier if codes.get(report.id, set()) & said), earlier[0])


def is_elsewhere(report: Report, analysis: nlp.Analysis) -> bool:
    """Does the text name a place in another area than the report's?"""
    location = analysis.location
    named = location is not None and bool(analysis.places) and location.area is not None
    return bool(named and report.area is not None and location is not None and location.area != report.area)
