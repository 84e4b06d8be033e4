"""One report with all that a moderator needs to decide on it, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit
from service.conversation import MEMBERS
from service.conversation.relating import JOINABLE
from service.media import enclosing, showing
from service.media.showing import File
from service.models import (
    Analysis,
    Answer,
    AnsweredReport,
    Decision,
    Message,
    Report,
    ReportCategory,
    Reporter,
    User,
)
from service.programme.templates import WRITTEN
from service.secrets import Secrets, Unsealable
from service.workflow import NotFound

MOST_OTHERS = 12


@dataclass(frozen=True)
class Sent:
    """A text of the conversation."""

    id: int
    outgoing: bool
    words: str | None = field(repr=False)
    """Ours as it went out, theirs without personal data; None once erased, and where they are not for this reader."""
    purpose: str | None
    cause: str | None
    state: str
    at: datetime
    movable: bool = False
    """Is it a text of theirs that makes up the account, and may belong elsewhere?"""
    file: enclosing.Sent | None = None
    """What goes or went out with a text of ours."""
    moved_from: str | None = None
    """The report a person took it from, if that was the last move."""


@dataclass(frozen=True)
class Other:
    """Another report of the same person, as this reader may know it."""

    reference: str
    status: str
    received_at: datetime
    text: str | None = field(repr=False)


@dataclass(frozen=True)
class Past:
    """A decision with the log-in of who made it."""

    login: str | None
    act: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str | None
    at: datetime


@dataclass(frozen=True)
class Dossier:
    """The report, what is known about it, and what happened to it, oldest first."""

    report: Report = field(repr=False)
    categories: tuple[ReportCategory, ...]
    analysis: Mapping[str, Any] | None = field(repr=False)
    """The newest analysis line without the text; None in the vault."""
    claimed_login: str | None
    conversation: tuple[Sent, ...]
    decisions: tuple[Past, ...]
    audit: tuple[audit.Entry, ...]
    answers: tuple[Answer, ...]
    files: tuple[File, ...]
    """What came with their texts."""
    others: tuple[Other, ...] = ()
    """Their other reports that a text may be moved to, newest first."""
    trusted: bool = False
    """Is the reporter one the organisation knows?"""


async def open_report(
    session: AsyncSession,
    secrets: Secrets,
    programme: str,
    reference: str,
    role: str,
    now: datetime,
    *,
    opened: bool = False,
    mask: Callable[[str], str] = str,
) -> Dossier:
    """NotFound if there is none, or if it is sensitive and the role is not focal_point.

    Of a sensitive account this holds no words; those are in `vault.read`. Only once that has been called, `opened` adds
    the words of each text. `mask` takes personal data out of what moderators wrote.
    """
    row = (
        await session.execute(
            select(Report, User.login)
            .outerjoin(User, (User.id == Report.claimed_by) & (Report.claimed_until > now))
            .where(Report.programme == programme, Report.reference == reference)
        )
    ).one_or_none()
    if row is None or (row.Report.sensitive and role != "focal_point"):
        raise NotFound("There is no such report.")
    report: Report = row.Report
    categories = await session.scalars(
        select(ReportCategory)
        .where(ReportCategory.report_id == report.id)
        .order_by(ReportCategory.score.desc(), ReportCategory.code)
    )
    analysis = await session.scalar(
        select(Analysis.result).where(Analysis.report_id == report.id).order_by(Analysis.id.desc()).limit(1)
    )
    answers = await session.scalars(
        select(Answer)
        .join(AnsweredReport, AnsweredReport.answer_id == Answer.id)
        .where(AnsweredReport.report_id == report.id)
        .order_by(Answer.id)
    )
    decisions = await _decisions(session, report.id)
    trusted = await session.scalar(select(Reporter.trusted).where(Reporter.id == report.reporter_id))
    return Dossier(
        report=report,
        categories=tuple(categories),
        analysis=None if report.sensitive else analysis,
        claimed_login=row.login,
        conversation=await _conversation(session, secrets, report, decisions, opened=opened, mask=mask),
        decisions=decisions,
        audit=tuple(reversed(await audit.read(session, programme, things=(audit.report(report.id),)))),
        answers=tuple(answers),
        files=await showing.of_report(session, secrets, report),
        others=await _others(session, report, role),
        trusted=bool(trusted),
    )


async def _conversation(
    session: AsyncSession,
    secrets: Secrets,
    report: Report,
    decisions: tuple[Past, ...],
    *,
    opened: bool,
    mask: Callable[[str], str],
) -> tuple[Sent, ...]:
    messages = (await session.scalars(select(Message).where(Message.report_id == report.id).order_by(Message.id))).all()
    moved = {
        text: past.after.get("from")
        for past in decisions
        if past.act == "move_text"
        for text in past.after.get("texts", ())
    }
    shown = opened or not report.sensitive
    files = await enclosing.shown(session, messages)
    return tuple(
        Sent(
            id=message.id,
            outgoing=message.direction == "out",
            words=_words(secrets, message, mask) if shown else None,
            purpose=message.purpose,
            cause=message.cause,
            state=message.state,
            at=message.sent_at if message.direction == "out" and message.sent_at else message.created_at,
            file=files.get(message.id),
            movable=message.direction == "in" and message.purpose in MEMBERS and message.redacted is not None,
            moved_from=moved.get(message.id) if message.direction == "in" else None,
        )
        for message in messages
    )


async def _others(session: AsyncSession, report: Report, role: str) -> tuple[Other, ...]:
    theirs = [Report.reporter_id == report.reporter_id, Report.id != report.id]
    returned = (Report.status == "merged") & (Report.merged_into == report.id)
    theirs.append(Report.status.in_(JOINABLE) | returned)
    if role != "focal_point":
        theirs.append(Report.sensitive.is_(False))
    elif report.sensitive:
        theirs.append(Report.sensitive.is_(True))
    query = (
        select(Report.reference, Report.status, Report.received_at, Report.text)
        .where(*theirs)
        .order_by(Report.id.desc())
        .limit(MOST_OTHERS)
    )
    return tuple(Other(*row) for row in await session.execute(query))


def _words(secrets: Secrets, message: Message, mask: Callable[[str], str]) -> str | None:
    """Our text, or theirs without personal data. One sealed under another key is not worth the whole page."""
    sealed = message.body if message.direction == "out" else message.redacted
    try:
        words = None if sealed is None else secrets.unseal(sealed)
        return mask(words) if words is not None and message.purpose == WRITTEN else words
    except Unsealable:
        return None


async def _decisions(session: AsyncSession, report_id: int) -> tuple[Past, ...]:
    query = (
        select(Decision, User.login)
        .outerjoin(User, User.id == Decision.user_id)
        .where(Decision.report_id == report_id)
        .order_by(Decision.id)
    )
    return tuple(
        Past(login, decision.act, decision.before, decision.after, decision.reason, decision.created_at)
        for decision, login in await session.execute(query)
    )
