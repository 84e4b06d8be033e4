"""An answer, a follow-up and a new account are told apart, and the reason is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from service.models import Audit, Message, Report, Vault
from tests.service.conversation.talking import Talk


@pytest.mark.parametrize(
    "words",
    [
        "also the road is broken",
        "Also, the pump does not work any more since the rain came",
        "Still no water today",
        "Pia barabara ni mbaya",
        "and the road",
    ],
)
async def test_an_addition_joins_the_account_and_is_told_so(talk: Talk, words: str) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(3600)
    (added,) = await talk.send(words)
    (report,) = await talk.reports()
    assert (added.purpose, added.report_id, report.texts) == ("follow_up", report.id, 2)
    assert "a word for adding" in (added.cause or "")
    assert words.split()[-1] not in (added.cause or "")
    assert report.text == f"No water in Gatwekera\n{words}"
    assert (await talk.town.replies())[-1] == f"Thank you. Added to {report.reference}."


@pytest.mark.parametrize(
    ("words", "later"),
    [
        ("also the road in Soko is bad", 3600),
        ("also the road is bad", 86400 * 15),
        ("The road is bad", 60),
        ("The alsos of this world drink no water", 3600),
        ("No water again in Gatwekera", 3600),
        ("also", 3600),
    ],
)
async def test_another_place_another_month_or_another_thing_is_a_new_account(
    talk: Talk, words: str, later: float
) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(later)
    (new,) = await talk.send(words)
    assert (new.purpose, len(await talk.reports())) == ("account", 2)


async def test_a_reference_names_the_report_whatever_came_since(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    (first,) = await talk.reports()
    talk.wait(86400 * 20)
    await talk.send("The road is bad in Gatwekera")
    talk.wait(60)
    (named,) = await talk.send(f"{first.reference.lower()} no water to this day")
    assert (named.purpose, named.report_id) == ("follow_up", first.id)
    talk.wait(60)
    (asked,) = await talk.send(f" {first.reference}?")
    assert (asked.purpose, asked.report_id) == ("command", first.id)
    assert (await talk.town.replies())[-1].startswith(f"{first.reference}: ")


async def test_the_reference_of_another_person_names_nothing(talk: Talk) -> None:
    await talk.send("No water in Gatwekera", sender="baraka")
    (theirs,) = await talk.reports()
    for text in (f"{theirs.reference} no water to this day in Gatwekera", theirs.reference):
        talk.wait(60)
        (message,) = await talk.send(text)
        assert message.report_id != theirs.id
        assert theirs.reference not in "".join((await talk.town.replies())[1:])


async def test_what_points_at_a_text_of_ours_belongs_to_its_report(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    (first,) = await talk.reports()
    async with talk.town.database.writing() as session:
        await session.execute(update(Message).where(Message.direction == "out").values(external_id="wamid.1"))
    talk.wait(3600)
    await talk.send("The road is bad in Gatwekera")
    talk.wait(3600)
    (pointing,) = await talk.send("It came back today, thank you", replies_to="wamid.1")
    assert (pointing.purpose, pointing.report_id) == ("follow_up", first.id)
    assert first.reference in (pointing.cause or "")
    (stranger,) = await talk.send("No water in Gatwekera", replies_to="wamid.1", sender="baraka")
    assert stranger.report_id != first.id


async def test_a_number_that_points_at_an_old_question_answers_no_new_one(talk: Talk) -> None:
    await talk.send("No water for us")
    async with talk.town.database.writing() as session:
        await session.execute(update(Message).where(Message.direction == "out").values(external_id="wamid.1"))
    talk.wait(3600)
    await talk.send("The road is bad for us")
    _, second = await talk.reports()
    talk.wait(3600)
    (number,) = await talk.send("2", replies_to="wamid.1")
    assert (number.purpose, number.report_id) == ("empty", None)
    assert (await talk.town.reporter()).question_report_id == second.id


async def test_a_short_cry_soon_after_belongs_to_the_account(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(120)
    (cry,) = await talk.send("please help us it is bad")
    assert (cry.purpose, "no topic" in (cry.cause or "")) == ("follow_up", True)
    talk.wait(3600)
    (later,) = await talk.send("please help us it is bad")
    assert later.purpose == "account"


async def test_a_follow_up_brings_a_forwarded_report_back_to_a_person(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    async with talk.town.database.writing() as session:
        await session.execute(update(Report).values(status="forwarded", accepted_by="person"))
    talk.wait(3600)
    await talk.send("also the road is broken")
    (report,) = await talk.reports()
    assert (report.status, report.accepted_by) == ("in_review", None)
    assert "after a person read it" in (report.review_reason or "")


async def test_what_is_set_aside_takes_up_nothing_more(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    (first,) = await talk.reports()
    async with talk.town.database.writing() as session:
        await session.execute(update(Report).values(status="rejected"))
    talk.wait(3600)
    (new,) = await talk.send(f"{first.reference} still no water in Gatwekera")
    assert (new.purpose, new.report_id != first.id) == ("account", True)
    assert "takes up no more" in (new.cause or "")


async def test_what_follows_a_referred_account_is_sealed_too(talk: Talk) -> None:
    await talk.send("My husband beats me")
    (first,) = await talk.reports()
    async with talk.town.database.writing() as session:
        await session.execute(update(Report).values(status="referred"))
    talk.wait(3600)
    await talk.send(f"{first.reference} he was here again")
    _, second = await talk.reports()
    assert (second.sensitive, second.text) == (True, None)
    async with talk.town.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Vault)) == 2


async def test_an_addition_to_a_sealed_account_goes_into_the_vault(talk: Talk) -> None:
    await talk.send("My husband beats me")
    talk.wait(3600)
    (added,) = await talk.send("also the road is broken")
    (report,) = await talk.reports()
    assert (added.report_id, report.sensitive, report.text, report.texts) == (report.id, True, None, 2)


async def test_a_text_about_a_place_that_says_more_is_kept_with_its_words(talk: Talk) -> None:
    await talk.send("No water")
    talk.wait(60)
    (answer,) = await talk.send("Gatwekera, the road too")
    (report,) = await talk.reports()
    assert (answer.purpose, report.area, report.place_by) == ("place_words", "upper", "reporter")
    assert report.text == "No water\nGatwekera, the road too"


async def test_a_retired_word_leaves_no_trace_in_the_audit(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(3600)
    await talk.send("also the road is broken")
    async with talk.town.database.reading() as session:
        assert list(await session.scalars(select(Audit))) == []
        causes = list(await session.scalars(select(Message.cause).where(Message.direction == "in")))
    assert not any("road" in cause or "water" in cause for cause in causes)


async def test_clocks_never_move_an_answer_to_a_question_that_is_over(talk: Talk) -> None:
    await talk.send("No water for us")
    talk.wait(timedelta(days=29).total_seconds())
    (late,) = await talk.send("2")
    assert (late.purpose, late.report_id) == ("empty", None)
