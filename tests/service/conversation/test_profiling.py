"""Opt-in questions: each once, one text each, never beside another question, and no answer ever at an office."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from channels.segments import fits_one_segment
from service.conversation import profiling
from service.jobs.ask_questions import ask_all
from service.models import Reporter
from tests.service.conversation.talking import Talk
from tests.service.conversation.test_commands import programme_of


async def _ask(talk: Talk) -> int:
    async with talk.town.database.writing() as session:
        return await ask_all(session, talk.town.secrets, talk.town.programme, talk.town.now)


async def _asked(talk: Talk) -> Talk:
    await talk.send("No water in Gatwekera")
    talk.wait(180)
    assert await _ask(talk) == 1
    return talk


async def test_it_is_asked_once_some_minutes_after_a_complete_account(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(60)
    assert await _ask(talk) == 0, "not in the same minute as the receipt"
    talk.wait(120)
    assert await _ask(talk) == 1
    assert (await talk.town.replies())[-1] == "If you wish: which describes you? 0 to skip. 1 Tenant 2 Vendor"
    assert await _ask(talk) == 0
    talk.wait(86400 * 30)
    await talk.send("No water in Gatwekera")
    talk.wait(180)
    assert await _ask(talk) == 0, "never again"


@pytest.mark.parametrize(("said", "group"), [("2", "vendor"), ("tenant", "tenant"), ("Mchuuzi.", "vendor")])
async def test_a_number_or_the_words_in_any_language_answer_it(talk: Talk, said: str, group: str) -> None:
    await _asked(talk)
    (message,) = await talk.send(said)
    reporter = await talk.town.reporter()
    assert (message.purpose, reporter.groups, reporter.question) == ("profile_answer", {"group": group}, None)
    assert (await talk.town.replies())[-1] == "Thank you. No office sees this."
    assert group not in (message.cause or "")


@pytest.mark.parametrize("said", ["0", "SKIP", "ruka", "9"])
async def test_it_may_be_skipped(talk: Talk, said: str) -> None:
    await _asked(talk)
    (message,) = await talk.send(said)
    reporter = await talk.town.reporter()
    assert (message.purpose, reporter.groups, reporter.question) == ("profile_answer", {}, None)


async def test_an_account_instead_of_an_answer_is_an_account(talk: Talk) -> None:
    await _asked(talk)
    (message,) = await talk.send("The road in Soko is bad")
    assert (message.purpose, (await talk.town.reporter()).question) == ("account", None)
    talk.wait(180)
    assert await _ask(talk) == 0


@pytest.mark.parametrize("change", ["stopped_at", "forgotten_at", "question", "place", "sealed"])
async def test_who_is_not_asked(talk: Talk, change: str) -> None:
    await talk.send("No water for us" if change == "place" else "No water in Gatwekera")
    if change == "sealed":
        talk.wait(60)
        await talk.send("My husband beats me")
    async with talk.town.database.writing() as session:
        if change in ("stopped_at", "forgotten_at"):
            await session.execute(update(Reporter).values({change: talk.town.now}))
        if change == "question":
            await session.execute(update(Reporter).values(question="solved", asked_at=talk.town.now))
    talk.wait(180)
    assert await _ask(talk) == 0


async def test_forget_erases_the_answers(talk: Talk) -> None:
    await _asked(talk)
    await talk.send("2")
    for said in ("FORGET", "YES"):
        talk.wait(30)
        await talk.send(said)
    async with talk.town.database.reading() as session:
        assert list(await session.scalars(select(Reporter.groups))) == [{}]


async def test_questions_follow_each_other_only_after_an_answer(talk: Talk) -> None:
    talk.town.programme = programme_of("nairobi").model_copy(
        update={
            "rules": talk.town.programme.rules.model_copy(update={"questions": programme_of("nairobi").rules.questions})
        }
    )
    await _asked(talk)
    assert (await talk.town.reporter()).question == "group"
    await talk.send("3")
    assert (await talk.town.reporter()).question == "age_band"
    talk.wait(60)
    await talk.send("skip")
    reporter = await talk.town.reporter()
    assert (reporter.question, reporter.asked, reporter.groups) == (
        None,
        ["group", "age_band"],
        {"group": "boda_rider"},
    )
    talk.wait(600)
    assert await _ask(talk) == 0, "not again the same day"
    talk.wait(timedelta(days=1).total_seconds())
    await talk.send("No water in Gatwekera")
    talk.wait(180)
    assert await _ask(talk) == 1
    await talk.send("Woman")
    assert (await talk.town.reporter()).groups == {"group": "boda_rider", "gender": "woman"}


@pytest.mark.parametrize("code", ["nairobi", "bihar"])
def test_every_question_is_one_text_in_every_language(code: str) -> None:
    programme = programme_of(code)
    for tag, spoken in programme.messages.items():
        for name, question in programme.rules.questions.items():
            listed = profiling.listed(programme, name, tag)
            text = spoken.texts["profile_ask"].format(question=question.ask[tag], choices=listed)
            assert fits_one_segment(text), (tag, name, len(text))
