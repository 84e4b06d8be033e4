"""A text is stored once whenever it is delivered again, and found whether it was read or not, by small indexes."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import ColumnElement, func, insert, select, text, update

from channels.base import Inbound
from service import worker
from service.db import Database
from service.incoming import TAKEN, WAITING, texts_of
from service.models import Message, Report
from tests.service.conftest import CHANNEL, Town
from tests.service.test_worker import Reader

TEXT = Inbound("amina", "No water in Gatwekera since Monday", "m1")


async def _read_all(town: Town) -> None:
    reader = Reader()
    await worker.take_batch(
        town.database,
        town.secrets,
        {"village": town.programme},
        reader,  # type: ignore[arg-type]
        town.now,
    )


async def _ids(database: Database) -> list[int]:
    async with database.reading() as session:
        return list(await session.scalars(select(Message.id).where(Message.direction == "in").order_by(Message.id)))


async def _reports(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(Report)) or 0


@pytest.mark.parametrize("state", ["received", "done", "dead"])
async def test_a_redelivery_is_passed_over_whatever_became_of_the_text(town: Town, state: str) -> None:
    await town.intake.store("village", CHANNEL, [TEXT], town.now)
    async with town.database.writing() as session:
        await session.execute(update(Message).values(state=state))
    before = await _ids(town.database)
    await town.intake.store("village", CHANNEL, [TEXT], town.now)
    assert await _ids(town.database) == before
    assert len(before) == 1


async def test_the_same_id_on_another_channel_is_another_text(town: Town) -> None:
    await town.intake.store("village", CHANNEL, [TEXT], town.now)
    await _read_all(town)
    await town.intake.store("village", "village/sms", [TEXT], town.now)
    assert len(await _ids(town.database)) == 2


async def test_a_redelivery_in_the_moment_of_reading_is_no_second_report(town: Town) -> None:
    """On PostgreSQL neither sees the other; on SQLite one waits for the other."""
    await town.intake.store("village", CHANNEL, [TEXT], town.now)
    async with town.database.writing() as session:
        await session.execute(update(Message).values(state="done"))
        again = asyncio.create_task(town.intake.store("village", CHANNEL, [TEXT], town.now))
        done, _ = await asyncio.wait({again}, timeout=0.3)
        assert not done
    await again
    await _read_all(town)
    assert len(await _ids(town.database)) == 1
    assert await _reports(town.database) == 0


async def test_a_text_that_is_there_twice_all_the_same_is_read_once(town: Town) -> None:
    await town.intake.store("village", CHANNEL, [TEXT], town.now)
    await _read_all(town)
    async with town.database.writing() as session:
        first = await session.scalar(select(Message).where(TAKEN))
        row = {
            name: getattr(first, name) for name in ("programme", "channel", "direction", "external_id", "created_at")
        }
        await session.execute(insert(Message).values(row | {"state": "received", "due_at": town.now}))
    await _read_all(town)
    assert await _ids(town.database) == [first.id]
    assert await _reports(town.database) == 1


async def test_somebodys_texts_are_found_read_or_not(town: Town) -> None:
    await town.intake.store("village", CHANNEL, [TEXT], town.now)
    await _read_all(town)
    await town.intake.store("village", CHANNEL, [Inbound("amina", "And no light", "m2")], town.now)
    await town.intake.store("village", CHANNEL, [Inbound("baraka", "No school", "m3")], town.now)
    theirs = texts_of(CHANNEL, town.secrets.pseudonym(CHANNEL, "amina"))
    async with town.database.reading() as session:
        assert list(await session.scalars(select(Message.external_id).where(theirs).order_by(Message.id))) == [
            "m1",
            "m2",
        ]


@pytest.mark.parametrize(
    ("condition", "indexes"),
    [
        ((Message.channel == CHANNEL) & (Message.pseudonym == "p1") & WAITING, ["uq_messages_waiting"]),
        ((Message.channel == CHANNEL) & (Message.external_id == "x1") & TAKEN, ["ix_messages_taken"]),
        (texts_of(CHANNEL, "p1"), ["uq_messages_waiting", "ix_messages_taken_sender"]),
    ],
    ids=["waiting", "taken", "of a person"],
)
async def test_both_databases_see_which_index_to_ask(
    database: Database, now: datetime, condition: ColumnElement[bool], indexes: list[str]
) -> None:
    async with database.writing() as session:
        # On an empty table every index costs the same, and the planner takes any.
        session.add_all(
            Message(
                programme="village",
                channel=CHANNEL,
                direction="in",
                state="received" if number % 2 else "done",
                external_id=f"x{number}",
                pseudonym=f"p{number}",
                created_at=now,
            )
            for number in range(2000)
        )
        await session.flush()
        await session.execute(text("ANALYZE messages"))
    shown = select(Message.id).where(condition).compile(database.engine, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN" if database.is_postgresql else "EXPLAIN QUERY PLAN"
    async with database.reading() as session:
        plan = str((await session.execute(text(f"{explain} {shown}"))).all())
    assert [index for index in indexes if index not in plan] == []
