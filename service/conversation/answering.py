"""The text as an answer to the question that is open: forget, is it solved, where, or an opt-in question."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service import commands, outbox, reporters, reports
from service.conversation import profiling
from service.conversation.placing import placed
from service.conversation.relating import is_elsewhere, pointed_text, takes_more
from service.conversation.values import Incoming, Outcome
from service.conversation.wording import holds_contrast
from service.models import Message, Report, Reporter
from service.moderation import codes
from service.outgoing import OUT
from service.programme import Programme
from service.programme.words import words_of
from service.screening import ASKING
from service.workflow import MOVES

QUESTION_LASTS = timedelta(days=28)
NO_WORDS = 4
YES_WORDS = 8
"""A longer text that opens with yes says more than that."""


async def answer(
    session: AsyncSession, programme: Programme, reporter: Reporter, incoming: Incoming, now: datetime
) -> Outcome | None:
    """What the text answers, or None if it answers nothing."""
    if reporter.question == "forget":
        if reporters.forgetting_until(reporter, incoming.message.created_at) is not None:
            return await _forget(session, programme, reporter, incoming, now)
        await _ask_again(session, reporter)
    question, asked_at = reporter.question, reporter.asked_at
    if question is None or asked_at is None:
        return None
    if now - asked_at > QUESTION_LASTS:
        reporters.settle(reporter)
        return None
    if crosses(reporter, incoming):
        return None  # nobody answers what they have not read
    if question in programme.rules.questions:
        return await profiling.answer(session, programme, reporter, incoming, now)
    if await _is_about_another(session, reporter, incoming):
        return None
    if question == "solved" and await _is_unsent(session, reporter, incoming.message):
        return None
    report = None
    if reporter.question_report_id is not None:
        report = await session.get(Report, reporter.question_report_id, with_for_update=True, populate_existing=True)
    if report is None:
        reporters.settle(reporter)
        return None
    if question == "solved":
        return await _solved(session, programme, reporter, report, incoming, now)
    return placed(programme, reporter, report, incoming, now)


def crosses(reporter: Reporter, incoming: Incoming) -> bool:
    """Was it on its way before we asked what is open now? It waited with the text that made us ask."""
    asked_at = reporter.asked_at
    return asked_at is not None and reporter.question != "forget" and incoming.message.created_at < asked_at


async def _is_unsent(session: AsyncSession, reporter: Reporter, message: Message) -> bool:
    """Does the office's answer, which asks whether it is solved, still wait for the morning or an open window?"""
    newest = select(Message).where(OUT, Message.reporter_id == reporter.id, Message.purpose == "answered")
    ours = await session.scalar(newest.order_by(Message.id.desc()).limit(1))
    if ours is None:
        return False
    return ours.state == "held" or (
        ours.state == "queued" and ours.due_at is not None and ours.due_at > message.created_at
    )


async def _is_about_another(session: AsyncSession, reporter: Reporter, incoming: Incoming) -> bool:
    """Do they point at a text of ours about another report than the question's? Then "2" chooses nothing of it."""
    ours = await pointed_text(session, reporter, incoming.replies_to)
    return ours is not None and ours.report_id is not None and ours.report_id != reporter.question_report_id


async def _forget(
    session: AsyncSession, programme: Programme, reporter: Reporter, incoming: Incoming, now: datetime
) -> Outcome | None:
    said = commands.yes_or_no(programme, incoming.text)
    if said is None and _shrinks_back(programme, incoming):
        said = "no"
    if said is None:
        # Whatever they say meanwhile, a YES within the day means it, as we told them.
        return None
    if said == "no":
        await outbox.hasten(session, programme, reporter, ASKING, now)
        await _ask_again(session, reporter)
        return Outcome("command", "no to FORGET", "kept")
    reporters.settle(reporter)
    address = reporter.address
    await reporters.forget(session, reporter, incoming.message, now)
    return Outcome("erasure", "yes to FORGET", "forgotten", farewell=address)


def _shrinks_back(programme: Programme, incoming: Incoming) -> bool:
    """Do they say no and a word more, "no wait", and nothing that may be an account? Of a yes they must be plain."""
    analysis, short = incoming.analysis, len(words_of(incoming.text)) <= NO_WORDS
    tells = analysis is not None and bool(analysis.categories or analysis.places or analysis.sensitive)
    return short and not tells and commands.opening_answer(programme, incoming.text) == "no"


async def _ask_again(session: AsyncSession, reporter: Reporter) -> None:
    """FORGET is decided: what is open now is the newest office's answer, which waited for it or was asked before it."""
    reporters.settle(reporter)
    newest = select(Message).where(OUT, Message.reporter_id == reporter.id, Message.purpose == ASKING)
    ours = await session.scalar(newest.order_by(Message.id.desc()).limit(1))
    if ours is None or ours.state in ("dead", "dropped"):
        return
    mine = await session.get(Report, ours.report_id or 0)
    report = mine if mine is None or mine.merged_into is None else await session.get(Report, mine.merged_into)
    if report is not None and "resolved" in MOVES[report.status]:
        reporters.ask(reporter, "solved", report.id, [], ours.sent_at or ours.due_at or ours.created_at)


async def _solved(
    session: AsyncSession, programme: Programme, reporter: Reporter, report: Report, incoming: Incoming, now: datetime
) -> Outcome | None:
    said = commands.solved(programme, incoming.text)
    more = said is None
    if said is None and await _is_about(session, report, incoming):
        said = _leaning(programme, incoming)
    target = "resolved" if said == "yes" else "disputed"
    if said is not None and report.status == "in_review" and takes_more(report):
        # They added to it, and so it went to a person, who now reads this too.
        reporters.settle(reporter)
        reports.join(report, 1 + len(incoming.others), now)
        cause = f"{said} to: is it solved?, while a person reads what they added"
        return Outcome("follow_up", cause, "added", {"reference": report.reference}, report)
    if said is None or target not in MOVES[report.status]:
        return None
    await reports.agree(session, report, said == "yes", now)
    reporters.settle(reporter)
    slots = {"reference": report.reference}
    if said == "yes":
        return Outcome("solved_answer", f"{said} to: is it solved?", "agreed", slots, report)
    if not (more and takes_more(report)):
        return Outcome("solved_answer", f"{said} to: is it solved?", "reopened", slots, report)
    # What is still wrong belongs to the account.
    reports.join(report, 1 + len(incoming.others), now)
    return Outcome("follow_up", "no to: is it solved?, and why", "reopened", slots, report)


async def _is_about(session: AsyncSession, report: Report, incoming: Incoming) -> bool:
    """May a longer text be about this report? "No water in Soko" is no no to a road elsewhere."""
    analysis = incoming.analysis
    if analysis is None or analysis.sensitive or is_elsewhere(report, analysis):
        return False
    said = {finding.code for finding in analysis.categories}
    return not said or bool(said & set(await codes(session, report.id)))


def _leaning(programme: Programme, incoming: Incoming) -> str | None:
    """The yes or no that a longer text opens with. A yes with a but, or with much to say, is for a person to read."""
    said = commands.opening_answer(programme, incoming.text)
    longer = len(words_of(incoming.text)) > YES_WORDS or holds_contrast(programme, incoming.text)
    return None if said == "yes" and longer else said
