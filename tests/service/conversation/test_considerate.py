"""What people really send in a row, and what a considerate person would answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

import nlp.analysis as nlp
from channels.base import Inbound, Media
from service import commands, reporters
from service.models import Attachment, Message, Report, Reporter
from service.programme import load
from tests.conftest import VILLAGE
from tests.service.conftest import CHANNEL, SENSITIVE
from tests.service.conversation.talking import Ear, Talk


@dataclass
class KeenEar(Ear):
    """Hears a question where there is its mark, fire as urgent, violence in "my report", "perhaps" as doubt; masks numbers."""

    async def analyse(self, programme: str, texts: Sequence[str]) -> list[nlp.Analysis]:
        return [
            _keenly(text, heard) for text, heard in zip(texts, await super().analyse(programme, texts), strict=True)
        ]


def _keenly(text: str, heard: nlp.Analysis) -> nlp.Analysis:
    said = text.casefold()
    if "?" in said:
        heard = replace(heard, kind="question")
    if "fire" in said:
        heard = replace(heard, urgent=nlp.Judgement(0.9, "fire"))
    if "any news" in said:
        heard = replace(heard, sensitive=SENSITIVE.sensitive)
    if "perhaps" in said:
        heard = replace(heard, categories=(nlp.CategoryFinding("roads", 0.5, "perhaps"),))
    heard = replace(heard, redacted=re.sub(r"\d[\d ]{6,}\d", "[phone]", heard.redacted))
    if "ndiyo" in said:
        heard = replace(heard, language=nlp.Language("sw", 0.9 if "kabisa" in said else 0.7))
    return heard


@pytest.fixture
def keen(talk: Talk) -> Talk:
    talk.ear = KeenEar()
    return talk


async def _purposes(talk: Talk) -> list[str | None]:
    """Of every text of ours so far."""
    async with talk.town.database.reading() as session:
        ours = select(Message.purpose).where(Message.direction == "out").order_by(Message.id)
        return list(await session.scalars(ours))


async def _answered(talk: Talk) -> Report:
    """A report that an office answered an hour ago, asking whether it is solved."""
    await talk.send("No water in Gatwekera")
    (report,) = await talk.reports()
    async with talk.town.database.writing() as session:
        await session.execute(update(Report).values(status="answered", accepted_by="person"))
        reporter = (await session.scalars(select(Reporter))).one()
        reporters.ask(reporter, "solved", report.id, [], talk.town.now)
    talk.wait(3600)
    return report


@pytest.mark.parametrize("signs", ["🙏", "🙏🙏", "👍🏽", "❤️", " 👍 👍 "])
async def test_signs_of_thanks_are_thanks_and_no_answer(keen: Talk, signs: str) -> None:
    await _answered(keen)
    before = await _purposes(keen)
    (message,) = await keen.send(signs)
    assert (message.purpose, message.cause, await _purposes(keen)) == ("command", "polite words alone", before)
    assert (await keen.reports())[0].status == "answered"
    await keen.send("FORGET")
    await keen.send(signs)
    assert (await keen.town.reporter()).forgotten_at is None


@pytest.mark.parametrize("signs", ["😭", "😭🙏", "💧❌", "🔥", "", "🏽"])
def test_other_signs_are_no_thanks(signs: str) -> None:
    assert commands.courtesy(load(VILLAGE), signs) is None


@pytest.mark.parametrize("words", ["hello", "thank you", "help", "call me", "any news", "🙏"])
async def test_a_file_with_a_greeting_or_a_call_is_taken(keen: Talk, words: str) -> None:
    inbound = Inbound("amina", words, "pictured", None, media=(Media("a.jpg", "image/jpeg"),))
    await keen.town.intake.store("village", CHANNEL, [inbound], keen.town.now)
    await keen.work()
    async with keen.town.database.reading() as session:
        assert len(list(await session.scalars(select(Attachment)))) == 1
    assert len(await keen.reports()) == 1


@pytest.mark.parametrize(("command", "reply"), [("STOP", "stopped"), ("FORGET", "forget_ask"), ("START", "started")])
async def test_stop_and_forget_are_heard_also_beside_a_file(keen: Talk, command: str, reply: str) -> None:
    inbound = Inbound("amina", command, "pictured", None, media=(Media("a.jpg", "image/jpeg"),))
    await keen.town.intake.store("village", CHANNEL, [inbound], keen.town.now)
    await keen.work()
    assert await _purposes(keen) == [reply]


async def test_the_bare_question_how_far_is_no_account_whatever_the_machine_hears(keen: Talk) -> None:
    await keen.send("No water in Gatwekera")
    keen.wait(3600)
    (message,) = await keen.send("Any news???")
    assert (message.purpose, len(await keen.reports()), (await _purposes(keen))[-1]) == ("command", 1, "status")
    await keen.send("Any news of the man who followed us")
    assert len(await keen.reports()) == 2


async def test_a_second_yes_gets_no_lesson(keen: Talk) -> None:
    await _answered(keen)
    await keen.send("YES")
    before = await _purposes(keen)
    keen.wait(600)
    (again,) = await keen.send("yes thanks")
    assert (again.purpose, await _purposes(keen)) == ("empty", before)
    keen.wait(2 * 3600)
    await keen.send("yes")
    assert (await _purposes(keen))[-1] == "unasked"


async def test_who_reports_danger_is_told_whom_to_call_once_a_day(keen: Talk) -> None:
    await keen.send("There is a fire in Gatwekera")
    assert await _purposes(keen) == ["receipt_first", "attention_danger"]
    keen.wait(3600)
    await keen.send("The fire is in Soko too, at the road")
    assert await _purposes(keen) == ["receipt_first", "attention_danger", "receipt"]
    keen.wait(3600)
    await keen.send("No water in Gatwekera since Monday, nobody knows why")
    assert (await _purposes(keen))[-1] == "privacy", "what happens to their words is told them later"


@pytest.mark.parametrize("words", ["help", "HELP!!", "please help"])
async def test_help_after_danger_is_a_cry(keen: Talk, words: str) -> None:
    await keen.send("There is a fire in Gatwekera")
    keen.wait(600)
    await keen.send(words)
    assert (await _purposes(keen))[-1] == "attention_danger"
    keen.wait(4 * 86400)
    await keen.send(words)
    assert (await _purposes(keen))[-1] == "help"


@pytest.mark.parametrize("first", ["There is a fire in Gatwekera", "my husband beats me", "There is a fire somewhere"])
async def test_a_few_words_after_danger_are_no_mere_addition(keen: Talk, first: str) -> None:
    await keen.send(first)
    keen.wait(120)
    await keen.send("come quickly")
    assert (await _purposes(keen))[-1] == "attention_danger"
    keen.wait(120)
    await keen.send("he went to the neighbours again now")
    assert (await _purposes(keen))[-1] == "added"


async def test_a_question_without_a_topic_is_not_asked_where_it_is(keen: Talk) -> None:
    await keen.send("How much does it cost to text you, my friends?")
    keen.wait(3600)
    assert (await keen.town.reporter()).question is None
    await keen.send("Why do you take what we say, and then do nothing?")
    assert [each for each in await _purposes(keen) if each != "privacy"] == ["attention", "attention_report"]
    assert {report.status for report in await keen.reports()} == {"in_review"}, "a person reads them"
    keen.wait(3600)
    await keen.send("Is there no water in all of the town?")
    assert (await _purposes(keen))[-1] == "ask_where"


async def test_a_number_to_call_is_no_account_of_its_own(keen: Talk) -> None:
    await keen.send("The water is brown in Gatwekera")
    keen.wait(120)
    await keen.send("Otieno 0721 55 50 18 or my brother 0722 55 50 18, 0733 55 50 18")
    keen.wait(3 * 86400)
    await keen.send("call me 0721 555 018")
    (report,) = await keen.reports()
    assert report.texts == 2
    assert (await _purposes(keen))[-1] == "attention_report"


async def test_a_question_is_not_the_place_we_asked_for(keen: Talk) -> None:
    await keen.send("The water is brown")
    keen.wait(120)
    await keen.send("are you the county?")
    assert (await _purposes(keen))[-1] == "attention_report"
    keen.wait(120)
    await keen.send("Gatwekera")
    (report,) = await keen.reports()
    assert (report.place_name, (await _purposes(keen))[-1]) == ("Gatwekera", "place_thanks")


async def test_a_number_where_we_offered_none_is_asked_for_the_name(keen: Talk) -> None:
    await keen.send("The water is brown")
    keen.wait(120)
    (number,) = await keen.send("3")
    assert (number.purpose, (await _purposes(keen))[-1]) == ("place_answer", "ask_where")
    keen.wait(120)
    await keen.send("Soko")
    assert (await keen.reports())[0].place_name == "Soko"


@pytest.mark.parametrize(
    ("words", "joins"),
    [
        ("they came and took only half of it", True),
        ("perhaps they came to half of it only", True),
        ("the water in the pipe is still brown, they say", True),
        ("they came to Soko and to nobody else", False),
        ("the road is broken since they came", False),
        ("my husband beats me since they came", False),
    ],
)
async def test_what_follows_an_offices_answer_is_about_it(keen: Talk, words: str, joins: bool) -> None:
    await _answered(keen)
    await keen.send(words)
    reports = await keen.reports()
    assert [len(reports), reports[0].texts] == ([1, 2] if joins else [2, 1])
    assert ((await _purposes(keen))[-1] == "added") == joins


async def test_days_later_it_is_an_account(keen: Talk) -> None:
    await _answered(keen)
    keen.wait(4 * 86400)
    await keen.send("they came and took only half of it")
    assert len(await keen.reports()) == 2


@pytest.mark.parametrize("word", ["YES", "no"])
async def test_an_answer_after_an_addition_goes_to_whoever_reads_it(keen: Talk, word: str) -> None:
    report = await _answered(keen)
    await keen.send("they came and took only half of it")
    async with keen.town.database.writing() as session:
        await session.execute(update(Report).values(status="in_review"))
    keen.wait(600)
    (said,) = await keen.send(word)
    assert (said.purpose, said.report_id, (await _purposes(keen))[-1]) == ("follow_up", report.id, "added")
    assert (await keen.reports())[0].texts == 3
    assert (await keen.town.reporter()).question is None


@pytest.mark.parametrize(("words", "kept"), [("no wait", True), ("No, not that", True), ("no water in Soko", False)])
async def test_who_shrinks_back_from_forget_keeps_all(keen: Talk, words: str, kept: bool) -> None:
    await keen.send("The water is brown in Gatwekera")
    await keen.send("FORGET")
    keen.wait(60)
    await keen.send(words)
    assert ((await _purposes(keen))[-1] == "kept") == kept
    keen.wait(60)
    (yes,) = await keen.send("YES")
    assert (yes.purpose == "erasure") == (not kept)


async def test_we_change_our_language_only_for_what_is_surely_another(keen: Talk) -> None:
    await keen.send("No water in Gatwekera")
    keen.wait(3600)
    for words, language in (("ndiyo water Gatwekera", "en"), ("ndiyo kabisa water Gatwekera", "sw")):
        await keen.send(words)
        assert (await keen.town.reporter()).language == language
        keen.wait(timedelta(hours=1).total_seconds())
