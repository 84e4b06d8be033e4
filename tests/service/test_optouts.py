"""One person who opted out at the provider is stopped; a flood raises an alarm and stops nobody."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from channels.base import Delivery
from service import audit, lines, optouts
from service.db import Database
from service.intake import Intake
from service.models import Line, Message, Reporter
from service.workflow import NotFound
from tests.service.conftest import CHANNEL, Town
from tests.service.folk import person
from tests.service.making import make_user


async def _send(database: Database, now: datetime, texts: int, channel: str = CHANNEL) -> list[int]:
    """So many people were just texted; the ids of the texts."""
    ids = []
    async with database.writing() as session:
        taken = await session.scalar(select(func.count()).select_from(Reporter)) or 0
        for number in range(taken, taken + texts):
            someone = await person(session, now, channel=channel)
            message = Message(
                programme="village",
                channel=channel,
                direction="out",
                state="sent",
                external_id=f"out-{number}",
                reporter_id=someone.id,
                sent_at=now,
                created_at=now,
            )
            session.add(message)
            await session.flush()
            ids.append(message.id)
    return ids


async def _note(database: Database, number: int, now: datetime) -> None:
    async with database.writing() as session:
        await optouts.note(session, CHANNEL, Message.id == number, now)


async def _stopped(database: Database) -> int:
    async with database.reading() as session:
        query = select(func.count()).select_from(Reporter).where(Reporter.stopped_at.is_not(None))
        return await session.scalar(query) or 0


async def _line(database: Database) -> Line:
    async with database.reading() as session:
        return await session.get_one(Line, CHANNEL)


async def test_few_are_believed_and_a_flood_is_not(database: Database, now: datetime) -> None:
    ids = await _send(database, now, 40)
    for count, number in enumerate(ids[:5], 1):
        await _note(database, number, now + timedelta(seconds=count))
        assert await _stopped(database) == count
    await _note(database, ids[5], now + timedelta(seconds=6))
    assert await _stopped(database) == 0, "those the provider stopped are texted again"
    line = await _line(database)
    assert line.alarmed_at == now + timedelta(seconds=6)
    for number in ids[6:]:
        await _note(database, number, now + timedelta(minutes=30))
    assert await _stopped(database) == 0
    await _note(database, (await _send(database, now, 1))[0], now + timedelta(minutes=89))
    assert await _stopped(database) == 0, "as long as they come"


async def test_two_in_a_hundred_are_no_flood(database: Database, now: datetime) -> None:
    ids = await _send(database, now, 500)
    for number in ids[:10]:
        await _note(database, number, now)
    assert await _stopped(database) == 10
    assert (await _line(database)).alarmed_at is None
    await _note(database, ids[10], now)
    assert await _stopped(database) == 0


async def test_six_in_an_hour_are_no_flood(database: Database, now: datetime) -> None:
    for minutes, number in enumerate(await _send(database, now, 7)):
        await _note(database, number, now + timedelta(minutes=10 * minutes))
    assert await _stopped(database) == 7


async def test_who_said_stop_themselves_stays_stopped(town: Town) -> None:
    await town.text("No water in Gatwekera", sender="amina")
    await town.text("STOP", sender="amina")
    await town.text("No water in Gatwekera", sender="baraka")
    async with town.database.writing() as session:
        mine = select(Message.id).where(Message.direction == "out", Message.purpose != "privacy").order_by(Message.id)
        amina, _, baraka = await session.scalars(mine)
    await _note(town.database, baraka, town.now)
    await town.text("STOP", sender="baraka")  # the provider was first, and they say so too
    await _note(town.database, amina, town.now)
    for number in await _send(town.database, town.now, 6):
        await _note(town.database, number, town.now)
    assert (await _line(town.database)).alarmed_at is not None
    async with town.database.reading() as session:
        pseudonyms = [town.secrets.pseudonym(CHANNEL, sender) for sender in ("amina", "baraka")]
        query = select(Reporter.stopped_at).where(Reporter.pseudonym.in_(pseudonyms))
        assert all(list(await session.scalars(query)))
    assert await _stopped(town.database) == 2


async def test_a_word_that_comes_ten_times_counts_once(intake: Intake, database: Database, now: datetime) -> None:
    await _send(database, now, 3)
    word = Delivery("out-0", "failed", opted_out=True)
    await asyncio.gather(*(intake.store("village", CHANNEL, [word], now) for _ in range(10)))
    assert await _stopped(database) == 1
    async with database.reading() as session:
        message = await session.scalar(select(Message).where(Message.external_id == "out-0"))
    assert (message.state, message.failure, message.opted_out_at) == ("dead", "opted_out", now)


async def test_a_flood_of_statuses_is_no_more_believed_than_of_errors(
    intake: Intake, database: Database, now: datetime
) -> None:
    await _send(database, now, 30)
    words = [Delivery(f"out-{number}", "failed", opted_out=True) for number in range(30)]
    await asyncio.gather(*(intake.store("village", CHANNEL, [word], now) for word in words))
    assert await _stopped(database) == 0
    async with database.reading() as session:
        assert await optouts.count_named(session, await session.get_one(Line, CHANNEL)) == 30
        assert set(await session.scalars(select(Message.state))) == {"dead"}


@pytest.mark.parametrize(("believed", "stopped"), [(True, 5), (False, 0)])
async def test_a_person_who_looked_decides(database: Database, now: datetime, believed: bool, stopped: int) -> None:
    asha = await make_user(database, "asha", {}, now)
    ids = await _send(database, now, 6)
    for number in ids:
        await _note(database, number, now)
    async with database.writing() as session:
        wrote = await session.get_one(Message, ids[0])
        since = now + timedelta(minutes=1)
        text = Message(
            programme="village",
            channel=CHANNEL,
            direction="in",
            state="done",
            purpose="command",
            reporter_id=wrote.reporter_id,
            created_at=since,
        )
        session.add(text)
    async with database.writing() as session:
        with pytest.raises(NotFound):
            await optouts.settle(session, "town", CHANNEL, asha, now, stop=believed)
        assert await optouts.settle(session, "village", CHANNEL, asha, now, stop=believed) == stopped
    assert await _stopped(database) == stopped
    async with database.writing() as session:
        assert await lines.read(session, "village") == []
        with pytest.raises(NotFound):
            await optouts.settle(session, "village", CHANNEL, asha, now, stop=believed)
        told = await audit.read(session, "village", acts=("settle_opt_outs",))
        assert [(line.login, line.detail) for line in told] == [("asha", {"stopped": stopped, "believed": believed})]
    await database_forgets_the_burst(database, now)
    await _note(database, (await _send(database, now, 1))[0], now + timedelta(minutes=11))
    assert await _stopped(database) == stopped + 1, "after the burst one is believed again"


async def database_forgets_the_burst(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        burst = update(Message).where(Message.opted_out_at.is_not(None))
        await session.execute(burst.values(opted_out_at=now - timedelta(hours=1)))


async def test_people_are_counted_and_not_their_texts(database: Database, now: datetime) -> None:
    # Of ten texts two go to each: a receipt, and what happens to their words.
    ids = await _send(database, now, 10)
    async with database.writing() as session:
        texts = list(await session.scalars(select(Message).where(Message.id.in_(ids)).order_by(Message.id)))
        for first, second in zip(texts[:5], texts[5:], strict=True):
            second.reporter_id = first.reporter_id
    for number in ids:
        await _note(database, number, now)
    assert await _stopped(database) == 5
    assert (await _line(database)).alarmed_at is None
