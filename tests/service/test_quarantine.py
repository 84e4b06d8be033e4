"""One moderator tries a request again while another erases it, or tries it too: whoever comes first has it alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from channels.base import Channel, Delivery, Inbound, Webhook
from channels.webchat import token_of
from service import quarantine, receiving, troubles
from service.db import Database
from service.intake import Intake, NotStored
from service.models import Message, Quarantine
from service.programme import Programme
from service.quarantine import LEASE, Which
from service.receiving import Outcome
from service.secrets import Secrets
from tests.service.conftest import CHANNEL

SECRET = "a secret of at least 128 random bits, for tests"


class Slow:
    """An intake that stores once it may."""

    def __init__(self, intake: Intake, fault: Exception | None = None) -> None:
        self.database, self.secrets, self._intake, self._fault = intake.database, intake.secrets, intake, fault
        self.begun, self.may = asyncio.Event(), asyncio.Event()

    async def store(self, programme: str, channel: str, items: Sequence[Inbound | Delivery], now: datetime) -> None:
        self.begun.set()
        await self.may.wait()
        if self._fault is not None:
            raise self._fault
        await self._intake.store(programme, channel, items, now)


@pytest.fixture
async def unread(database: Database, secrets: Secrets, now: datetime) -> int:
    """A request that could not be read, and can be now."""
    said = {"id": "1", "sender": "house-1", "token": token_of(SECRET, "house-1"), "text": "No water"}
    hook = Webhook("POST", "", {}, {}, {}, json.dumps(said).encode())
    async with database.writing_connection() as connection:
        await quarantine.insert(connection, [quarantine.row(secrets, CHANNEL, hook, "why", now)])
    async with database.reading() as session:
        return (await session.scalars(select(Quarantine.id))).one()


def _again(slow: Slow, web: dict[str, Channel], now: datetime) -> asyncio.Task[Outcome]:
    return asyncio.create_task(receiving.try_again(slow, web, Which(), now))  # type: ignore[arg-type]


async def _erase(database: Database, id: int, now: datetime) -> int:
    async with database.writing() as session:
        return await quarantine.erase(session, "village", Which("village", id=id), 1, now)


async def _row(database: Database) -> tuple[str, bool, int]:
    async with database.reading() as session:
        row = (await session.scalars(select(Quarantine))).one()
        assert await session.scalar(select(func.count()).select_from(Message)) == (row.state == "replayed")
        return row.state, bool(row.request), row.tries


async def test_what_is_being_read_again_is_not_erased(
    database: Database, intake: Intake, programme: Programme, web: dict[str, Channel], unread: int, now: datetime
) -> None:
    slow = Slow(intake)
    trying = _again(slow, web, now)
    await slow.begun.wait()
    assert await _erase(database, unread, now) == 0
    async with database.writing() as session:
        assert await quarantine.erase_old(session, "village", now + timedelta(days=1), now) == 0
        found = await troubles.read(session, programme, web, now)
        assert [request.id for request in found.unread] == [unread], "it is in sight while somebody reads it"
    slow.may.set()
    assert await trying == Outcome(1, 0)
    assert await _row(database) == ("replayed", False, 1)


async def test_what_is_erased_first_is_not_read(
    database: Database, intake: Intake, web: dict[str, Channel], unread: int, now: datetime
) -> None:
    async with database.reading() as session:
        assert await quarantine.waiting(session, Which(), now) == [unread]
    assert await _erase(database, unread, now) == 1
    async with database.writing() as session:
        # It was on the list of somebody who tries all again.
        assert await quarantine.claim(session, unread, now) is None
    assert await receiving.try_again(intake, web, Which(), now) == Outcome(0, 0)
    assert await _row(database) == ("erased", False, 0)


async def test_two_who_try_again_read_it_once(
    database: Database, intake: Intake, web: dict[str, Channel], unread: int, now: datetime
) -> None:
    slow = Slow(intake)
    trying = _again(slow, web, now)
    await slow.begun.wait()
    assert await receiving.try_again(intake, web, Which(), now) == Outcome(0, 0)
    slow.may.set()
    assert await trying == Outcome(1, 0)
    assert await _row(database) == ("replayed", False, 1)


@pytest.mark.parametrize("fault", [NotStored("away"), None])
async def test_what_could_not_be_stored_just_now_waits_on(
    database: Database, intake: Intake, web: dict[str, Channel], unread: int, now: datetime, fault: Exception | None
) -> None:
    slow = Slow(intake, fault)
    trying = _again(slow, web, now)
    await slow.begun.wait()
    if fault is None:
        trying.cancel()
    slow.may.set()
    with pytest.raises((NotStored, asyncio.CancelledError)):
        await trying
    assert await _row(database) == ("waiting", True, 0)


async def test_whoever_dies_while_reading_leaves_it_to_others(
    database: Database, intake: Intake, web: dict[str, Channel], unread: int, now: datetime
) -> None:
    async with database.writing() as session:
        assert await quarantine.claim(session, unread, now) is not None
    assert await receiving.try_again(intake, web, Which(), now + LEASE - timedelta(seconds=1)) == Outcome(0, 0)
    assert await receiving.try_again(intake, web, Which(), now + LEASE) == Outcome(1, 0)
    assert await _row(database) == ("replayed", False, 1)


async def test_who_comes_back_too_late_takes_nothing_back(database: Database, unread: int, now: datetime) -> None:
    """They were so slow that another erased it: what was erased stays so."""
    async with database.writing() as session:
        await quarantine.claim(session, unread, now)
    assert await _erase(database, unread, now + LEASE) == 1
    async with database.writing() as session:
        await quarantine.mark_failed(session, unread, "still not", now + LEASE)
        await quarantine.mark_read(session, unread, now + LEASE)
        await quarantine.let_go(session, unread)
    assert await _row(database) == ("erased", False, 0)
