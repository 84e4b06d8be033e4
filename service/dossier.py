"""One report with all that a moderator needs to decide on it, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit
from service.models import Analysis, Answer, AnsweredReport, Decision, Message, Report, ReportCategory, User
from service.programme.templates import WRITTEN
from service.secrets import Secrets, Unsealable
from service.workflow import NotFound


@dataclass(frozen=True)
class Sent:
    """A text of the conversation. Of theirs only that there was one; their words are shown redacted, as the report."""

    outgoing: bool
    words: str | None = field(repr=False)
    """Ours alone; None for theirs, and once erased."""
    purpose: str | None
    cause: str | None
    state: str
    at: datetime


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

    Of a sensitive account this holds no words; theirs are in `vault.read`, and ours only for who `opened` it there.
    `mask` takes personal data out of what moderators wrote.
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
    return Dossier(
        report=report,
        categories=tuple(categories),
        analysis=None if report.sensitive else analysis,
        claimed_login=row.login,
        conversation=await _conversation(session, secrets, report, opened, mask),
        decisions=await _decisions(session, report.id),
        audit=tuple(reversed(await audit.read(session, programme, things=(audit.report(report.id),)))),
        answers=tuple(answers),
    )


async def _conversation(
    session: AsyncSession, secrets: Secrets, report: Report, opened: bool, mask: Callable[[str], str]
) -> tuple[Sent, ...]:
    shown = opened or not report.sensitive
    messages = await session.scalars(select(Message).where(Message.report_id == report.id).order_by(Message.id))
    return tuple(
        Sent(
            outgoing=message.direction == "out",
            words=_words(secrets, message, mask) if message.direction == "out" and shown else None,
            purpose=message.purpose,
            cause=message.cause,
            state=message.state,
            at=message.sent_at or message.created_at,
        )
        for message in messages
    )


def _words(secrets: Secrets, message: Message, mask: Callable[[str], str]) -> str | None:
    """Our own text. One sealed under another key is not worth the whole page."""
    try:
        words = None if message.body is None else secrets.unseal(message.body)
        return words if words is None or message.purpose != WRITTEN else mask(words)
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
