"""What one text means in its conversation, and the one reply it gets.

A text is a command, an answer to the question we asked, a copy held back, nothing readable, or an account. Which, and
why, is recorded with the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import nlp.analysis as nlp
from service import audit, choices, commands, history, outbox, reporters, reports
from service.models import Message, Report, Reporter
from service.programme import Programme
from service.secrets import Secrets
from service.workflow import MOVES, OPEN

QUESTION_LASTS = timedelta(days=28)
FORGET_LASTS = timedelta(hours=24)
LOOP_WINDOW = timedelta(minutes=30)
LOOP_TEXTS = 5
"""The same text from the same person more often than this within the window is held (as in medic/cht-core)."""
REPLIES_A_DAY = 60
"""A sender with more replies than this in a day is a machine, or costs the programme too much."""
COARSE_KM = 10.0
"""A location less exact than this says where to look, not where it is: we ask."""
PLACE_WORDS = 8
"""A longer text that names a place is a new account, not the answer to where."""


@dataclass(frozen=True)
class Incoming:
    """One text with what is needed to take it. `analysis` is None for texts that need none."""

    message: Message
    text: str
    analysis: nlp.Analysis | None
    pin: tuple[float, float] | None = None


@dataclass(frozen=True)
class Outcome:
    """What a text was, why we think so, the text we send back, and the report it belongs to."""

    purpose: str
    cause: str
    reply: str | None = None
    slots: dict[str, str] | None = None
    report: Report | None = None
    farewell: bytes | None = None
    """The sealed address of somebody we just forgot, for one last text."""


def needs_analysis(programme: Programme, text: str) -> bool:
    """Commands, numbers and yes or no need none."""
    return not (
        commands.command(programme, text)
        or commands.yes_or_no(programme, text)
        or commands.number(text) is not None
        or not is_readable(text)
    )


def is_readable(text: str) -> bool:
    """Are there words or digits in it? A text of emoji alone is answered with how to report."""
    return bool(commands.words_of(text))


async def take(
    session: AsyncSession, secrets: Secrets, programme: Programme, incoming: Incoming, now: datetime
) -> None:
    """Take one text to its end: reporter, report, reply. Runs in the transaction that marks the message done."""
    message = incoming.message
    reporter = await reporters.find_or_add(session, message, now)
    outcome = await _decide(session, secrets, programme, reporter, incoming, now)
    message.purpose, message.cause = outcome.purpose, outcome.cause
    if outcome.report is not None:
        message.report_id = outcome.report.id
    if outcome.reply is not None and await _may_reply(session, message, now):
        await outbox.queue(
            session,
            secrets,
            programme,
            reporter,
            outcome.reply,
            outcome.slots or {},
            now=now,
            report_id=message.report_id,
            reply_to=message.id,
            address=outcome.farewell,
        )
    if outcome.farewell is not None:
        message.body = None
    message.state, message.leased_until, message.error = "done", None, None


async def _decide(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    reporter: Reporter,
    incoming: Incoming,
    now: datetime,
) -> Outcome:
    message, text = incoming.message, incoming.text
    command = commands.command(programme, text)
    held = await _held(session, secrets, message, text, now)
    if held is not None:
        if command == "stop":
            # Whoever says stop is heard, however often they texted; only the good-bye is held back.
            _stop(reporter, now)
        return held
    if command is not None:
        return await _command(session, programme, reporter, command, now)
    answer = await _answer(session, programme, reporter, incoming, now)
    if answer is not None:
        return answer
    if incoming.pin is None and (incoming.analysis is None or not is_readable(text)):
        return _unasked(reporter)
    analysis = incoming.analysis or nlp.Analysis(version="none")
    if analysis.language.code != "und":
        reporter.language = analysis.language.code
    first = await _latest(session, reporter) is None
    report = await reports.create(session, secrets, programme, reporter, message, analysis, now)
    if incoming.pin is not None and not report.sensitive:
        reports.place_by_reporter(report, choices.pinned(programme, incoming.pin))
    if reporter.stopped_at is not None:
        return Outcome("account", "an account; they asked for no replies", report=report)
    return _receipt(programme, reporter, report, analysis, first, now)


async def _held(session: AsyncSession, secrets: Secrets, message: Message, text: str, now: datetime) -> Outcome | None:
    """Copies in a loop are held: two machines are talking."""
    recent = await session.scalars(
        select(Message)
        .where(
            Message.reporter_id == message.reporter_id,
            Message.direction == "in",
            Message.id != message.id,
            Message.created_at > message.created_at - LOOP_WINDOW,
            Message.created_at <= message.created_at,
            Message.state == "done",
        )
        .order_by(Message.id.desc())
        .limit(4 * LOOP_TEXTS)
    )
    same = sum(1 for other in recent if other.body is not None and secrets.unseal(other.body) == text)
    if same >= LOOP_TEXTS:
        return Outcome("held", f"the same text {same + 1} times in {LOOP_WINDOW.seconds // 60} minutes: a loop")
    return None


async def _may_reply(session: AsyncSession, message: Message, now: datetime) -> bool:
    """Nobody is texted about a past message from a file, nor more often in a day than a person would need.

    What such a sender tells us is taken like any other's: only our replies cost money.
    """
    if message.channel.endswith(f"/{history.CHANNEL}"):
        return False
    replies = await session.scalar(
        select(func.count())
        .select_from(Message)
        .where(
            Message.reporter_id == message.reporter_id,
            Message.direction == "out",
            Message.created_at > now - timedelta(days=1),
        )
    )
    if (replies or 0) < REPLIES_A_DAY:
        return True
    message.cause = f"{message.cause}; not replied to: more than {REPLIES_A_DAY} replies in a day"
    return False


async def _command(
    session: AsyncSession, programme: Programme, reporter: Reporter, command: str, now: datetime
) -> Outcome:
    cause = f"the word for {command}"
    if command == "stop":
        again = _stop(reporter, now)
        # One good-bye, not one for every further STOP.
        return Outcome("command", cause, None if again else "stopped")
    if command == "start":
        reporter.stopped_at = None
        return Outcome("command", cause, "started")
    if command == "help":
        return Outcome("command", cause, "help")
    if command == "forget":
        reporters.ask(reporter, "forget", None, [], now)
        return Outcome("command", cause, "forget_ask")
    if command == "quote":
        reporter.quotable = True
        await audit.record(session, programme.code, "reporter", "quotable", f"reporter:{reporter.id}", {}, now)
        return Outcome("command", cause, "quotable")
    report = await _latest(session, reporter)
    if report is None:
        return Outcome("command", cause, "status_none")
    return Outcome("command", cause, "status", _status(programme, reporter, report), report)


def _stop(reporter: Reporter, now: datetime) -> bool:
    """No text goes to them any more; returns whether that was so already."""
    again = reporter.stopped_at is not None
    reporter.stopped_at = reporter.stopped_at or now
    reporters.settle(reporter)
    return again


def _status(programme: Programme, reporter: Reporter, report: Report) -> dict[str, str]:
    shown = {"analysed": "received", "rejected": "closed", "merged": "closed", "referred": "in_review"}
    state = shown.get(report.status, report.status)
    language = outbox.language_of(programme, reporter)
    return {"reference": report.reference, "state": programme.messages[language].states[state]}


async def _latest(session: AsyncSession, reporter: Reporter) -> Report | None:
    found: Report | None = await session.scalar(
        select(Report).where(Report.reporter_id == reporter.id).order_by(Report.id.desc()).limit(1)
    )
    return found


async def _answer(
    session: AsyncSession,
    programme: Programme,
    reporter: Reporter,
    incoming: Incoming,
    now: datetime,
) -> Outcome | None:
    """The text as an answer to the question that is open, or None."""
    question, asked_at = reporter.question, reporter.asked_at
    if question is None or asked_at is None:
        return None
    if now - asked_at > (FORGET_LASTS if question == "forget" else QUESTION_LASTS):
        reporters.settle(reporter)
        return None
    said = commands.yes_or_no(programme, incoming.text)
    if question == "forget":
        reporters.settle(reporter)
        if said != "yes":
            return None if said is None else Outcome("command", "no to FORGET")
        address = reporter.address
        await reporters.forget(session, reporter, now)
        return Outcome("erasure", "yes to FORGET", "forgotten", farewell=address)
    report = await session.get(Report, reporter.question_report_id) if reporter.question_report_id else None
    if report is None:
        reporters.settle(reporter)
        return None
    if question == "solved":
        return await _solved(session, reporter, report, said, now)
    return _placed(programme, reporter, report, incoming)


async def _solved(
    session: AsyncSession, reporter: Reporter, report: Report, said: str | None, now: datetime
) -> Outcome | None:
    if said is None:
        return None
    target = "resolved" if said == "yes" else "disputed"
    if target not in MOVES[report.status]:
        return None
    await reports.agree(session, report, said == "yes", now)
    reporters.settle(reporter)
    key = "agreed" if said == "yes" else "reopened"
    return Outcome("solved_answer", f"{said} to: is it solved?", key, {"reference": report.reference}, report)


def _placed(programme: Programme, reporter: Reporter, report: Report, incoming: Incoming) -> Outcome | None:
    offered: list[dict[str, Any]] = reporter.question_choices or []
    slots = {"reference": report.reference}
    chosen = commands.number(incoming.text)
    if chosen is not None:
        reporters.settle(reporter)
        if not 1 <= chosen <= len(offered):
            return Outcome("place_answer", "a number that is none of the places", "added", slots, report)
        return _place(report, offered[chosen - 1], f"number {chosen} of the places we offered")
    if incoming.pin is not None and not is_readable(incoming.text):
        reporters.settle(reporter)
        return _place(report, choices.pinned(programme, incoming.pin), "a pin after we asked for the place")
    analysis = incoming.analysis
    if analysis is None or len(commands.words_of(incoming.text)) > PLACE_WORDS or analysis.sensitive:
        return None
    named = choices.of(analysis)
    if analysis.location is None and not named:
        if analysis.categories or not reports.may_join(report):
            return None
        reporters.settle(reporter)
        reports.join(programme, report, analysis.redacted, "the reporter names a place we do not know")
        return Outcome(
            "place_answer", "a short text after we asked for the place; none we know", "added", slots, report
        )
    reporters.settle(reporter)
    best = named[0] if analysis.location is None else choices.located(analysis.location)
    return _place(report, best, "a short text that names a place, after we asked for it")


def _place(report: Report, choice: dict[str, Any], cause: str) -> Outcome:
    if not report.sensitive and report.status in OPEN | {"in_review"}:
        reports.place_by_reporter(report, choice)
    slots = {"reference": report.reference, "place": choice["name"]}
    return Outcome("place_answer", cause, "place_thanks", slots, report)


def _unasked(reporter: Reporter) -> Outcome:
    """Nothing to read, or a yes, no or number that answers no question of ours."""
    if reporter.stopped_at is not None:
        return Outcome("empty", "no words; they asked for no replies")
    return Outcome("empty", "no account in it, and no question of ours is open", "empty")


def _receipt(
    programme: Programme,
    reporter: Reporter,
    report: Report,
    analysis: nlp.Analysis,
    first: bool,
    now: datetime,
) -> Outcome:
    slots = {"reference": report.reference}
    if report.sensitive:
        return Outcome("account", "an account; sensitive", "receipt_sensitive", slots, report)
    suffix = "_first" if first else ""
    if report.place_name is not None and (report.radius_km or 0) <= COARSE_KM and not _is_guess(report, analysis):
        return Outcome("account", "an account with a place", f"receipt{suffix}", slots, report)
    candidates = choices.of(analysis)
    key = f"ask_place{suffix}"
    language = outbox.language_of(programme, reporter)
    listed, offered = choices.fit(programme, language, key, slots, candidates)
    reporters.ask(reporter, "place", report.id, offered, now)
    if not offered:
        return Outcome("account", "an account; the place is missing", f"ask_where{suffix}", slots, report)
    return Outcome("account", "an account; the place is unclear", key, slots | {"choices": listed}, report)


def _is_guess(report: Report, analysis: nlp.Analysis) -> bool:
    """Is the place one that no word of theirs names, and of which the machine is not sure either? Then we ask."""
    return report.place_by == "machine" and not analysis.places and (report.place_score or 0) < reports.SURE_PLACE
