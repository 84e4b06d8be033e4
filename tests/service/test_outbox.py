"""Texts go out with retries, never quietly twice, and what cannot be sent is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from sqlalchemy import select, update

from channels.base import Channel, Outbound, SendFailed
from service import outbox
from service.models import Message, Reporter
from service.secrets import Secrets
from tests.service.conftest import CHANNEL, Town


@dataclass
class Provider:
    """Takes texts, or fails as told: what channels/ tests against real HTTP, seen from the outbox."""

    failures: list[SendFailed] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append((outbound.to, outbound.key))
        return f"provider-{len(self.taken)}"


@pytest.fixture
async def http() -> ClientSession:
    async with ClientSession() as session:
        yield session


async def _send(town: Town, provider: Provider, http: ClientSession) -> int:
    channels: dict[str, Channel] = {CHANNEL: provider}  # type: ignore[dict-item]
    return await outbox.send_due(town.database, town.secrets, channels, http, town.now)


async def _out(town: Town) -> Message:
    async with town.database.reading() as session:
        found = await session.scalar(select(Message).where(Message.direction == "out").order_by(Message.id))
    assert found is not None
    return found


async def test_a_reply_is_sent_once_and_dates_the_receipt(town: Town, http: ClientSession) -> None:
    await town.text("No water in Gatwekera since Monday")
    provider = Provider()
    assert [await _send(town, provider, http) for _ in range(3)] == [1, 0, 0]
    message = await _out(town)
    assert provider.taken == [("amina", f"answerable-{message.id}")]
    assert (message.state, message.external_id) == ("sent", "provider-1")
    assert (await town.report()).acknowledged_at == town.now


async def test_the_same_text_is_replied_to_once_however_often_it_is_taken(town: Town) -> None:
    message = await town.text("No water in Gatwekera since Monday")
    async with town.database.writing() as session:
        reporter = await session.get(Reporter, message.reporter_id)
        again = await outbox.queue(
            session, town.secrets, town.programme, reporter, "help", {}, now=town.now, reply_to=message.id
        )
    assert again is False
    assert len(await town.replies()) == 1


async def test_retries_wait_longer_each_time_and_end_as_a_dead_letter(town: Town, http: ClientSession) -> None:
    await town.text("No water in Gatwekera since Monday")
    provider = Provider([SendFailed("busy", retry=True)] * 6)
    waits = []
    for _ in range(6):
        assert await _send(town, provider, http) == 1
        message = await _out(town)
        waits.append((message.due_at - town.now).total_seconds())
        town.now = message.due_at
    assert [wait >= least for wait, least in zip(waits, (30, 120, 600, 3600, 21600, 0), strict=True)] == [True] * 6
    assert (message.state, message.error) == ("dead", "busy")
    async with town.database.writing() as session:
        assert await outbox.try_again(session, [message.id], town.now) == 1
    assert await _send(town, provider, http) == 1
    assert (await _out(town)).state == "sent"


async def test_the_provider_says_how_long_to_wait(town: Town, http: ClientSession) -> None:
    await town.text("No water in Gatwekera since Monday")
    await _send(town, Provider([SendFailed("slow down", retry=True, retry_after=900)]), http)
    assert (await _out(town)).due_at >= town.now + timedelta(seconds=900)


async def test_a_refusal_for_good_is_not_tried_again(town: Town, http: ClientSession) -> None:
    await town.text("No water in Gatwekera since Monday")
    await _send(town, Provider([SendFailed("no such number", retry=False)]), http)
    assert (await _out(town)).state == "dead"


async def test_an_opt_out_stops_the_person(town: Town, http: ClientSession) -> None:
    await town.text("No water in Gatwekera since Monday")
    await _send(town, Provider([SendFailed("opted out", retry=False, opted_out=True)]), http)
    assert (await town.reporter()).stopped_at == town.now


async def test_a_send_cut_short_by_death_is_shown_as_uncertain_and_not_repeated(
    town: Town, http: ClientSession
) -> None:
    await town.text("No water in Gatwekera since Monday")
    async with town.database.writing() as session:
        await session.execute(
            update(Message)
            .where(Message.direction == "out")
            .values(state="sending", attempts=1, leased_until=town.now + outbox.LEASE)
        )
    provider = Provider()
    town.now += outbox.LEASE
    assert await _send(town, provider, http) == 0
    assert (await _out(town)).state == "uncertain"
    assert provider.taken == []


async def test_after_forget_the_last_text_still_arrives_and_leaves_no_address(town: Town, http: ClientSession) -> None:
    await town.text("No water in Gatwekera since Monday")
    await _send(town, Provider(), http)
    await town.text("FORGET")
    await town.text("YES")
    provider = Provider()
    await _send(town, provider, http)
    async with town.database.reading() as session:
        last = await session.scalar(select(Message).where(Message.purpose == "forgotten"))
    assert ("amina", f"answerable-{last.id}") in provider.taken
    assert last.address is None


async def test_a_text_sealed_with_another_key_is_set_aside_and_the_others_go_out(
    town: Town, http: ClientSession
) -> None:
    await town.text("No water in Gatwekera since Monday", sender="amina")
    await town.text("No water in Gatwekera since Tuesday", sender="baraka")
    first = await _out(town)
    other = Secrets(b"another key, also of thirty-two bytes")
    async with town.database.writing() as session:
        await session.execute(update(Message).where(Message.id == first.id).values(body=other.seal("words")))
    provider = Provider()
    assert await _send(town, provider, http) == 2
    assert len(provider.taken) == 1
    dead = await _out(town)
    assert (dead.state, "another SECRET_KEY" in (dead.error or "")) == ("dead", True)
