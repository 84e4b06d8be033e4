"""Each channel flows by itself, at its rate, replies first; one whose provider fails rests and loses no text."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from sqlalchemy import func, select, update

from service import lines, sending
from service.models import Line, Message
from service.programme.schema import ChannelEntry
from service.secrets import Secrets
from service.workflow import NotFound
from tests.service.conftest import CHANNEL, Town
from tests.service.making import make_user
from tests.service.posting import ACCOUNT, crowd, first_out, send, states
from tests.service.provider import Provider, serve_provider


@pytest.mark.parametrize(("asked", "least", "most"), [("900", 900, 1000), ("99999999", 24 * 3600, 24 * 3600 + 60)])
async def test_the_provider_says_how_long_to_wait_within_reason(
    town: Town, http: ClientSession, provider: Provider, asked: str, least: int, most: int
) -> None:
    await town.text(ACCOUNT)
    provider.fail(429, Retry_After=asked)
    await send(town, provider.twilio(), http)
    assert least <= ((await first_out(town)).due_at - town.now).total_seconds() <= most
    async with town.database.reading() as session:
        line = await session.get_one(Line, CHANNEL)
    assert line.next_at <= town.now + lines.LONGEST_PAUSE
    assert line.open_until is None


async def test_replies_go_before_news_and_news_before_bulk(town: Town, http: ClientSession, provider: Provider) -> None:
    for priority in (2, 1, 0):
        await crowd(town, 1, priority=priority)
    entry = ChannelEntry.model_validate({"name": "web", "type": "twilio", "rate": "1/s"})
    town.programme = town.programme.model_copy(update={"channels": (entry,)})
    for _ in range(3):
        await send(town, provider.twilio(), http)
        town.now += timedelta(seconds=1)
    assert [words for _, words in provider.delivered] == ["0-0", "1-0", "2-0"]


async def test_a_rate_holds_over_several_processes(town: Town, http: ClientSession, provider: Provider) -> None:
    await crowd(town, 40)
    entry = ChannelEntry.model_validate({"name": "web", "type": "twilio", "rate": "2/s"})
    town.programme = town.programme.model_copy(update={"channels": (entry,)})
    sent, began = [], town.now
    while town.now < began + timedelta(seconds=10):
        both = await asyncio.gather(*(send(town, provider.twilio(), http) for _ in range(2)))
        sent.append(sum(both))
        town.now += timedelta(milliseconds=250)
    assert 20 <= sum(sent) <= 22, sent
    assert max(sent) <= 2, "no burst"


async def test_a_slow_provider_holds_up_nobody_else(town: Town, http: ClientSession) -> None:
    await crowd(town, 30, channel="village/sms", priority=2)
    await crowd(town, 30, channel="village/other", priority=0)
    stop = asyncio.Event()
    async with serve_provider() as slow, serve_provider() as quick:
        slow.slow = asyncio.Event()
        channels = {"village/sms": slow.twilio(30), "village/other": quick.twilio()}
        programmes = {"village": town.programme}
        running = asyncio.create_task(
            sending.keep_sending(town.database, town.secrets, programmes, channels, http, "", stop, idle=0.01)
        )
        async with asyncio.timeout(30):
            while len(quick.delivered) < 30 or slow.requests < sending.AT_ONCE:  # noqa: ASYNC110, others do it
                await asyncio.sleep(0.01)
        assert slow.delivered == []
        assert slow.requests == sending.AT_ONCE, "no more at once than that"
        slow.slow.set()
        stop.set()
        await running
        # What was begun is finished, and nothing more is begun.
        assert len(slow.delivered) == sending.AT_ONCE
    async with town.database.reading() as session:
        query = select(Message.channel, Message.state, func.count()).group_by(Message.channel, Message.state)
        counts = {(channel, state): count for channel, state, count in await session.execute(query)}
    assert counts == {("village/other", "sent"): 30, ("village/sms", "sent"): 20, ("village/sms", "queued"): 10}


async def test_wrong_keys_kill_no_text_and_one_tries_until_they_are_right(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await crowd(town, 60)
    provider.always = (401, {"code": 20003}, {})
    await send(town, provider.twilio(), http)
    tried = provider.requests
    assert lines.ENOUGH <= tried <= 2 * sending.AT_ONCE
    for rest in (30, 60, 120, 300, 600, 1800, 1800):
        async with town.database.reading() as session:
            line = await session.get_one(Line, CHANNEL)
        assert (line.fault, line.reason) == ("keys", "the provider answered 401, code 20003")
        assert line.open_until == town.now + timedelta(seconds=rest)
        before = provider.requests
        town.now = line.open_until - timedelta(seconds=1)
        assert (await send(town, provider.twilio(), http), provider.requests) == (0, before), "it rests"
        town.now = line.open_until
        assert (await send(town, provider.twilio(), http), provider.requests) == (1, before + 1), "one tries"
    assert set(await states(town)) == {"queued"}
    async with town.database.reading() as session:
        attempts = list(await session.scalars(select(Message.attempts).where(Message.direction == "out")))
        line = await session.get_one(Line, CHANNEL)
    assert max(attempts) <= 1
    provider.always = None
    town.now = line.open_until + timedelta(hours=1)
    await send(town, provider.twilio(), http)
    assert set(await states(town)) == {"sent"}
    assert len(provider.delivered) == 60


async def test_a_text_that_breaks_its_provider_blocks_no_other_and_dies_alone(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    """It fails as if the line did, whenever it is tried; every other text goes through."""
    await crowd(town, 1, priority=0)
    channel = provider.twilio()
    tried = 0
    for hour in range(40):
        await _crowd_of_one(town, hour)
        provider.answers.clear()
        first = await _is_due(town, "0-0")
        if first:
            provider.fail(500)
        tried += first
        await send(town, channel, http)
        town.now += timedelta(hours=1)
    ended = await states(town)
    assert (ended[0], set(ended[1:])) == ("dead", {"sent"})
    assert tried == len(sending.BACKOFF) + 1


async def _crowd_of_one(town: Town, number: int) -> None:
    await crowd(town, 1, channel=CHANNEL, priority=100 + number)


async def _is_due(town: Town, words: str) -> bool:
    message = await first_out(town)
    return message.state == "queued" and message.due_at <= town.now


async def test_a_person_ends_the_rest_of_a_line(town: Town, http: ClientSession, provider: Provider) -> None:
    await crowd(town, 8)
    provider.fail(503, 8)
    await send(town, provider.twilio(), http)
    asha = await make_user(town.database, "asha", {}, town.now)
    town.now += timedelta(seconds=1)
    assert await send(town, provider.twilio(), http) == 0
    async with town.database.writing() as session:
        with pytest.raises(NotFound):
            await lines.try_now(session, "town", CHANNEL, asha, town.now)
        await lines.try_now(session, "village", CHANNEL, asha, town.now)
    assert await send(town, provider.twilio(), http) >= 1
    assert len(provider.delivered) >= 1
    async with town.database.writing() as session:
        assert await lines.read(session, "village") == []
        with pytest.raises(NotFound):
            await lines.try_now(session, "village", CHANNEL, asha, town.now)


async def test_a_text_that_cannot_be_opened_says_nothing_of_the_line(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await crowd(town, 3)
    other = Secrets(b"another key, also of thirty-two bytes")
    first = await first_out(town)
    async with town.database.writing() as session:
        await session.execute(
            update(Message).where(Message.id == first.id).values(body=other.seal("words"), priority=0)
        )
        rest = {"failures": 9, "opened_at": town.now, "open_until": town.now, "fault": "line", "reason": "away"}
        session.add(Line(channel=CHANNEL, updated_at=town.now, **rest))
    provider.always = (503, {}, {})
    await send(town, provider.twilio(), http)
    assert provider.requests == 1, "the next one tried, and the line still rests"
    assert await states(town) == ["dead", "queued", "queued"]
