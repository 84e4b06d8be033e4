"""What each command word does."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit, commands, outbox, reporters
from service.conversation.relating import is_only_reference, references_in
from service.conversation.values import Outcome
from service.models import Report, Reporter
from service.programme import Programme
from service.workflow import told


async def obey(
    session: AsyncSession, programme: Programme, reporter: Reporter, text: str, now: datetime
) -> Outcome | None:
    """Do what the text commands; None if it is no command."""
    named = commands.command(programme, text)
    if named is not None:
        return await _do(session, programme, reporter, named, f"the word for {named}", now)
    tag = commands.language(programme, text)
    if tag is not None:
        reporter.language, reporter.language_chosen = tag, True
        return Outcome("command", f"asks for texts in {tag}", "language_set")
    if is_only_reference(text):
        report = await session.scalar(
            select(Report).where(Report.reporter_id == reporter.id, Report.reference == references_in(text)[0])
        )
        if report is not None:
            return _status(programme, reporter, report, "their reference alone")
    slipped = commands.slip(programme, text)
    if slipped == "stop":
        # Not STOP itself: whoever is silenced by mistake does not learn of it; whoever meant it needs one more text.
        return (
            None if reporter.stopped_at else Outcome("command", "almost the word for stop: told the word", "stop_hint")
        )
    if slipped is not None:
        return await _do(session, programme, reporter, slipped, f"almost the word for {slipped}", now)
    return None


async def _do(
    session: AsyncSession, programme: Programme, reporter: Reporter, command: str, cause: str, now: datetime
) -> Outcome:
    if command == "stop":
        again = stop(reporter, now)
        # One good-bye, not one for every further STOP.
        return Outcome("command", cause, None if again else "stopped")
    if command == "start":
        reporter.stopped_at = None
        return Outcome("command", cause, "started")
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


def stop(reporter: Reporter, now: datetime) -> bool:
    """No text goes to them any more; returns whether that was so already."""
    again = reporter.stopped_at is not None
    reporter.stopped_at = reporter.stopped_at or now
    reporters.settle(reporter)
    return again


async def latest(session: AsyncSession, reporter: Reporter) -> Report | None:
    """Their newest report."""
    found: Report | None = await session.scalar(
        select(Report).where(Report.reporter_id == reporter.id).order_by(Report.id.desc()).limit(1)
    )
    return found


def _status(programme: Programme, reporter: Reporter, report: Report, cause: str) -> Outcome:
    language = outbox.language_of(programme, reporter)
    slots = {"reference": report.reference, "state": programme.messages[language].states[told(report.status)]}
    return Outcome("command", cause, "status", slots, report)
