"""What is no account and no command word: thanks, greetings, questions how far a report is, yes and no in more words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from service import commands, outbox, reporters
from service.conversation.assembling import MOST_TEXTS
from service.conversation.wording import opens_with_how_far
from service.models import Report, Reporter
from service.programme.schema import QuietHours
from tests.service.conversation.talking import Talk
from tests.service.conversation.test_commands import programme_of

CASES = Path(__file__).parents[1] / "cases"


def test_courtesy_is_known_in_every_language() -> None:
    cases = [json.loads(line) for line in (CASES / "courtesy.jsonl").read_text("utf-8").splitlines()]
    assert [c for c in cases if commands.courtesy(programme_of(c["programme"]), c["text"]) != c["is"]] == []


def test_questions_how_far_are_known_in_every_language() -> None:
    cases = [json.loads(line) for line in (CASES / "how_far.jsonl").read_text("utf-8").splitlines()]
    assert [c for c in cases if opens_with_how_far(programme_of(c["programme"]), c["text"]) != c["asks"]] == []


@pytest.mark.parametrize("thanks", ["Thanks", "thank you!", "Asante", "please"])
async def test_thanks_get_no_reply_and_are_no_report(talk: Talk, thanks: str) -> None:
    await talk.send("No water in Gatwekera")
    said = await talk.town.replies()
    talk.wait(3600)
    (message,) = await talk.send(thanks)
    assert (message.purpose, message.cause, len(await talk.reports())) == ("command", "polite words alone", 1)
    assert await talk.town.replies() == said


@pytest.mark.parametrize(("greeting", "language"), [("Hello", "en"), ("good morning, thanks", "en"), ("HABARI", "sw")])
async def test_a_greeting_is_answered_with_how_to_report_in_its_language(
    talk: Talk, greeting: str, language: str
) -> None:
    (message,) = await talk.send(greeting)
    assert (message.purpose, await talk.reports()) == ("command", [])
    assert (await talk.town.reporter()).language == language
    assert await talk.town.replies() == [talk.town.programme.messages[language].texts["help"]]


async def test_a_greeting_wakes_nobody_who_said_stop(talk: Talk) -> None:
    await talk.send("STOP")
    talk.wait(60)
    await talk.send("hello")
    assert len(await talk.town.replies()) == 1


@pytest.mark.parametrize("opening", ["hello", "Good morning! "])
async def test_a_greeting_before_an_account_takes_nothing_from_it(talk: Talk, opening: str) -> None:
    await talk.send(f"{opening} no water in Gatwekera")
    (report,) = await talk.reports()
    assert report.text == f"{opening} no water in Gatwekera"
    talk.wait(3600)
    (more,) = await talk.send(f"{opening} also the road")
    assert (more.purpose, more.report_id) == ("follow_up", report.id)


@pytest.mark.parametrize(
    "question",
    [
        "How far is my report?",
        "Hello, how far is it",
        "any news",
        "imefika wapi ripoti yangu",
        "have they answered me?",
    ],
)
async def test_a_question_how_far_it_is_gets_the_state(talk: Talk, question: str) -> None:
    await talk.send("No water in Gatwekera")
    (report,) = await talk.reports()
    talk.wait(3600)
    (asked,) = await talk.send(question)
    assert (asked.purpose, asked.cause, asked.report_id) == ("command", "it asks how far a report is", report.id)
    assert (await talk.town.replies())[-1].startswith(f"{report.reference}: ")
    assert len(await talk.reports()) == 1


async def test_the_question_may_name_the_report_or_its_topic(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(3600)
    await talk.send("The road is bad in Soko")
    water, road = await talk.reports()
    for question, report in (
        ("STATUS {}", water),
        ("{} status please", road),
        ("how far is {}?", water),
        ("any news about the water", water),
        ("any news", road),
    ):
        talk.wait(60)
        await talk.send(question.format(report.reference))
        assert (await talk.town.replies())[-1].startswith(f"{report.reference}: ")
    assert [report.texts for report in await talk.reports()] == [1, 1]


@pytest.mark.parametrize(
    "words",
    [
        "any news about the road in Soko",
        "how far is it that my husband beats me",
        "any news about the road",
        "how far is the hospital from here when the only bridge has been taken away by the river",
    ],
)
async def test_a_question_that_tells_something_new_is_no_question_how_far(talk: Talk, words: str) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(3600)
    (message,) = await talk.send(words)
    assert message.purpose in ("account", "follow_up")


async def test_whoever_asks_and_has_no_report_is_told(talk: Talk) -> None:
    await talk.send("how far is my report")
    assert await talk.town.replies() == ["We have no report from you yet. Text what happened and where."]
    await talk.send("No water in Gatwekera", sender="baraka")
    (theirs,) = await talk.reports()
    talk.wait(60)
    (asked,) = await talk.send(f"STATUS {theirs.reference}")
    assert (asked.purpose, asked.report_id) == ("command", None)
    assert (await talk.town.replies())[-1].startswith("We have no report from you yet")


@pytest.mark.parametrize("said", ["yes", "No", "7", "skip"])
async def test_a_yes_no_or_number_that_answers_nothing_is_told_so(talk: Talk, said: str) -> None:
    (message,) = await talk.send(said)
    assert message.purpose == "empty"
    assert (await talk.town.replies())[-1].startswith("We asked nothing")


async def test_no_to_forget_is_answered(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    await talk.send("FORGET")
    talk.wait(60)
    await talk.send("no")
    assert (await talk.town.replies())[-1] == "Nothing is erased."
    assert (await talk.town.reporter()).forgotten_at is None


async def test_none_of_these_asks_for_the_name_of_the_place(talk: Talk) -> None:
    await talk.send("The road is bad")
    (report,) = await talk.reports()
    async with talk.town.database.writing() as session:
        reporter = await session.get_one(Reporter, (await talk.town.reporter()).id)
        reporters.ask(reporter, "place", report.id, [{"name": "Soko", "lat": 0, "lon": 0}], talk.town.now)
    talk.wait(60)
    await talk.send("0")
    assert (await talk.town.replies())[-1].startswith(f"{report.reference}. Which place is it?")
    talk.wait(60)
    await talk.send("Gatwekera")
    assert (await talk.town.replies())[-1].endswith("is noted at Gatwekera.")


async def _answered(talk: Talk) -> Report:
    """A report of water in Gatwekera whose person was asked whether it is solved."""
    await talk.send("No water in Gatwekera")
    (report,) = await talk.reports()
    async with talk.town.database.writing() as session:
        await session.execute(update(Report).values(status="answered", accepted_by="person"))
        reporter = await session.get_one(Reporter, (await talk.town.reporter()).id)
        reporters.ask(reporter, "solved", report.id, [], talk.town.now)
    talk.wait(3600)
    return report


async def test_a_no_to_an_account_that_takes_no_more_is_still_one(talk: Talk) -> None:
    await _answered(talk)
    async with talk.town.database.writing() as session:
        await session.execute(update(Report).values(texts=MOST_TEXTS))
    await talk.send("No, the tap is dry as before")
    (after,) = await talk.reports()
    assert (after.status, after.texts) == ("disputed", MOST_TEXTS)


@pytest.mark.parametrize(
    ("words", "status", "texts"),
    [
        ("it is solved, thank you", "resolved", 1),
        ("Yes, they came on Monday", "resolved", 1),
        ("nobody came", "disputed", 1),
        ("hawajakuja", "disputed", 1),
        ("No, the tap is dry as before", "disputed", 2),
        ("Thanks. No, the water is brown", "disputed", 2),
        ("No water to this day", "disputed", 2),
        ("ok thanks", "in_review", 2),
        ("Yes but the tap is still dry", "in_review", 2),
        ("No road to Soko since the rain", "answered", 1),
        ("yes my husband beats me", "answered", 1),
    ],
)
async def test_yes_and_no_in_more_words(talk: Talk, words: str, status: str, texts: int) -> None:
    report = await _answered(talk)
    await talk.send(words)
    after = (await talk.reports())[0]
    assert (after.status, after.texts) == (status, texts)
    reply = {"resolved": "Thank you. {} is closed.", "disputed": "We told the office that {} is not solved."}
    if status in reply:
        assert (await talk.town.replies())[-1] == reply[status].format(report.reference)


def test_calls_for_a_person_are_known_in_every_language() -> None:
    cases = [json.loads(line) for line in (CASES / "attention.jsonl").read_text("utf-8").splitlines()]
    assert [c for c in cases if commands.attention(programme_of(c["programme"]), c["text"]) != c["is"]] == []


async def test_whoever_asks_for_a_person_before_any_report_is_told_what_we_can_do(talk: Talk) -> None:
    (message,) = await talk.send("Is anybody there??")
    assert (message.purpose, message.report_id, await talk.reports()) == ("command", None, [])
    assert await talk.town.replies() == [talk.town.programme.messages["en"].texts["attention"]]


@pytest.mark.parametrize("seconds", [5, 3600])
@pytest.mark.parametrize("words", ["please call me", "What should I do?", "nipigie simu"])
async def test_whoever_asks_for_a_person_after_a_report_hears_that_we_have_it(
    talk: Talk, words: str, seconds: float
) -> None:
    await talk.send("No water in Gatwekera")
    (report,) = await talk.reports()
    talk.wait(seconds)
    (message,) = await talk.send(words)
    assert (message.purpose, message.report_id) == ("command", report.id)
    assert report.reference in (await talk.town.replies())[-1]
    assert (await talk.reports())[0].text == "No water in Gatwekera"


async def test_in_danger_they_hear_whom_to_call(talk: Talk) -> None:
    await talk.send("No water in Gatwekera and my husband beats me")
    talk.wait(20)
    await talk.send("please call me")
    assert "1195" in (await talk.town.replies())[-1]
    await talk.send("No water in Soko", sender="baraka")
    async with talk.town.database.writing() as session:
        await session.execute(update(Report).values(urgent=True))
    for days, told in ((2, True), (2, False)):
        talk.wait(days * 86400)
        await talk.send("is anybody there", sender="baraka")
        assert ("1195" in (await talk.town.replies())[-1]) is told


async def test_of_a_closed_report_no_answer_is_promised(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    async with talk.town.database.writing() as session:
        await session.execute(update(Report).values(status="rejected"))
    await talk.send("call me")
    assert (await talk.town.replies())[-1] == talk.town.programme.messages["en"].texts["attention"]


async def test_nobody_says_solved_of_an_answer_that_waits_for_the_morning(talk: Talk) -> None:
    town = talk.town
    night = QuietHours.model_validate({"from": "21:00", "to": "07:00"})
    town.programme = town.programme.model_copy(
        update={"rules": town.programme.rules.model_copy(update={"quiet_hours": night})}
    )
    report = await _answered(talk)
    town.now = town.now.replace(hour=20)  # 23:00 in Nairobi
    async with town.database.writing() as session:
        reporter = await session.get_one(Reporter, (await town.reporter()).id)
        slots = {"reference": report.reference, "office": "Water Office", "answer": "Done."}
        await outbox.queue(
            session, town.secrets, town.programme, reporter, "answered", slots, now=town.now, report_id=report.id
        )
    talk.wait(600)
    (early,) = await talk.send("YES")
    assert (early.purpose, (await talk.reports())[0].status) == ("empty", "answered")
    talk.wait(10 * 3600)
    await talk.send("YES")
    assert (await talk.reports())[0].status == "resolved"
