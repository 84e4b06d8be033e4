"""FORGET beside an office's answer: each asks for a YES, so they are never open at once, and neither is lost."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from channels.base import Channel
from service import releasing, screening
from service.models import Message, Report, Reporter
from service.outgoing import change
from service.programme.schema import QuietHours
from service.reporters import FORGET_LASTS
from tests.dashboards.desk import held_answer
from tests.service.conftest import CHANNEL
from tests.service.conversation.talking import Talk

NIGHT = QuietHours.model_validate({"from": "21:00", "to": "07:00"})


class House:
    """A person with a report, the office that answers it, and the outbox."""

    def __init__(self, talk: Talk, web: dict[str, Channel]) -> None:
        self.talk, self.channel = talk, web[CHANNEL]

    async def report(self) -> None:
        await self.talk.send("No water in Gatwekera")
        self.talk.wait(60)
        await self.send()

    async def answer(self) -> None:
        """The office answers what is open, and the answer is let out."""
        town = self.talk.town
        async with town.database.writing() as session:
            reports = list(await session.scalars(select(Report).where(Report.status != "merged")))
            for report in reports:
                report.status = "accepted"
            answer = await held_answer(session, "A bowser comes", reports, town.now)
            await session.flush()
            await releasing.let_out(session, town.secrets, town.programme, answer, town.now)

    async def send(self) -> list[str | None]:
        """What goes out now; the purpose of each text."""
        town = self.talk.town
        async with town.database.writing() as session:
            await screening.tidy(session, CHANNEL, self.channel, town.programme, town.now)
            claimed = await screening.claim(session, CHANNEL, 20, timedelta(minutes=5), town.now)
            ready = await screening.screen(session, town.secrets, self.channel, claimed, town.now)
            for text in ready:
                await session.execute(change("sent", Message.id == text.message.id, sent_at=town.now))
        return [text.message.purpose for text in ready]

    async def say(self, *words: str) -> Message:
        """Text, be read, and get what goes out by then; a minute passes."""
        (*_, message) = await self.talk.send(*words)
        self.talk.wait(60)
        return message

    async def person(self) -> Reporter:
        async with self.talk.town.database.reading() as session:
            return (await session.scalars(select(Reporter).order_by(Reporter.id))).first()  # type: ignore[return-value]

    async def due(self) -> datetime | None:
        async with self.talk.town.database.reading() as session:
            text = (await session.scalars(select(Message).where(Message.purpose == "answered"))).one()
            assert (text.state, text.attempts) == ("queued", 0)
            return text.due_at

    async def status(self) -> str:
        return (await self.talk.reports())[0].status


@pytest.fixture
async def house(talk: Talk, web: dict[str, Channel]) -> House:
    made = House(talk, web)
    await made.report()
    return made


async def test_the_answer_waits_while_they_decide_and_a_yes_erases(house: House) -> None:
    await house.say("FORGET")
    await house.answer()
    assert await house.send() == ["forget_ask"]
    asked = (await house.person()).asked_at
    assert asked is not None and await house.due() == asked + FORGET_LASTS
    assert (await house.say("YES")).cause == "yes to FORGET"
    assert await house.send() == ["forgotten"]
    house.talk.wait(2 * 86400)
    assert await house.send() == []
    assert (await house.person()).forgotten_at is not None


async def test_after_no_the_answer_goes_out_at_once_and_is_what_a_yes_is_about(house: House) -> None:
    await house.say("FORGET")
    await house.answer()
    await house.send()
    assert (await house.say("NO")).cause == "no to FORGET"
    assert await house.send() == ["kept", "answered"]
    house.talk.wait(60)
    assert (await house.say("YES")).purpose == "solved_answer"
    assert (await house.status(), (await house.person()).forgotten_at) == ("resolved", None)


@pytest.mark.parametrize(("word", "status"), [("YES", "resolved"), ("No, the tap is dry", "disputed")])
async def test_once_the_day_is_over_the_answer_goes_out_and_nobody_is_erased_by_mistake(
    house: House, word: str, status: str
) -> None:
    await house.say("FORGET")
    await house.answer()
    await house.send()
    house.talk.wait(FORGET_LASTS.total_seconds())
    assert await house.send() == ["answered"]
    house.talk.wait(600)
    await house.say(word)
    assert (await house.status(), (await house.person()).forgotten_at) == (status, None)


async def test_a_yes_written_within_the_day_erases_however_late_it_is_read(house: House) -> None:
    await house.say("FORGET")
    await house.answer()
    await house.talk.send("YES", take=False)
    house.talk.wait(2 * 86400)
    assert await house.send() == ["forget_ask", "answered"]
    await house.talk.work()
    assert (await house.person()).forgotten_at is not None


async def test_an_answer_that_waits_for_the_morning_does_not_come_beside_forget_either(house: House) -> None:
    """Released by night, before they text FORGET: in the morning a YES must not be meant for either."""
    town = house.talk.town
    town.programme = town.programme.model_copy(
        update={"rules": town.programme.rules.model_copy(update={"quiet_hours": NIGHT})}
    )
    house.talk.wait((20 * 60 - (town.now.hour * 60 + town.now.minute)) % 1440 * 60)
    await house.answer()
    assert await house.send() == []
    await house.say("FORGET")
    await house.send()
    house.talk.wait(12 * 3600)
    assert await house.send() == []
    assert (await house.say("YES")).cause == "yes to FORGET"


async def test_asked_once_more_the_day_begins_anew(house: House) -> None:
    await house.say("FORGET")
    await house.answer()
    await house.send()
    house.talk.wait(20 * 3600)
    await house.say("FORGET")
    house.talk.wait(4 * 3600)
    assert await house.send() == ["forget_ask"]
    house.talk.wait(20 * 3600)
    assert await house.send() == ["answered"]


async def test_an_answer_asked_about_before_forget_is_open_again_after_no(house: House) -> None:
    await house.answer()
    assert await house.send() == ["answered"]
    house.talk.wait(60)
    await house.say("FORGET", "NO")
    house.talk.wait(60)
    assert (await house.say("YES")).purpose == "solved_answer"
    assert await house.status() == "resolved"


async def test_what_was_answered_already_is_not_open_again(house: House) -> None:
    await house.answer()
    await house.send()
    house.talk.wait(60)
    await house.say("YES")
    await house.say("FORGET")
    await house.say("NO")
    assert (await house.person()).question is None
    assert (await house.say("YES")).purpose == "empty"


async def test_after_stop_no_answer_goes_out_and_a_yes_still_erases(house: House) -> None:
    await house.say("FORGET")
    await house.answer()
    await house.say("STOP")
    assert "answered" not in await house.send()
    assert (await house.say("YES")).cause == "yes to FORGET"


async def test_the_answer_to_a_report_merged_into_another_is_about_that_one(house: House) -> None:
    async with house.talk.town.database.writing() as session:
        (mine,) = await session.scalars(select(Report))
        reporter = Reporter(
            programme="village", channel=CHANNEL, pseudonym="other", created_at=mine.received_at,
            last_seen_at=mine.received_at, quotable=False, groups={}, asked=[],
        )  # fmt: skip
        session.add(reporter)
        await session.flush()
        main = Report(
            programme="village", channel=CHANNEL, reporter_id=reporter.id, reference="M1-A1N", status="accepted",
            text="dry", received_at=mine.received_at,
        )  # fmt: skip
        session.add(main)
        await session.flush()
        mine.status, mine.merged_into = "merged", main.id
    await house.say("FORGET")
    await house.answer()
    await house.say("NO")
    assert await house.send() == ["forget_ask", "kept", "answered"]
    house.talk.wait(60)
    assert (await house.person()).question_report_id == main.id
    await house.say("YES")
    async with house.talk.town.database.reading() as session:
        assert (await session.get_one(Report, main.id)).status == "resolved"
