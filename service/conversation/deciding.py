"""What a text is. Each question is asked in its turn, and the first that is answered ends it: is it held, a command, an answer
to a question of ours, nothing to read, words for an account that is there, or a new account?
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

import nlp.analysis as nlp
from service import choices, commands, earlier, reports
from service.conversation import holding
from service.conversation.answering import answer, crosses
from service.conversation.commanding import DANGER_LASTS, WORD_FOR, added, latest, obey, stop
from service.conversation.reading import is_readable
from service.conversation.receipts import receipt
from service.conversation.relating import Relation, relate, takes_more
from service.conversation.values import Outcome, Turn
from service.media import taking as media
from service.models import Message, Report, Reporter
from service.programme.words import words_of

WITH_FILES = ("stop", "start", "forget")
"""Commands that are obeyed also beside a file. Whoever sends a picture with "hello" or "help" sends us the picture."""
STILL_ANSWERING = timedelta(hours=1)
SURE_LANGUAGE = 0.8
FEW_WORDS = 2
"""So few are the same in many languages."""


async def decide(turn: Turn) -> Outcome:
    """What the text is, and what came of it: a new account is stored, one that is there takes it up."""
    for question in (_released, _held, _command, _answer, _nothing):
        outcome = await question(turn)
        if outcome is not None:
            return outcome
    relation = await _relation(turn)
    if relation.report is not None:
        return _joined(turn, relation.report, relation)
    if _is_wordless(turn) and not _brings_file(turn):
        return Outcome("empty", "a yes, no or number that was on its way before we asked")
    return await _account(turn, relation)


async def _released(turn: Turn) -> Outcome | None:
    """A person read it at the desk and said that it is an account."""
    if turn.message.purpose != "released":
        return None
    return await _account(turn, Relation("account", "taken by a person"))


async def _held(turn: Turn) -> Outcome | None:
    reason = await _reason_to_hold(turn)
    command = commands.command(turn.programme, turn.text)
    says_yes = commands.yes_or_no(turn.programme, turn.text) == "yes"
    erasing = command == "forget" or (turn.reporter.question == "forget" and says_yes)
    if reason is None or erasing:
        return None
    if command == "stop":
        # Whoever says stop is heard, however often they texted; only the good-bye is held back.
        stop(turn.reporter, turn.now)
        reason = f"{reason}; {WORD_FOR} stop"
    return Outcome("held", reason)


async def _reason_to_hold(turn: Turn) -> str | None:
    incoming = turn.incoming
    if incoming.flood:
        return holding.too_many(turn.programme)
    sensitive = incoming.analysis is not None and bool(incoming.analysis.sensitive)
    return await holding.reason_to_hold(
        turn.session,
        turn.secrets,
        turn.programme,
        turn.message,
        turn.text,
        others=incoming.others,
        sensitive=sensitive,
    )


async def _command(turn: Turn) -> Outcome | None:
    if commands.command(turn.programme, turn.text) not in WITH_FILES and _brings_file(turn):
        return None
    return await obey(turn.session, turn.programme, turn.reporter, turn.incoming, turn.now)


async def _answer(turn: Turn) -> Outcome | None:
    return await answer(turn.session, turn.programme, turn.reporter, turn.incoming, turn.now)


async def _nothing(turn: Turn) -> Outcome | None:
    """Nothing to read, or a yes, no or number that answers no question of ours."""
    crossing = is_readable(turn.text) and crosses(turn.reporter, turn.incoming)
    if not _is_wordless(turn) or crossing or _brings_file(turn):
        return None
    said = commands.yes_or_no(turn.programme, turn.text) is not None
    sealed = await _spoken_to(turn) if said else None
    if sealed is not None:
        cause = "a yes or no after a sealed account: whether they agree, a person reads"
        return _joined(turn, sealed, Relation("follow_up", cause, sealed))
    if turn.reporter.stopped_at is not None:
        return Outcome("empty", "no account in it; they asked for no replies")
    if said and await _has_just_answered(turn):
        return Outcome("empty", "a yes or no once more, soon after they answered")
    if is_readable(turn.text):
        return Outcome("empty", "no account in it, and no question of ours is open", "unasked")
    return Outcome("empty", "no words in it", "empty")


async def _relation(turn: Turn) -> Relation:
    """The account it belongs to: by its words, or as a file without any that comes soon after one."""
    relation = await relate(turn.session, turn.secrets, turn.programme, turn.reporter, turn.incoming)
    if relation.report is None and _is_wordless(turn) and _brings_file(turn):
        before = await media.account_before(turn.session, turn.reporter, turn.message)
        if before is not None:
            return Relation("follow_up", "a file without words, soon after an account", before)
    return relation


def _is_wordless(turn: Turn) -> bool:
    incoming = turn.incoming
    return incoming.pin is None and (incoming.analysis is None or not is_readable(turn.text))


def _brings_file(turn: Turn) -> bool:
    return bool(media.brought(turn.secrets, turn.message))


async def _spoken_to(turn: Turn) -> Report | None:
    """The sealed account whose receipt a bare yes or no answers: "nothing is passed on unless you agree"."""
    report = await latest(turn.session, turn.reporter)
    if report is None or not report.sensitive or not takes_more(report):
        return None
    return report if turn.message.created_at - report.received_at <= DANGER_LASTS else None


async def _has_just_answered(turn: Turn) -> bool:
    """Did they say a little while ago whether it is solved? Then another yes or no says the same."""
    mine = (Message.reporter_id == turn.reporter.id, Message.direction == "in", Message.purpose == "solved_answer")
    last = await turn.session.scalar(select(func.max(Message.created_at)).where(*mine))
    return last is not None and turn.message.created_at - last <= STILL_ANSWERING


def _joined(turn: Turn, report: Report, relation: Relation) -> Outcome:
    """Words for an account that is there already; the worker reads the whole again at once."""
    reports.join(report, 1 + len(turn.incoming.others), turn.now)
    _place(turn, report)
    _listen(turn.reporter, turn.incoming.analysis)
    if relation.purpose == "part" or turn.reporter.stopped_at is not None:
        return Outcome(relation.purpose, relation.cause, report=report)
    return Outcome("follow_up", relation.cause, _reply(turn, report), {"reference": report.reference}, report)


def _reply(turn: Turn, report: Report) -> str:
    """The reply to what was added; to a question, that we are here."""
    analysis = turn.incoming.analysis
    if analysis is None:
        return "added"  # a yes, a no or a file says no more than that
    asks = analysis.kind == "question" and not (analysis.categories or report.sensitive)
    return "attention_report" if asks else added(turn.programme, report, turn.text, turn.now)


async def _account(turn: Turn, relation: Relation) -> Outcome:
    session, programme, reporter, incoming = turn.session, turn.programme, turn.reporter, turn.incoming
    analysis = incoming.analysis or nlp.Analysis(version="none")
    if relation.seals and not analysis.sensitive:
        found = tuple(nlp.SensitiveFinding(kind, 1.0, "it follows a sealed account") for kind in relation.seals)
        analysis = replace(analysis, sensitive=found)
    analysis = await earlier.settle(session, reporter, analysis)
    _listen(reporter, analysis)
    first = await latest(session, reporter) is None
    report = await reports.create(session, turn.secrets, programme, reporter, turn.message, analysis, turn.now)
    report.texts = 1 + len(incoming.others)
    _place(turn, report)
    if reporter.stopped_at is not None:
        return Outcome("account", "an account; they asked for no replies", report=report)
    return receipt(programme, reporter, report, analysis, relation.cause, first, turn.now)


def _place(turn: Turn, report: Report) -> None:
    """Put it where they say they are. What is sealed gets no place of its own beside the vault."""
    pin = turn.incoming.pin
    if pin is not None and not report.sensitive:
        reports.place_by_reporter(report, choices.pinned(turn.programme, pin))


def _listen(reporter: Reporter, analysis: nlp.Analysis | None) -> None:
    """Speak the language they wrote in, unless they chose one. A word or two, such as a place, change none that we know."""
    if analysis is None or analysis.language.code == "und" or reporter.language_chosen:
        return
    sure = analysis.language.score >= SURE_LANGUAGE and len(words_of(analysis.redacted)) > FEW_WORDS
    if reporter.language is None or sure:
        reporter.language = analysis.language.code
