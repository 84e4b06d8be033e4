"""FORGET in one worker while another takes a text of the same person: whichever comes first, nothing of theirs stays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from structlog.testing import capture_logs

import nlp.analysis as nlp
from channels.base import Inbound
from service import conversation, reporters, worker
from service.conversation import Incoming
from service.db import Session
from service.models import Message, Report, Reporter
from tests.service.conftest import CHANNEL
from tests.service.conversation.talking import Ear, Talk

LATE = "No water in Gatwekera"


@dataclass
class SlowEar(Ear):
    """Hears nothing before it may."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    may: asyncio.Event = field(default_factory=asyncio.Event)

    async def analyse(self, programme: str, texts: Sequence[str]) -> list[nlp.Analysis]:
        self.begun.set()
        await self.may.wait()
        return await super().analyse(programme, texts)


async def _yes(talk: Talk) -> Message:
    """A YES to FORGET that a worker has claimed and not yet taken."""
    await talk.send("The road in Soko is bad", "FORGET", apart=60)
    talk.wait(3600)
    (message,) = await talk.send("YES", take=False)
    async with talk.town.database.writing() as session:
        lease = talk.town.now + timedelta(hours=1)
        await session.execute(update(Message).where(Message.id == message.id).values(leased_until=lease))
    return message


async def _bring_late(talk: Talk) -> None:
    """They wrote it before, and it comes out of another machine's spool now."""
    written = talk.town.now - timedelta(minutes=5)
    await talk.town.intake.store("village", CHANNEL, [Inbound("amina", LATE, "late")], written)


async def _take(session: Session, talk: Talk, message: Message) -> None:
    town = talk.town
    mine = await session.get_one(Message, message.id)
    await conversation.take(session, town.secrets, town.programme, Incoming(mine, "YES", None), town.now)


async def _demand_nothing_left(talk: Talk, reports: int = 1) -> None:
    late = await talk.message("late")
    assert (late.state, late.cause, late.error) == ("done", "erased unread", None)
    assert {late.body, late.extra, late.address, late.pseudonym, late.report_id} == {None}
    async with talk.town.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Reporter)) == 1
        assert (await session.scalars(select(Report.text))).all() == [None] * reports


@pytest.fixture
def slow(talk: Talk) -> SlowEar:
    ear = SlowEar()
    talk.ear = ear
    return ear


async def test_a_text_that_another_worker_reads_while_they_are_forgotten_goes_too(talk: Talk, slow: SlowEar) -> None:
    slow.may.set()
    yes = await _yes(talk)
    slow.may.clear()
    slow.begun.clear()
    if not talk.town.database.is_postgresql:
        # It has one writer at a time: the other worker can have claimed the text only before.
        await _bring_late(talk)
        other = asyncio.create_task(talk.work())
        await slow.begun.wait()
    async with talk.town.database.writing() as session:
        await _take(session, talk, yes)
        await session.flush()
        if talk.town.database.is_postgresql:
            # It is stored and claimed after the erasure has looked, and before it can be seen.
            await _bring_late(talk)
            other = asyncio.create_task(talk.work())
            await slow.begun.wait()
    slow.may.set()
    assert await other == 1
    await _demand_nothing_left(talk)


async def test_a_late_text_that_waits_for_the_person_waits_not_for_the_erasure(talk: Talk) -> None:
    """Each waiting for the other, one of them would be broken off by the database."""
    yes = await _yes(talk)
    await _bring_late(talk)
    with capture_logs() as logged:
        async with talk.town.database.writing() as session:
            await reporters.lock(session, yes)
            other = asyncio.create_task(talk.work())
            if talk.town.database.is_postgresql:
                await _await_a_lock(talk)
            await _take(session, talk, yes)
        await other
    assert logged == []
    await _demand_nothing_left(talk)


async def test_nobody_is_added_for_a_text_that_is_erased_unread(talk: Talk) -> None:
    yes = await _yes(talk)
    async with talk.town.database.writing() as session:
        await _take(session, talk, yes)
    await _bring_late(talk)
    async with talk.town.database.writing() as session:
        late = (await session.scalars(select(Message).where(Message.external_id == "late"))).one()
        town = talk.town
        assert not await conversation.take(session, town.secrets, town.programme, Incoming(late, LATE, None), town.now)
    await _demand_nothing_left(talk)


async def test_a_piece_written_afterwards_is_put_together_anew(talk: Talk) -> None:
    yes = await _yes(talk)
    async with talk.town.database.writing() as session:
        await _take(session, talk, yes)
    await _bring_late(talk)
    talk.wait(1)
    await talk.town.intake.store("village", CHANNEL, [Inbound("amina", "The road in Soko", "after")], talk.town.now)
    late, after = await talk.message("late"), await talk.message("after")
    async with talk.town.database.writing() as session:
        lease = {"leased_until": talk.town.now + worker.LEASE, "attempts": 1}
        await session.execute(update(Message).where(Message.id.in_((late.id, after.id))).values(lease))
    async with talk.town.database.writing() as session:
        unit = Incoming(late, f"{LATE}\nThe road in Soko", None, others=(after,))
        await worker._store(session, talk.town.secrets, talk.town.programme, unit, talk.town.now)
    assert (await talk.message("after")).state == "received"
    assert await talk.work() == 1
    first, second = await talk.reports()
    assert (first.text, second.text) == (None, "The road in Soko")


async def _await_a_lock(talk: Talk) -> None:
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with talk.town.database.reading() as session:
        while not await session.scalar(waits):
            await session.rollback()
