"""Taking one text to its end: what it is, the report it belongs to, the one reply it gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

import nlp.analysis as nlp
from service import choices, commands, earlier, outbox, reporters, reports
from service.conversation import holding
from service.conversation.answering import answer, crosses
from service.conversation.commanding import DANGER_LASTS, WORD_FOR, added, latest, obey, stop
from service.conversation.pieces import LONGEST
from service.conversation.reading import is_readable
from service.conversation.receipts import receipt
from service.conversation.relating import Relation, relate, takes_more
from service.conversation.values import MEMBERS, Incoming, Outcome
from service.media import taking as media
from service.models import Message, Report, Reporter
from service.outgoing import REPLY
from service.programme import Programme
from service.programme.words import words_of
from service.secrets import Secrets

WITH_FILES = ("stop", "start", "forget")
"""Commands that are obeyed also beside a file. Whoever sends a picture with "hello" or "help" sends us the picture."""
STILL_ANSWERING = timedelta(hours=1)
SURE_LANGUAGE = 0.8
FEW_WORDS = 2
"""So few are the same in many languages."""


async def take(
    session: AsyncSession, secrets: Secrets, programme: Programme, incoming: Incoming, now: datetime
) -> bool:
    """Take one text to its end. Runs in the transaction that marks its messages done.

    False where its sender had themselves forgotten since they wrote a piece of it: then that is erased, and nothing is taken.
    """
    message = incoming.message
    reporter = await reporters.find_or_add(session, message, now, incoming.others)
    if reporter is None:
        return False
    for other in incoming.others:
        reporters.attribute(reporter, other)
    outcome = await _decide(session, secrets, programme, reporter, incoming, now)
    _record(secrets, incoming, outcome)
    if outcome.report is not None:
        for number, each in enumerate((message, *incoming.others)):
            await media.take(session, secrets, outcome.report, each, number == 0 and is_readable(incoming.text), now)
    if outcome.reply is not None and await holding.may_reply(session, message, now):
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
        await _inform(session, secrets, programme, reporter, outcome, now)
    return True


def _record(secrets: Secrets, incoming: Incoming, outcome: Outcome) -> None:
    """Note on each message what it was. Here everything that came with a text finds its report."""
    analysis = incoming.analysis
    alone = () if analysis is None else (analysis.redacted,)
    redacted = incoming.redacted or alone
    cause = outcome.cause
    if len(incoming.text) >= LONGEST:
        cause += f"; only its first {LONGEST:,} characters were read"
    for number, message in enumerate((incoming.message, *incoming.others)):
        member = outcome.purpose in MEMBERS
        message.purpose = outcome.purpose if number == 0 or not member else "part"
        message.cause = cause if number == 0 or not member else "sent together with the text before"
        if outcome.report is not None:
            message.report_id = outcome.report.id
        open_words = outcome.purpose == "held" and analysis is not None and not analysis.sensitive
        if (member or open_words) and number < len(redacted):
            message.redacted = secrets.seal(reports.clean(redacted[number]))
        if outcome.farewell is not None:
            message.body = message.extra = None
        message.state, message.leased_until, message.error = "done", None, None


async def _inform(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    reporter: Reporter,
    outcome: Outcome,
    now: datetime,
) -> None:
    """Tell whoever reports danger whom to call, and a new person once, after their first receipt, what happens to their words.

    Not after a sensitive account, whose receipt says it: a second text may be read by the wrong eyes.
    """
    report = outcome.report
    if outcome.purpose != "account" or report is None or outcome.reply == "receipt_sensitive":
        return
    if report.urgent and (programme.rules.emergency or programme.rules.helpline):
        # They may wait for us to come. What happens to their words is told another time.
        key = f"danger:{reporter.id}:{now.date().isoformat()}"
        await outbox.queue(
            session, secrets, programme, reporter, "attention_danger", {}, now=now, report_id=report.id, dedupe=key,
            priority=REPLY,
        )  # fmt: skip
        return
    if reporter.informed_at is not None:
        return
    reporter.informed_at = now
    await outbox.queue(session, secrets, programme, reporter, "privacy", {}, now=now, dedupe=f"privacy:{reporter.id}")


async def _decide(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    reporter: Reporter,
    incoming: Incoming,
    now: datetime,
) -> Outcome:
    message, text = incoming.message, incoming.text
    if message.purpose == "released":
        # A person read it at the desk and said that it is an account.
        new = Relation("account", "taken by a person")
        return await _account(session, secrets, programme, reporter, incoming, new, now)
    sensitive = incoming.analysis is not None and bool(incoming.analysis.sensitive)
    reason = holding.too_many(programme) if incoming.flood else None
    reason = reason or await holding.reason_to_hold(
        session, secrets, programme, message, text, others=incoming.others, sensitive=sensitive
    )
    command = commands.command(programme, text)
    erasing = command == "forget" or (reporter.question == "forget" and commands.yes_or_no(programme, text) == "yes")
    if reason is not None and not erasing:
        if command == "stop":
            # Whoever says stop is heard, however often they texted; only the good-bye is held back.
            stop(reporter, now)
            reason = f"{reason}; {WORD_FOR} stop"
        return Outcome("held", reason)
    if command in WITH_FILES or not media.brought(secrets, message):
        obeyed = await obey(session, programme, reporter, incoming, now)
        if obeyed is not None:
            return obeyed
    answered = await answer(session, programme, reporter, incoming, now)
    if answered is not None:
        return answered
    wordless = incoming.pin is None and (incoming.analysis is None or not is_readable(text))
    crossing = is_readable(text) and crosses(reporter, incoming)
    if wordless and not crossing and not media.brought(secrets, message):
        sealed = await _spoken_to(session, programme, reporter, incoming)
        if sealed is not None:
            said = Relation(
                "follow_up", "a yes or no after a sealed account: whether they agree, a person reads", sealed
            )
            return _joined(programme, reporter, sealed, incoming, said, now)
        return await _unasked(session, programme, reporter, incoming)
    relation = await relate(session, secrets, programme, reporter, incoming)
    if wordless and relation.report is None and not media.brought(secrets, message):
        return Outcome("empty", "a yes, no or number that was on its way before we asked")
    if wordless and relation.report is None:
        before = await media.account_before(session, reporter, message)
        if before is not None:
            relation = Relation("follow_up", "a file without words, soon after an account", before)
    if relation.report is not None:
        return _joined(programme, reporter, relation.report, incoming, relation, now)
    return await _account(session, secrets, programme, reporter, incoming, relation, now)


async def _spoken_to(
    session: AsyncSession, programme: Programme, reporter: Reporter, incoming: Incoming
) -> Report | None:
    """The sealed account whose receipt a bare yes or no answers: "nothing is passed on unless you agree"."""
    if commands.yes_or_no(programme, incoming.text) is None:
        return None
    report = await latest(session, reporter)
    if report is None or not report.sensitive or not takes_more(report):
        return None
    return report if incoming.message.created_at - report.received_at <= DANGER_LASTS else None


def _joined(
    programme: Programme,
    reporter: Reporter,
    report: Report,
    incoming: Incoming,
    relation: Relation,
    now: datetime,
) -> Outcome:
    """Words for an account that is there already; the worker reads the whole again at once."""
    reports.join(report, 1 + len(incoming.others), now)
    if incoming.pin is not None and not report.sensitive:
        reports.place_by_reporter(report, choices.pinned(programme, incoming.pin))
    _listen(reporter, incoming.analysis)
    if relation.purpose == "part" or reporter.stopped_at is not None:
        return Outcome(relation.purpose, relation.cause, report=report)
    return Outcome(
        "follow_up", relation.cause, _reply(programme, report, incoming, now), {"reference": report.reference}, report
    )


def _reply(programme: Programme, report: Report, incoming: Incoming, now: datetime) -> str:
    """The reply to what was added; to a question, that we are here."""
    analysis = incoming.analysis
    if analysis is None:
        return "added"  # a yes, a no or a file says no more than that
    asks = analysis.kind == "question" and not (analysis.categories or report.sensitive)
    return "attention_report" if asks else added(programme, report, incoming.text, now)


async def _account(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    reporter: Reporter,
    incoming: Incoming,
    relation: Relation,
    now: datetime,
) -> Outcome:
    analysis = incoming.analysis or nlp.Analysis(version="none")
    if relation.seals and not analysis.sensitive:
        found = tuple(nlp.SensitiveFinding(kind, 1.0, "it follows a sealed account") for kind in relation.seals)
        analysis = replace(analysis, sensitive=found)
    analysis = await earlier.settle(session, reporter, analysis)
    _listen(reporter, analysis)
    first = await latest(session, reporter) is None
    report = await reports.create(session, secrets, programme, reporter, incoming.message, analysis, now)
    report.texts = 1 + len(incoming.others)
    if incoming.pin is not None and not report.sensitive:
        reports.place_by_reporter(report, choices.pinned(programme, incoming.pin))
    if reporter.stopped_at is not None:
        return Outcome("account", "an account; they asked for no replies", report=report)
    return receipt(programme, reporter, report, analysis, relation.cause, first, now)


async def _has_just_answered(session: AsyncSession, reporter: Reporter, message: Message) -> bool:
    """Did they say a little while ago whether it is solved? Then another yes or no says the same."""
    mine = (Message.reporter_id == reporter.id, Message.direction == "in", Message.purpose == "solved_answer")
    last = await session.scalar(select(func.max(Message.created_at)).where(*mine))
    return last is not None and message.created_at - last <= STILL_ANSWERING


def _listen(reporter: Reporter, analysis: nlp.Analysis | None) -> None:
    """Speak the language they wrote in, unless they chose one. A word or two, such as a place, change none that we know."""
    if analysis is None or analysis.language.code == "und" or reporter.language_chosen:
        return
    sure = analysis.language.score >= SURE_LANGUAGE and len(words_of(analysis.redacted)) > FEW_WORDS
    if reporter.language is None or sure:
        reporter.language = analysis.language.code


async def _unasked(session: AsyncSession, programme: Programme, reporter: Reporter, incoming: Incoming) -> Outcome:
    """Nothing to read, or a yes, no or number that answers no question of ours."""
    text = incoming.text
    if reporter.stopped_at is not None:
        return Outcome("empty", "no account in it; they asked for no replies")
    if commands.yes_or_no(programme, text) is not None and await _has_just_answered(
        session, reporter, incoming.message
    ):
        return Outcome("empty", "a yes or no once more, soon after they answered")
    if is_readable(text):
        return Outcome("empty", "no account in it, and no question of ours is open", "unasked")
    return Outcome("empty", "no words in it", "empty")
