"""What a provider says of a text counts whenever it says it; what it says of texts of others is soon forgotten."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from channels.base import Delivery
from service import deliveries, lines
from service.db import Database
from service.models import EarlyDelivery, Message
from service.outgoing import change
from tests.service.conftest import CHANNEL, Town
from tests.service.posting import account, change_all, first_out, send, states
from tests.service.provider import Provider


async def _kept(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as session:
        query = select(EarlyDelivery.channel, EarlyDelivery.external_id).order_by(EarlyDelivery.id)
        return [(row.channel, row.external_id) for row in await session.execute(query)]


async def test_what_is_said_before_we_know_the_id_of_a_text_counts_once_we_do(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await account(town)
    said = [Delivery("generic-1", "delivered"), Delivery("generic-1", "sent"), Delivery("generic-2", "read")]
    await deliveries.note(town.database, [(CHANNEL, word, town.now) for word in (*said, *said)])
    assert len(await _kept(town.database)) == 3, "a word that comes again is kept once"
    await send(town, provider.generic(), http)
    assert (await first_out(town)).state == "delivered"
    assert await _kept(town.database) == [(CHANNEL, "generic-2")]


async def test_a_failure_said_early_ends_the_text_with_its_reason(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await account(town)
    await deliveries.note(town.database, [(CHANNEL, Delivery("generic-1", "failed", reason="code 7"), town.now)])
    await send(town, provider.generic(), http)
    message = await first_out(town)
    assert (message.state, message.failure, message.error) == ("dead", "undelivered", "code 7")


async def test_an_opt_out_said_early_stops_the_person(town: Town, http: ClientSession, provider: Provider) -> None:
    await account(town)
    await deliveries.note(town.database, [(CHANNEL, Delivery("generic-1", "failed", opted_out=True), town.now)])
    assert (await town.reporter()).stopped_at is None
    await send(town, provider.generic(), http)
    assert (await town.reporter()).stopped_at == town.now
    assert (await first_out(town)).failure == "opted_out"


async def test_a_word_that_comes_while_the_id_is_being_recorded_is_not_missed(town: Town) -> None:
    await account(town)
    await change_all(town, state="sending")
    async with town.database.writing() as session:
        await lines.make(session, CHANNEL, town.now)
    async with town.database.writing() as session:
        await lines.lock(session, CHANNEL, town.now)
        await session.execute(change("sent", Message.channel == CHANNEL, external_id="out-1"))
        await deliveries.catch_up(session, CHANNEL, ["out-1"], town.now)
        said = (CHANNEL, Delivery("out-1", "delivered"), town.now)
        noting = asyncio.create_task(deliveries.note(town.database, [said]))
        await asyncio.wait({noting}, timeout=0.3)
        assert not noting.done(), "it waits for the line"
    await noting
    assert await states(town) == ["delivered"]
    assert await _kept(town.database) == []


async def test_a_late_word_on_a_text_we_know_is_not_kept(town: Town) -> None:
    await account(town)
    await change_all(town, state="read", external_id="out-1")
    await deliveries.note(town.database, [(CHANNEL, Delivery("out-1", "sent"), town.now)])
    assert await states(town) == ["read"]
    assert await _kept(town.database) == []


async def test_words_on_texts_of_others_neither_fill_the_table_nor_stay(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST", 3)
    other = "village/other"
    await deliveries.note(database, [(other, Delivery("theirs", "sent"), now)])
    await deliveries.note(database, [(CHANNEL, Delivery(f"x{number}", "sent"), now) for number in range(5)])
    newest = [(CHANNEL, "x2"), (CHANNEL, "x3"), (CHANNEL, "x4")]
    assert await _kept(database) == [(other, "theirs"), *newest]
    later = now + deliveries.KEPT + timedelta(seconds=1)
    await deliveries.note(database, [(CHANNEL, Delivery("new", "sent"), later)])
    assert await _kept(database) == [(other, "theirs"), *newest[1:], (CHANNEL, "new")]
    async with database.writing() as session:
        await deliveries.forget(session, later)
    assert await _kept(database) == [(CHANNEL, "new")]
