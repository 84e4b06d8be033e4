"""What each command word does."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit, commands, outbox, reporters
from service.conversation.pieces import BEHIND, said_at
from service.conversation.values import Incoming, Outcome
from service.conversation.wording import (
    HOW_FAR_WORDS,
    is_how_far,
    opens_with_how_far,
    references_in,
    without_references,
)
from service.models import Message, Report, ReportCategory, Reporter
from service.programme import Programme
from service.programme.words import words_of
from service.workflow import told

DANGER_LASTS = timedelta(days=3)
"""So long after an urgent report, whoever asks for a person is told whom to call."""
CRY_WORDS = 3
"""So short, a word for help after a report of danger is a cry, and not a question how we work."""
WORD_FOR = "the word for"
"""How the cause of a command begins that was written as it is."""
OPPOSITE = {"start": "stop", "stop": "start"}
CLOSED = frozenset({"resolved", "rejected", "merged"})
"""Of such a report no further answer of an office is promised."""


async def obey(
    session: AsyncSession, programme: Programme, reporter: Reporter, incoming: Incoming, now: datetime
) -> Outcome | None:
    """Do what the text commands, or answer what it asks of us; None if it is neither."""
    text = incoming.text
    reporter.language = reporter.language or commands.spoken_in(programme, text)
    named = commands.command(programme, text)
    if named is not None:
        if named in OPPOSITE and await _said_later(session, reporter, incoming.message, OPPOSITE[named]):
            return Outcome("command", f"{WORD_FOR} {named}, which they took back since")
        return await _do(session, programme, reporter, named, f"{WORD_FOR} {named}", text, now)
    tag = commands.language(programme, text)
    if tag is not None:
        reporter.language, reporter.language_chosen = tag, True
        return Outcome("command", f"asks for texts in {tag}", "language_set")
    courtesy = commands.courtesy(programme, text)
    if courtesy is not None:
        greets = courtesy == "greeting" and reporter.stopped_at is None
        return Outcome("command", "greetings alone" if greets else "polite words alone", "help" if greets else None)
    if commands.attention(programme, text):
        return await _attend(session, programme, reporter, now)
    asked = await _asked_after(session, programme, reporter, incoming, now)
    if asked is not None:
        return asked
    slipped = commands.slip(programme, text)
    if slipped == "stop":
        # Not STOP itself: whoever is silenced by mistake does not learn of it; whoever meant it needs one more text.
        return (
            None if reporter.stopped_at else Outcome("command", "almost the word for stop: told the word", "stop_hint")
        )
    if slipped is not None:
        return await _do(session, programme, reporter, slipped, f"almost the word for {slipped}", text, now)
    return None


async def _do(
    session: AsyncSession, programme: Programme, reporter: Reporter, command: str, cause: str, text: str, now: datetime
) -> Outcome:
    if command == "stop":
        again = stop(reporter, now)
        # One good-bye, not one for every further STOP.
        return Outcome("command", cause, None if again else "stopped")
    if command == "start":
        reporter.stopped_at = None
        return Outcome("command", cause, "started")
    if (
        command == "help"
        and len(words_of(text)) <= CRY_WORDS
        and await _is_in_danger(session, programme, reporter, now)
    ):
        return await _attend(session, programme, reporter, now)
    if command in ("help", "privacy"):
        if command == "privacy":
            reporter.informed_at = reporter.informed_at or now
        return Outcome("command", cause, command)
    if command == "forget":
        reporters.ask(reporter, "forget", None, [], now)
        return Outcome("command", cause, "forget_ask")
    if command == "quote":
        reporter.quotable = True
        await audit.record(session, programme.code, "reporter", "quotable", f"reporter:{reporter.id}", {}, now)
        return Outcome("command", cause, "quotable")
    report = await latest(session, reporter)
    if report is None:
        return Outcome("command", cause, "status_none")
    return _status(programme, reporter, report, cause)


async def _attend(session: AsyncSession, programme: Programme, reporter: Reporter, now: datetime) -> Outcome:
    """Whoever asks for a person hears what we can do and what not; in danger, whom to call. The desk sees it at the report."""
    report = await latest(session, reporter)
    cause = "it asks for a person, or what to do"
    if report is None or report.status in CLOSED:
        return Outcome("command", cause, "attention")
    if await _is_in_danger(session, programme, reporter, now):
        return Outcome("command", f"{cause}, after a report of danger", "attention_danger", report=report)
    if report.sensitive:
        return Outcome("command", cause, "attention", report=report)
    return Outcome("command", cause, "attention_report", {"reference": report.reference}, report)


async def _is_in_danger(session: AsyncSession, programme: Programme, reporter: Reporter, now: datetime) -> bool:
    """Is their newest report one of danger, and somebody there whom they can call?"""
    report = await latest(session, reporter)
    return report is not None and tells_danger(programme, report, now)


def tells_danger(programme: Programme, report: Report, now: datetime) -> bool:
    """Is it open and one of danger, and somebody there whom they can call?"""
    if report.status in CLOSED or not (programme.rules.emergency or programme.rules.helpline):
        return False
    return report.sensitive or (report.urgent and now - report.received_at <= DANGER_LASTS)


def added(programme: Programme, report: Report, text: str, now: datetime) -> str:
    """The reply to what was added to a report: to a few words after danger, whom to call."""
    cries = 0 < len(words_of(text)) <= CRY_WORDS and tells_danger(programme, report, now)
    return "attention_danger" if cries else "added"


async def _asked_after(
    session: AsyncSession, programme: Programme, reporter: Reporter, incoming: Incoming, now: datetime
) -> Outcome | None:
    """How far a report of theirs is, if that is what the text asks: its reference, "STATUS K7-4QF", "how far is my report?".

    What names a place, a danger or a topic of which they have no report tells something new.
    """
    named, rest = references_in(incoming.text), without_references(incoming.text)
    if len(named) > 1:
        return None
    if named and (not words_of(rest) or commands.command(programme, rest) == "status"):
        report = await _newest(session, reporter, Report.reference.in_(named))
        if report is None:
            # Of the reports of others we do not even say that they exist.
            return await _do(session, programme, reporter, "status", "it names no report of theirs", rest, now)
        return _status(programme, reporter, report, "it names a report, and asks nothing else")
    analysis = incoming.analysis
    # Of the bare question the machine can only mishear a topic: "what about my report?" is no account of violence.
    plain = is_how_far(programme, rest)
    if analysis is None or len(words_of(rest)) > HOW_FAR_WORDS or not opens_with_how_far(programme, rest):
        return None
    if not plain and (analysis.sensitive or analysis.places):
        return None
    said = [] if plain else [finding.code for finding in analysis.categories]
    about = Report.id.in_(select(ReportCategory.report_id).where(ReportCategory.code.in_(said)))
    report = await _newest(session, reporter, *([Report.reference.in_(named)] if named else [about] if said else []))
    if report is not None:
        return _status(programme, reporter, report, "it asks how far a report is")
    if named or said:
        return None
    return Outcome("command", "it asks how far a report is, and they have none", "status_none")


async def _said_later(session: AsyncSession, reporter: Reporter, message: Message, command: str) -> bool:
    """Did they say another command after this one, which waited in a spool or with their provider? Then that one holds."""
    later = await session.scalars(
        select(Message).where(
            Message.reporter_id == reporter.id,
            Message.direction == "in",
            Message.purpose.in_(("command", "held")),
            Message.cause.endswith(f"{WORD_FOR} {command}"),
            Message.id != message.id,
            Message.created_at > message.created_at - BEHIND,
        )
    )
    return any(said_at(other) > said_at(message) for other in later)


def stop(reporter: Reporter, now: datetime) -> bool:
    """No text goes to them any more; returns whether that was so already."""
    again = reporter.stopped_at is not None
    reporter.stopped_at = reporter.stopped_at or now
    if reporter.question != "forget":  # of which a YES is still meant, as we told them
        reporters.settle(reporter)
    return again


async def latest(session: AsyncSession, reporter: Reporter) -> Report | None:
    """Their newest report."""
    return await _newest(session, reporter)


async def _newest(session: AsyncSession, reporter: Reporter, *which: ColumnElement[bool]) -> Report | None:
    query = select(Report).where(Report.reporter_id == reporter.id, *which)
    found: Report | None = await session.scalar(query.order_by(Report.id.desc()).limit(1))
    return found


def _status(programme: Programme, reporter: Reporter, report: Report, cause: str) -> Outcome:
    language = outbox.language_of(programme, reporter)
    slots = {"reference": report.reference, "state": programme.messages[language].states[told(report.status)]}
    return Outcome("command", cause, "status", slots, report)
