"""The opt-in questions: who they are, in their own words for it. Each at most once, each may be skipped."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service import audit, commands, outbox, reporters
from service.conversation.values import Incoming, Outcome
from service.models import Reporter
from service.programme import Programme
from service.programme.schema import QuestionCode, pick
from service.programme.words import words_of


def next_question(programme: Programme, reporter: Reporter) -> QuestionCode | None:
    """The code of the first question they were not asked yet; None for those who want no texts."""
    if reporter.stopped_at is not None or reporter.forgotten_at is not None:
        return None
    return next((code for code in programme.rules.questions if code not in reporter.asked), None)


def put(programme: Programme, reporter: Reporter, question: QuestionCode, now: datetime) -> dict[str, str]:
    """Note that it is asked, for good; returns the slots of `profile_ask`."""
    asked = programme.rules.questions[question]
    language = outbox.language_of(programme, reporter)
    codes: list[dict[str, object]] = [{"code": choice.code} for choice in asked.choices]
    reporters.ask(reporter, question, None, codes, now)
    reporter.asked, reporter.questioned_at = [*reporter.asked, question], now
    words = pick(asked.ask, language, programme.rules.languages)
    return {"question": words, "choices": listed(programme, question, language)}


def listed(programme: Programme, question: QuestionCode, language: str) -> str:
    """The numbered choices in a language: "1 Tenant 2 Vendor"."""
    labels = (pick(c.label, language, programme.rules.languages) for c in programme.rules.questions[question].choices)
    return " ".join(f"{number} {label}" for number, label in enumerate(labels, start=1))


async def answer(
    session: AsyncSession, programme: Programme, reporter: Reporter, incoming: Incoming, now: datetime
) -> Outcome | None:
    """A number, the words of a choice in any language, or SKIP. Anything else is no answer, and the question is over."""
    question = next(code for code in programme.rules.questions if code == reporter.question)
    offered = [str(entry["code"]) for entry in reporter.question_choices or []]
    reporters.settle(reporter)
    if commands.skips(programme, incoming.text):
        return Outcome("profile_answer", f"skipped: {question}", "profile_thanks")
    code = _chosen(programme, question, offered, incoming.text)
    if code is None:
        if commands.chosen(programme, incoming.text) is None:
            return None
        return Outcome("profile_answer", f"a number that is no answer to: {question}", "profile_thanks")
    reporter.groups = reporter.groups | {question: code}
    detail = {"question": question}
    await audit.record(session, programme.code, "reporter", "describe_self", f"reporter:{reporter.id}", detail, now)
    following = next_question(programme, reporter)
    cause = f"an answer to: {question}"
    if following is None:
        return Outcome("profile_answer", cause, "profile_thanks")
    return Outcome("profile_answer", cause, "profile_ask", put(programme, reporter, following, now))


def _chosen(programme: Programme, question: QuestionCode, offered: list[str], text: str) -> str | None:
    number = commands.chosen(programme, text)
    if number is not None and 1 <= number <= len(offered):
        return offered[number - 1]
    said = words_of(text)
    for choice in programme.rules.questions[question].choices:
        if choice.code in offered and said in {words_of(words) for words in (choice.code, *choice.label.values())}:
            return choice.code
    return None
