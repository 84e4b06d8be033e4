"""Fragments and numbered parts are one account, whatever way and order they come in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

import nlp.analysis as nlp
from channels.base import Part
from service.analyst import AnalysisFailed
from service.conversation.pieces import LONGEST
from service.models import Analysis, Message, Report, ReportCategory, Vault
from service.programme.schema import QuietHours
from service.reports import CLEARER
from tests.service.conversation.talking import Ear, Talk, listen


async def test_fragments_in_one_batch_are_one_account_with_one_receipt(talk: Talk) -> None:
    first, second = await talk.send("No water since Monday", "in Gatwekera", apart=5)
    (report,) = await talk.reports()
    assert (report.text, report.texts, report.area) == ("No water since Monday\nin Gatwekera", 2, "upper")
    assert (first.purpose, second.purpose, second.report_id) == ("account", "part", report.id)
    assert "together" in (second.cause or "")
    assert [talk.town.secrets.unseal(each.redacted or b"") for each in (first, second)] == [
        "No water since Monday",
        "in Gatwekera",
    ]
    (receipt,) = await talk.town.replies()
    assert "Which place" not in receipt


async def test_a_fragment_in_a_later_batch_joins_and_settles_the_question_where(talk: Talk) -> None:
    await talk.send("No water since Monday")
    assert (await talk.town.reporter()).question == "place"
    talk.wait(9)
    (second,) = await talk.send("the tap that stands in Gatwekera next to the church, all of us there are without")
    (report,) = await talk.reports()
    assert (report.texts, report.area, second.purpose) == (2, "upper", "part")
    assert "within 15 seconds" in (second.cause or "")
    assert (await talk.town.reporter()).question is None
    asked, noted = await talk.town.replies()
    assert "Which place" in asked
    assert noted == f"Thank you. {report.reference} is noted at Gatwekera."


async def test_a_doubt_that_a_further_text_takes_away_is_no_reason_any_more(talk: Talk) -> None:
    await talk.send("Something is wrong in Gatwekera")
    (report,) = await talk.reports()
    assert (report.status, report.review_reason) == ("in_review", "no category found")
    talk.wait(9)
    await talk.send("no water since Monday, the tap is dry")
    (report,) = await talk.reports()
    assert (report.status, report.review_reason) == ("in_review", CLEARER)


async def test_fragments_that_arrive_out_of_order_are_read_in_order(talk: Talk) -> None:
    await talk.send("and the children drink from it", sent=-20)
    talk.wait(3)
    await talk.send("The water in Gatwekera is dirty", sent=-30)
    (report,) = await talk.reports()
    assert report.text == "The water in Gatwekera is dirty\nand the children drink from it"


async def test_a_clock_that_cannot_be_is_not_believed(talk: Talk) -> None:
    for skew in (86400 * 400, -86400 * 400):
        await talk.send("No water in Gatwekera", sent=skew, sender=f"skewed {skew}")
        talk.wait(600)
        await talk.send("The road is bad in Gatwekera", sent=skew - 600, sender=f"skewed {skew}")
    assert len(await talk.reports()) == 4


async def test_sixteen_seconds_are_two_accounts_and_so_are_two_people(talk: Talk) -> None:
    await talk.send("No water in Gatwekera", "The road is bad in Gatwekera", apart=16)
    await talk.send("The road is bad in Gatwekera", sender="baraka")
    assert [report.texts for report in await talk.reports()] == [1, 1, 1]


async def test_a_command_between_fragments_is_obeyed(talk: Talk) -> None:
    _, stop, _ = await talk.send("No water in Gatwekera", "STOP", "since Monday", apart=2)
    assert stop.purpose == "command"
    assert (await talk.town.reporter()).stopped_at is not None
    assert [report.texts for report in await talk.reports()] == [2]


async def test_what_is_sensitive_only_as_a_whole_leaves_nothing_in_the_open(talk: Talk) -> None:
    await talk.send("No water in Gatwekera and my husband")
    async with talk.town.database.writing() as session:
        await session.execute(update(Report).values(status="forwarded", accepted_by="person"))
    talk.wait(4)
    await talk.send("beats me")
    (report,) = await talk.reports()
    assert (report.sensitive, report.status, report.text, report.place_name, report.area) == (
        True,
        "in_review",
        None,
        None,
        None,
    )
    async with talk.town.database.reading() as session:
        vault = (await session.scalars(select(Vault))).one()
        assert "husband" in talk.town.secrets.unseal(vault.content)
        assert "beats me" in talk.town.secrets.unseal(vault.content)
        assert list(await session.scalars(select(ReportCategory))) == []
        assert set(await session.scalars(select(Analysis.result))) == {None}
    assert "1195" in (await talk.town.replies())[-1]


@pytest.mark.parametrize(("meanwhile", "due"), [(5, 0), (3 * 3600, 6 * 3600)])
async def test_who_has_just_texted_learns_by_night_what_their_texts_say_as_a_whole(
    talk: Talk, meanwhile: int, due: int
) -> None:
    """What is read hours later, after an outage or from a voice note written down, waits for the morning."""
    town = talk.town
    night = QuietHours.model_validate({"from": "21:00", "to": "07:00"})
    rules = town.programme.rules.model_copy(update={"quiet_hours": night})
    town.programme = town.programme.model_copy(update={"rules": rules})
    town.now = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)  # 22:00 in Nairobi
    await talk.send("No water in Gatwekera and my husband")
    talk.wait(4)
    await talk.send("beats me", take=False)
    talk.wait(meanwhile)
    await talk.work()
    async with town.database.reading() as session:
        told = (await session.scalars(select(Message).where(Message.purpose == "receipt_sensitive"))).one()
    assert told.due_at == town.now + timedelta(seconds=due) - timedelta(seconds=4 if due else 0)


async def test_a_fragment_of_a_sealed_account_is_sealed_with_it(talk: Talk) -> None:
    await talk.send("My husband beats me")
    talk.wait(5)
    await talk.send("in Gatwekera by the water tank")
    (report,) = await talk.reports()
    assert (report.sensitive, report.texts, report.text, report.area) == (True, 2, None, None)
    async with talk.town.database.reading() as session:
        content = talk.town.secrets.unseal((await session.scalars(select(Vault.content))).one() or b"")
    assert "beats me" in content
    assert "water tank" in content


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
async def test_parts_of_a_gateway_wait_for_each_other_in_any_order(talk: Talk, order: tuple[int, ...]) -> None:
    words = ["No water in Gatwe", "kera since Mon", "day and no light"]
    for index in order:
        await talk.send(words[index], part=Part("17", index + 1, 3))
        talk.wait(4)
    (report,) = await talk.reports()
    assert (report.text, report.area) == ("No water in Gatwekera since Monday and no light", "upper")
    assert len(await talk.town.replies()) == 1
    assert await talk.work() == 0


async def test_parts_that_do_not_come_are_waited_for_fifteen_seconds_and_join_late(talk: Talk) -> None:
    (first,) = await talk.send("No water in Gatwe", part=Part("17", 1, 2))
    assert (first.state, await talk.reports()) == ("received", [])
    talk.wait(14)
    assert await talk.work() == 0
    talk.wait(1)
    await talk.work()
    assert [report.text for report in await talk.reports()] == ["No water in Gatwe"]
    talk.wait(900)
    (late,) = await talk.send("kera since Monday", part=Part("17", 2, 2))
    (report,) = await talk.reports()
    assert (report.text, report.area, late.cause) == ("No water in Gatwekera since Monday", "upper", "part 2 of 2")


async def test_the_number_of_a_part_is_used_again_the_next_day(talk: Talk) -> None:
    await talk.send("No water in Gatwekera", part=Part("17", 1, 2))
    talk.wait(15)
    await talk.work()
    talk.wait(86400)
    await talk.send("the road in Soko is bad", part=Part("17", 2, 2))
    talk.wait(15)
    await talk.work()
    assert len(await talk.reports()) == 2


@pytest.mark.parametrize(
    ("one", "two", "whole"),
    [
        ("1/2 No water in", "2/2 Gatwekera", "No water in Gatwekera"),
        ("(1/2) No water in", "(2/2) Gatwekera", "No water in Gatwekera"),
        ("No water in 1/2", "Gatwekera (2/2)", "No water in Gatwekera"),
        ("[1/2]: No water in", "[2/2]: Gatwekera", "No water in Gatwekera"),
    ],
)
async def test_parts_that_people_number_themselves(talk: Talk, one: str, two: str, whole: str) -> None:
    await talk.send(two)
    assert await talk.reports() == []
    talk.wait(6)
    await talk.send(one)
    assert [report.text for report in await talk.reports()] == [whole]


async def test_half_an_acre_is_no_part(talk: Talk) -> None:
    await talk.send("1/2 acre near the water in Gatwekera was taken")
    talk.wait(15)
    await talk.work()
    assert [report.text for report in await talk.reports()] == ["1/2 acre near the water in Gatwekera was taken"]


async def test_an_account_has_an_end(talk: Talk) -> None:
    await talk.send(*(f"No water in Gatwekera, house {number}" for number in range(45)), apart=2)
    assert [report.texts for report in await talk.reports()] == [20, 20, 5]


async def test_two_workers_take_the_pieces_of_one_person_at_once(talk: Talk) -> None:
    for number, total in ((1, 3), (2, 3), (3, 3)):
        await talk.send(f"No water {number} ", part=Part("9", number, total), take=False)
    await talk.send("in Gatwekera", take=False)
    other = Talk(talk.town)
    await asyncio.gather(talk.work(), other.work())
    await talk.work()
    (report,) = await talk.reports()
    assert report.text == "No water 1 No water 2 No water 3 \nin Gatwekera"
    async with talk.town.database.reading() as session:
        assert set(await session.scalars(select(Message.state).where(Message.direction == "in"))) == {"done"}


async def test_two_workers_take_fragments_that_come_one_by_one(talk: Talk) -> None:
    other = Talk(talk.town, number=100)
    for round_ in range(4):
        await talk.send(f"No water in Gatwekera {round_}", take=False)
        await other.send(f"since Monday {round_}", take=False)
        await asyncio.gather(talk.work(), other.work())
        talk.wait(3)
    while await talk.work():
        pass
    await talk.work()
    (report,) = await talk.reports()
    assert report.texts == 8
    assert all(f"water in Gatwekera {n}" in (report.text or "") for n in range(4))
    assert sum("Your report is" in reply for reply in await talk.town.replies()) == 1


async def test_a_death_between_joining_and_reading_loses_nothing(talk: Talk) -> None:
    await talk.send("No water since Monday")
    talk.wait(5)

    class Dies(Ear):
        async def analyse(self, programme: str, texts: Sequence[str]) -> list[nlp.Analysis]:
            if any("\n" in text for text in texts):
                raise asyncio.CancelledError
            return [listen(text) for text in texts]

    dying = Talk(talk.town, Dies(), number=50)
    with pytest.raises(asyncio.CancelledError):
        await dying.send("near the big mango tree where the old people sit in Gatwekera")
    assert [report.text for report in await talk.reports()] == ["No water since Monday"]
    talk.wait(600)
    await talk.work()
    (report,) = await talk.reports()
    assert (report.area, report.reread_at) == ("upper", None)
    assert "mango" in (report.text or "")


async def test_a_whole_that_breaks_the_analysis_comes_to_a_person(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")

    class Breaks(Ear):
        async def analyse(self, programme: str, texts: Sequence[str]) -> list[nlp.Analysis]:
            if any("\n" in text for text in texts):
                raise AnalysisFailed("The analysis failed with ValueError.")
            return [listen(text) for text in texts]

    talk.ear = Breaks()
    talk.wait(5)
    await talk.send("since Monday")
    for _ in range(4):
        talk.wait(600)
        await talk.work()
    (report,) = await talk.reports()
    assert (report.status, report.reread_at) == ("in_review", None)
    assert "could not be read" in (report.review_reason or "")


async def test_what_a_phone_sends_again_at_once_is_told_once(talk: Talk) -> None:
    texts = await talk.send("No water in Gatwekera", "No water in Gatwekera", "no water in Gatwekera", apart=3)
    (report,) = await talk.reports()
    assert (report.text, report.texts) == ("No water in Gatwekera\nno water in Gatwekera", 3)
    assert len({text.report_id for text in texts}) == 1


async def test_a_part_that_comes_again_under_another_id_adds_nothing(talk: Talk) -> None:
    await talk.send("No water in ", part=Part("17", 1, 2))
    await talk.send("Gatwekera", part=Part("17", 2, 2))
    talk.wait(40)
    (again,) = await talk.send("No water in ", part=Part("17", 1, 2))
    await talk.work()
    (report,) = await talk.reports()
    assert (again.purpose, again.report_id, report.text) == ("part", report.id, "No water in Gatwekera")
    assert len(await talk.town.replies()) == 1


async def test_a_part_that_comes_twice_at_once_adds_nothing(talk: Talk) -> None:
    for number, words in ((1, "No water in "), (1, "No water in "), (2, "Gatwekera"), (2, "Gatwekera")):
        await talk.send(words, part=Part("17", number, 2), take=False)
    talk.wait(20)
    while await talk.work():
        talk.wait(20)
    (report,) = await talk.reports()
    assert report.text == "No water in Gatwekera"
    assert len(await talk.town.replies()) == 1


async def test_a_question_how_far_beside_an_account_is_answered_for_itself(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    (first,) = await talk.reports()
    talk.wait(3600)
    told, asked = await talk.send("The road in Soko is bad", "how far is my report about the water?", apart=4)
    assert (told.purpose, asked.purpose, asked.report_id) == ("account", "command", first.id)
    assert (await talk.reports())[-1].text == "The road in Soko is bad"
    assert (await talk.town.replies())[-1].startswith(f"{first.reference}: ")


async def test_a_text_that_points_at_ours_is_no_fragment_of_another(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    (first,) = await talk.reports()
    async with talk.town.database.writing() as session:
        await session.execute(update(Message).where(Message.direction == "out").values(external_id="ours"))
    talk.wait(3600)
    told = await talk.send("The road in Soko is bad", take=False)
    (pointing,) = await talk.send("the tap is dry to this day", replies_to="ours", take=False)
    more = await talk.send("and the children go far")
    texts = [report.text for report in await talk.reports()]
    assert texts == [
        "No water in Gatwekera\nthe tap is dry to this day\nand the children go far",
        "The road in Soko is bad",
    ]
    assert (await talk.message(pointing.external_id or "")).report_id == first.id
    assert len(told + more) == 2


async def test_nobody_answers_a_question_that_was_not_asked_yet(talk: Talk) -> None:
    talk.wait(60)
    await talk.send("No water since", take=False)
    await talk.send("2", take=False)
    await talk.send("days", take=False)
    talk.wait(5)
    await talk.work()
    (report,) = await talk.reports()
    assert (report.text, report.place_by) == ("No water since\n2\ndays", None)
    assert (await talk.town.reporter()).question == "place"
    assert len(await talk.town.replies()) == 1


@pytest.mark.parametrize("said", ["yes", "7"])
async def test_an_answer_to_nothing_beside_an_account_far_off_gets_no_reply_that_is_untrue(
    talk: Talk, said: str
) -> None:
    await talk.send(said, take=False)
    talk.wait(3600)
    await talk.send("No water", take=False)
    await talk.work()
    assert len(await talk.reports()) == 1


async def test_of_a_text_without_end_only_so_much_is_read(talk: Talk) -> None:
    long = "No water in Gatwekera. " + "x " * LONGEST
    (first,) = await talk.send(long)
    (more,) = await talk.send("since Monday")
    (report,) = await talk.reports()
    assert (first.report_id, more.report_id, report.area) == (report.id, report.id, "upper")
    assert first.cause == "an account with a place; only its first 50,000 characters were read"
    assert max(map(len, talk.ear.heard)) == LONGEST
    assert talk.town.secrets.unseal(first.body or b"") == long
