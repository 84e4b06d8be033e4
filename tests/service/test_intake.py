"""Nothing is lost, nothing doubles."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import delete, func, select

from channels.base import Delivery, Inbound
from service import deliveries
from service.db import Database
from service.intake import Intake, IntakeFull, NotStored
from service.models import Message, Reporter
from service.secrets import Secrets
from tests.service.conftest import CHANNEL, Town


async def _count(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Message)) or 0


async def test_the_same_text_ten_times_at_once_is_one(intake: Intake, database: Database, now: datetime) -> None:
    again = [intake.store("village", CHANNEL, [Inbound("amina", "no water", "m1")], now) for _ in range(10)]
    await asyncio.gather(*again)
    assert await _count(database) == 1


async def test_many_at_once_are_all_stored(intake: Intake, database: Database, now: datetime) -> None:
    many = [intake.store("village", CHANNEL, [Inbound("amina", "no water", f"m{n}")], now) for n in range(60)]
    await asyncio.gather(*many)
    assert await _count(database) == 60


async def test_a_row_the_database_refuses_fails_alone(intake: Intake, database: Database, now: datetime) -> None:
    good = intake.store("village", CHANNEL, [Inbound("amina", "no water", "good")], now)
    bad = intake.store("village", CHANNEL, [Inbound("amina", "no water", object())], now)  # type: ignore[arg-type]
    stored, refused = await asyncio.gather(good, bad, return_exceptions=True)
    assert stored is None
    assert isinstance(refused, NotStored)
    assert await _count(database) == 1


async def test_a_full_queue_is_refused_before_anything_is_taken(
    database: Database, secrets: Secrets, now: datetime
) -> None:
    intake = Intake(database, secrets, 1, asyncio.Event())
    first = asyncio.create_task(intake.store("village", CHANNEL, [Inbound("amina", "one", "m1")], now))
    await asyncio.sleep(0)
    with pytest.raises(IntakeFull):
        await intake.store("village", CHANNEL, [Inbound("amina", "two", "m2")], now)
    intake.start()
    await first
    await intake.stop()
    assert await _count(database) == 1


async def test_texts_of_any_kind_come_back_as_they_were(
    intake: Intake, database: Database, secrets: Secrets, now: datetime
) -> None:
    texts = ["", "🙂🙂", "x" * 1600, "a\0b", "\ud800 alone", "\u202egnp.exe", "पानी नहीं", "水", "ماء"]
    for number, text in enumerate(texts):
        await intake.store("village", CHANNEL, [Inbound("amina", text, f"m{number}")], now)
    async with database.reading() as session:
        bodies = (await session.scalars(select(Message.body).order_by(Message.id))).all()
    assert [secrets.unseal(body) for body in bodies if body is not None] == texts


async def test_no_text_or_number_lies_open_in_the_table(intake: Intake, database: Database, now: datetime) -> None:
    await intake.store("village", CHANNEL, [Inbound("+254700000001", "no water", "m1", None, (-1.3, 36.7))], now)
    async with database.reading() as session:
        row = (await session.execute(select(Message.__table__))).one()
    shown = repr(tuple(row))
    assert "254700000001" not in shown
    assert "no water" not in shown
    assert "36.7" not in shown


async def test_delivery_news_out_of_order_never_takes_a_text_back(town: Town) -> None:
    await town.text("No water in Gatwekera since Monday")
    async with town.database.writing() as session:
        message = await session.scalar(select(Message).where(Message.direction == "out"))
        message.state, message.external_id = "sent", "out-1"
    for state in ("read", "delivered", "sent"):
        await town.intake.store("village", CHANNEL, [Delivery("out-1", state)], town.now)  # type: ignore[arg-type]
    async with town.database.reading() as session:
        assert await session.scalar(select(Message.state).where(Message.external_id == "out-1")) == "read"


async def test_an_opt_out_at_the_provider_stops_that_one_person(town: Town) -> None:
    await town.text("No water in Gatwekera", sender="amina")
    await town.text("No water in Gatwekera", sender="baraka")
    async with town.database.writing() as session:
        message = await session.scalar(select(Message).where(Message.direction == "out").order_by(Message.id).limit(1))
        message.state, message.external_id = "sent", "out-1"
    await town.intake.store("village", CHANNEL, [Delivery("out-1", "failed", opted_out=True)], town.now)
    async with town.database.reading() as session:
        stopped = (await session.scalars(select(Reporter.stopped_at).order_by(Reporter.id))).all()
    assert [at is not None for at in stopped] == [True, False]


async def test_news_of_a_text_whose_id_is_not_recorded_yet_is_kept_for_it(town: Town) -> None:
    await town.text("No water in Gatwekera since Monday")
    await town.intake.store("village", CHANNEL, [Delivery("out-1", "delivered")], town.now)
    async with town.database.writing() as session:
        message = await session.scalar(select(Message).where(Message.direction == "out"))
        message.state, message.external_id = "sent", "out-1"
        await session.flush()
        await deliveries.catch_up(session, CHANNEL, ["out-1"], town.now)
    async with town.database.reading() as session:
        assert await session.scalar(select(Message.state).where(Message.external_id == "out-1")) == "delivered"


async def test_texts_are_stored_while_others_write_without_a_pause(
    intake: Intake, database: Database, now: datetime
) -> None:
    done = asyncio.Event()

    async def write() -> None:
        while not done.is_set():
            async with database.writing() as session:
                await session.execute(delete(Reporter).where(Reporter.id == -1))
                await asyncio.sleep(0.05)

    writers = [asyncio.create_task(write()) for _ in range(3)]
    for number in range(5):
        # On SQLite who only asks again and again whether it is free may never find it so; the intake gives up after two seconds.
        await intake.store("village", CHANNEL, [Inbound("amina", "no water", f"m{number}")], now)
    done.set()
    await asyncio.gather(*writers)
    assert await _count(database) == 5
