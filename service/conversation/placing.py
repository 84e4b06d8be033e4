"""The text as the answer to "where was it?": a number of those offered, a pin, or a few words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import nlp.analysis as nlp
from service import choices, commands, outbox, reporters, reports
from service.conversation.commanding import added
from service.conversation.pieces import TOGETHER
from service.conversation.reading import is_readable
from service.conversation.relating import takes_more
from service.conversation.values import Incoming, Outcome
from service.conversation.wording import opens_with_addition, references_in
from service.models import Report, Reporter
from service.programme import Programme
from service.programme.words import words_of
from service.workflow import OPEN

PLACE_WORDS = 8
"""A longer text that names a place is a new account, not the answer to where."""


def placed(
    programme: Programme, reporter: Reporter, report: Report, incoming: Incoming, now: datetime
) -> Outcome | None:
    """What the text says of where the report happened, or None if it answers something else."""
    chosen = commands.chosen(programme, incoming.text)
    if chosen is not None:
        return _by_number(reporter, report, chosen, now)
    if incoming.pin is not None and not is_readable(incoming.text):
        reporters.settle(reporter)
        return _place(report, choices.pinned(programme, incoming.pin), "a pin after we asked for the place")
    if incoming.part is not None or incoming.message.created_at - (reporter.asked_at or now) <= TOGETHER:
        return None  # a piece of what they were saying: nobody reads a question and answers it so soon
    analysis = incoming.analysis
    if analysis is None or analysis.sensitive or _says_more(programme, incoming.text):
        return None
    named = choices.of(analysis) or choices.called(programme, incoming.text)
    if not named:
        return _by_unknown_words(programme, reporter, report, analysis, incoming.text, now)
    found = _by_name(programme, reporter, report, analysis, named, now)
    if analysis.categories and takes_more(report):
        # It says more than where: its words belong to the account.
        reports.join(report, 1, now)
        return Outcome("place_words", found.cause, found.reply, found.slots, report)
    return found


def _by_number(reporter: Reporter, report: Report, chosen: int, now: datetime) -> Outcome:
    offered: list[dict[str, Any]] = reporter.question_choices or []
    if not 1 <= chosen <= len(offered):
        reporters.ask(reporter, "place", report.id, [], now)
        slots = {"reference": report.reference}
        return Outcome("place_answer", "a number that is none of the places", "ask_where", slots, report)
    reporters.settle(reporter)
    return _place(report, offered[chosen - 1], f"number {chosen} of the places we offered")


def _says_more(programme: Programme, text: str) -> bool:
    """Whether it adds to an account, names one, or is long enough to be one."""
    return opens_with_addition(programme, text) or bool(references_in(text)) or len(words_of(text)) > PLACE_WORDS


def _by_unknown_words(
    programme: Programme, reporter: Reporter, report: Report, analysis: nlp.Analysis, text: str, now: datetime
) -> Outcome | None:
    if analysis.categories or analysis.kind == "question" or not takes_more(report):
        return None
    reporters.settle(reporter)
    reports.join(report, 1, now)
    if not report.sensitive:
        reports.ask_person(programme, report, reports.UNKNOWN_PLACE)
    cause = "a short text after we asked for the place; none we know"
    return Outcome("place_words", cause, added(programme, report, text, now), {"reference": report.reference}, report)


def _by_name(
    programme: Programme,
    reporter: Reporter,
    report: Report,
    analysis: nlp.Analysis,
    named: list[dict[str, Any]],
    now: datetime,
) -> Outcome:
    location = analysis.location if analysis.places else None
    if location is None and len({choice["area"] for choice in named}) > 1:
        return _which(programme, reporter, report, named, now)
    reporters.settle(reporter)
    best = named[0] if location is None else choices.located(location)
    return _place(report, best, "a short text that names a place, after we asked for it")


def _which(
    programme: Programme, reporter: Reporter, report: Report, named: list[dict[str, Any]], now: datetime
) -> Outcome:
    """Several places have the name they answered with: which?"""
    slots = {"reference": report.reference}
    language = outbox.language_of(programme, reporter)
    listed, offered = choices.fit(programme, language, "ask_place", slots, named)
    reporters.ask(reporter, "place", report.id, offered, now)
    return Outcome("place_answer", "a name of several places", "ask_place", slots | {"choices": listed}, report)


def _place(report: Report, choice: dict[str, Any], cause: str) -> Outcome:
    if not report.sensitive and report.status in OPEN | {"in_review"}:
        reports.place_by_reporter(report, choice)
    slots = {"reference": report.reference, "place": choice["name"]}
    return Outcome("place_answer", cause, "place_thanks", slots, report)
