"""One person's web chat as the phone page shows it: their texts and ours, and what we understood of their last report.

A web chat person is known by a pseudonym only, so nothing here finds anyone without the sender their browser holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from service.incoming import texts_of
from service.media import enclosing, showing
from service.media.kinds import Sort
from service.media.showing import Opened
from service.models import Analysis, Attachment, Message, Report, ReportCategory, Reporter
from service.secrets import Secrets

LONGEST = 200
"""Texts shown of one conversation, the newest."""


@dataclass(frozen=True)
class ChatText:
    """One text. `words` is None once erased; `state`, `purpose` and `cause` are the message's."""

    id: int
    mine: bool
    words: str | None = field(repr=False)
    at: datetime
    state: str
    purpose: str | None
    cause: str | None
    files: tuple[Sort, ...] = ()
    """The sorts of files that came with it."""
    file: enclosing.Sent | None = None
    """What we sent with it."""


@dataclass(frozen=True)
class Conversation:
    """The texts in order. `question` is what we wait on (place, solved or forget), `choices` its answers."""

    texts: tuple[ChatText, ...] = ()
    language: str | None = None
    question: str | None = None
    choices: tuple[dict[str, Any], ...] = ()
    stopped: bool = False

    @property
    def waiting(self) -> bool:
        """Whether the last text is theirs and still to be read."""
        return bool(self.texts) and self.texts[-1].mine and self.texts[-1].state == "received"


@dataclass(frozen=True)
class Insight:
    """What we understood of the last report. Of a sensitive one only that it is in the vault, and its life."""

    reference: str
    status: str
    sensitive: bool
    moments: tuple[tuple[str, datetime], ...]
    """(what, when) in order: received, acknowledged, reviewed, forwarded, answered, told, agreed or disagreed."""
    accepted_by: str | None = None
    text: str | None = field(default=None, repr=False)
    """Redacted."""
    categories: tuple[ReportCategory, ...] = ()
    place: str | None = None
    area: str | None = None
    place_score: float | None = None
    radius_km: float | None = None
    urgent: bool = False
    review_reason: str | None = None
    analysis: dict[str, Any] | None = field(default=None, repr=False)
    """The newest analysis as `nlp.analysis.as_line` wrote it, without the text."""


async def pulse(session: AsyncSession, secrets: Secrets, channel: str, sender: str) -> str:
    """Changes whenever conversation or insight do. Cheap enough to ask every second."""
    reporter = await _reporter(session, secrets, channel, sender)
    states = select(Message.state, func.count(), func.max(Message.id), func.count(Message.body))
    rows = await session.execute(
        states.where(_theirs(secrets, channel, sender, reporter)).group_by(Message.state).order_by(Message.state)
    )
    parts = ["-".join(str(value) for value in row) for row in rows]
    if reporter is not None:
        parts.append(f"{reporter.question}-{reporter.stopped_at is not None}-{reporter.language}")
        report = await _last_report(session, reporter)
        if report is not None:
            newest = await session.scalar(select(func.max(Analysis.id)).where(Analysis.report_id == report.id))
            told = sum(when is not None for _, when in _moments(report))
            parts.append(f"{report.id}-{report.status}-{report.revision}-{report.texts}-{newest}-{told}")
    return "_".join(parts) or "0"


async def conversation(session: AsyncSession, secrets: Secrets, channel: str, sender: str) -> Conversation:
    """The newest texts of one person on a channel, such as nairobi/web. Empty for someone who never texted."""
    reporter = await _reporter(session, secrets, channel, sender)
    newest = (
        select(Message).where(_theirs(secrets, channel, sender, reporter)).order_by(Message.id.desc()).limit(LONGEST)
    )
    messages: Sequence[Message] = (await session.scalars(newest)).all()
    files = await showing.sorts(session, secrets, messages)
    ours = await enclosing.shown(session, messages)
    texts = tuple(
        _unsealed(secrets, message, files.get(message.id, ()), ours.get(message.id)) for message in reversed(messages)
    )
    if reporter is None:
        return Conversation(texts)
    return Conversation(
        texts,
        reporter.language,
        reporter.question,
        tuple(reporter.question_choices or ()),
        reporter.stopped_at is not None,
    )


async def open_file(
    session: AsyncSession, secrets: Secrets, channel: str, sender: str, file: int, *, preview: bool = False
) -> Opened:
    """A file we sent with a text of this conversation, or a picture again, small. NotFound for any other."""
    reporter = await _reporter(session, secrets, channel, sender)
    item = await session.scalar(
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .where(
            Attachment.id == file,
            Attachment.position == enclosing.OURS,
            Attachment.state == "stored",
            _theirs(secrets, channel, sender, reporter),
        )
        .options(undefer(Attachment.preview if preview else Attachment.content))
    )
    return enclosing.opened(secrets, item, preview=preview)


async def insight(session: AsyncSession, secrets: Secrets, channel: str, sender: str) -> Insight | None:
    """What we understood of this person's last report, or None before the first."""
    reporter = await _reporter(session, secrets, channel, sender)
    report = None if reporter is None else await _last_report(session, reporter)
    if report is None:
        return None
    moments = tuple(sorted(((what, when) for what, when in _moments(report) if when is not None), key=lambda m: m[1]))
    if report.sensitive or report.status == "referred":
        return Insight(report.reference, report.status, True, moments)
    categories = await session.scalars(
        select(ReportCategory).where(ReportCategory.report_id == report.id).order_by(ReportCategory.score.desc())
    )
    result = await session.scalar(
        select(Analysis.result).where(Analysis.report_id == report.id).order_by(Analysis.id.desc()).limit(1)
    )
    return Insight(
        report.reference,
        report.status,
        False,
        moments,
        accepted_by=report.accepted_by,
        text=report.text,
        categories=tuple(categories),
        place=report.place_name,
        area=report.area,
        place_score=report.place_score,
        radius_km=report.radius_km,
        urgent=report.urgent,
        review_reason=report.review_reason,
        analysis=result,
    )


async def _reporter(session: AsyncSession, secrets: Secrets, channel: str, sender: str) -> Reporter | None:
    pseudonym = secrets.pseudonym(channel, sender)
    found = select(Reporter).where(Reporter.channel == channel, Reporter.pseudonym == pseudonym)
    return (await session.scalars(found)).one_or_none()


async def _last_report(session: AsyncSession, reporter: Reporter) -> Report | None:
    newest = select(Report).where(Report.reporter_id == reporter.id).order_by(Report.id.desc()).limit(1)
    return (await session.scalars(newest)).one_or_none()


def _theirs(secrets: Secrets, channel: str, sender: str, reporter: Reporter | None) -> ColumnElement[bool]:
    """Texts carry the pseudonym while the reporter is unknown, and the reporter afterwards."""
    known = texts_of(channel, secrets.pseudonym(channel, sender))
    return (
        known if reporter is None else or_(known, (Message.channel == channel) & (Message.reporter_id == reporter.id))
    )


def _unsealed(secrets: Secrets, message: Message, files: tuple[Sort, ...], ours: enclosing.Sent | None) -> ChatText:
    return ChatText(
        id=message.id,
        mine=message.direction == "in",
        words=None if message.body is None else secrets.unseal(message.body),
        at=message.created_at,
        state=message.state,
        purpose=message.purpose,
        cause=message.cause,
        files=files,
        file=ours,
    )


def _moments(report: Report) -> tuple[tuple[str, datetime | None], ...]:
    return (
        ("received", report.received_at),
        ("acknowledged", report.acknowledged_at),
        ("reviewed", report.reviewed_at),
        ("forwarded", report.forwarded_at),
        ("answered", report.answered_at),
        ("told", report.told_at),
        ("agreed" if report.agreed else "disagreed", report.agreed_at),
    )
