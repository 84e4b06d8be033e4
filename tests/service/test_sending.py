"""Texts go out with retries, never quietly twice, each channel by itself, and what cannot be sent is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import func, select, text, update

from channels.base import Channel, Template
from service import deadletters, extras, lines, screening, sending
from service.models import Line, Message, Reporter
from service.programme.schema import ChannelEntry, QuietHours
from service.secrets import Secrets
from service.workflow import NotFound
from tests.service.conftest import CHANNEL, Town
from tests.service.making import make_user
from tests.service.provider import Provider, serve_provider

ACCOUNT = "No water in Gatwekera since Monday"


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with serve_provider() as serving:
        yield serving


async def _send(town: Town, channel: Channel, http: ClientSession, name: str = CHANNEL) -> int:
    programmes = {"village": town.programme}
    return await sending.send_due(town.database, town.secrets, {name: channel}, http, town.now, programmes)


async def _out(town: Town) -> Message:
    async with town.database.reading() as session:
        found = await session.scalar(select(Message).where(Message.direction == "out").order_by(Message.id))
    assert found is not None
    return found


async def _change(town: Town, **values: Any) -> None:
    """Every outgoing text at once."""
    async with town.database.writing() as session:
        await session.execute(update(Message).where(Message.direction == "out").values(values))


async def _states(town: Town) -> list[str]:
    async with town.database.reading() as session:
        query = select(Message.state).where(Message.direction == "out").order_by(Message.id)
        return list(await session.scalars(query))


async def _crowd(town: Town, texts: int, *, channel: str = CHANNEL, priority: int = 1) -> None:
    """So many people, each with a text that waits for them."""
    async with town.database.writing() as session:
        for number in range(texts):
            sender = channel if "+" in channel else f"{channel}-{priority}-{number}"
            person = Reporter(
                programme="village",
                channel=channel,
                pseudonym=town.secrets.pseudonym(channel, sender),
                address=town.secrets.seal(sender),
                groups={},
                created_at=town.now,
                last_seen_at=town.now,
            )
            session.add(person)
            await session.flush()
            session.add(
                Message(
                    programme="village",
                    channel=channel,
                    direction="out",
                    reporter_id=person.id,
                    body=town.secrets.seal(f"{priority}-{number}"),
                    purpose="answered" if priority else "receipt",
                    state="queued",
                    priority=priority,
                    due_at=town.now - timedelta(seconds=priority),
                    created_at=town.now,
                )
            )


async def test_a_reply_is_sent_once_and_dates_the_receipt(town: Town, http: ClientSession, provider: Provider) -> None:
    await town.text(ACCOUNT)
    assert [await _send(town, provider.generic(), http) for _ in range(3)] == [1, 0, 0]
    message = await _out(town)
    assert [to for to, _ in provider.delivered] == ["amina"]
    assert provider.keys == {f"answerable-{message.id}": "generic-1"}
    assert (message.state, message.external_id) == ("sent", "generic-1")
    assert (await town.report()).acknowledged_at == town.now


async def test_retries_wait_longer_each_time_and_end_as_a_dead_letter(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await town.text(ACCOUNT)
    provider.fail(429, 6)
    waits = []
    for _ in range(6):
        assert await _send(town, provider.twilio(), http) == 1
        message = await _out(town)
        waits.append((message.due_at - town.now).total_seconds())
        town.now = message.due_at
    least = (30, 120, 600, 3600, 21600)
    assert all(wait >= seconds and wait <= seconds * 1.2 for wait, seconds in zip(waits[:5], least, strict=True)), waits
    assert (message.state, message.failure, message.error) == ("dead", "busy", "the provider answered 429")
    asha = await make_user(town.database, "asha", {}, town.now)
    async with town.database.writing() as session:
        await deadletters.again_one(session, "village", message.id, asha, town.now)
    town.now += timedelta(minutes=1)
    assert await _send(town, provider.twilio(), http) == 1
    assert (await _out(town)).state == "sent"


@pytest.mark.parametrize(("asked", "least", "most"), [("900", 900, 1000), ("99999999", 24 * 3600, 24 * 3600 + 60)])
async def test_the_provider_says_how_long_to_wait_within_reason(
    town: Town, http: ClientSession, provider: Provider, asked: str, least: int, most: int
) -> None:
    await town.text(ACCOUNT)
    provider.fail(429, Retry_After=asked)
    await _send(town, provider.twilio(), http)
    assert least <= ((await _out(town)).due_at - town.now).total_seconds() <= most
    async with town.database.reading() as session:
        line = await session.get_one(Line, CHANNEL)
    assert line.next_at <= town.now + lines.LONGEST_PAUSE
    assert line.open_until is None


async def test_a_refusal_for_good_is_not_tried_again(town: Town, http: ClientSession, provider: Provider) -> None:
    await town.text(ACCOUNT)
    provider.fail(400, body={"code": 21211})
    await _send(town, provider.twilio(), http)
    message = await _out(town)
    assert (message.state, message.failure, message.error) == (
        "dead",
        "refused",
        "the provider answered 400, code 21211",
    )


async def test_an_opt_out_stops_the_person_and_start_brings_them_back(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await town.text(ACCOUNT)
    provider.fail(400, body={"code": 21610})
    await _send(town, provider.twilio(), http)
    assert (await town.reporter()).stopped_at == town.now
    message = await _out(town)
    assert (message.state, message.failure, message.opted_out_at) == ("dead", "opted_out", town.now)
    await town.text("START")
    assert (await town.reporter()).stopped_at is None


@pytest.mark.parametrize(("idempotent", "state"), [(False, "uncertain"), (True, "sent")])
async def test_a_send_cut_short_by_death_is_repeated_only_where_the_provider_knows_the_key(
    town: Town, http: ClientSession, provider: Provider, idempotent: bool, state: str
) -> None:
    await town.text(ACCOUNT)
    channel = provider.generic() if idempotent else provider.twilio()
    await _change(town, state="sending", attempts=1, leased_until=town.now + sending.LEASE)
    assert await _send(town, channel, http) == 0, "somebody else may still be sending it"
    town.now += sending.LEASE
    assert await _send(town, channel, http) == (1 if idempotent else 0)
    assert (await _out(town)).state == state
    assert len(provider.delivered) == (1 if idempotent else 0)


@pytest.mark.parametrize(("idempotent", "state"), [(False, "uncertain"), (True, "queued")])
async def test_a_provider_that_does_not_answer_may_have_the_text(
    town: Town, http: ClientSession, provider: Provider, idempotent: bool, state: str
) -> None:
    await town.text(ACCOUNT)
    provider.slow = asyncio.Event()
    channel = provider.generic(0.05) if idempotent else provider.twilio(0.05)
    await _send(town, channel, http)
    assert (await _out(town)).state == state


async def test_after_forget_the_last_text_still_arrives_and_leaves_no_address(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await town.text(ACCOUNT)
    await _send(town, provider.generic(), http)
    await town.text("FORGET")
    await _change(town, extra=extras.seal_template(town.secrets, Template("status", "en", ("K7-4QF",))))
    await town.text("YES")
    await _send(town, provider.generic(), http)
    async with town.database.reading() as session:
        last = await session.scalar(select(Message).where(Message.purpose == "forgotten"))
        assert set(await session.scalars(select(Message.extra))) == {None}
    assert f"answerable-{last.id}" in provider.keys
    assert last.address is None
    assert (await _states(town)) == ["sent", "dropped", "sent"]


async def test_a_text_sealed_with_another_key_is_set_aside_and_the_others_go_out(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await town.text(ACCOUNT, sender="amina")
    await town.text(ACCOUNT, sender="baraka")
    first = await _out(town)
    other = Secrets(b"another key, also of thirty-two bytes")
    async with town.database.writing() as session:
        await session.execute(update(Message).where(Message.id == first.id).values(body=other.seal("words")))
    assert await _send(town, provider.generic(), http) == 2
    assert [to for to, _ in provider.delivered] == ["baraka"]
    dead = await _out(town)
    assert (dead.state, dead.failure, "another SECRET_KEY" in (dead.error or "")) == ("dead", "unreadable", True)


class Broken:
    """A channel with a fault of ours in it."""

    idempotent, window, type = False, None, "broken"

    async def send(self, http: ClientSession, outbound: object) -> str:
        raise KeyError("+254700000001")


async def test_a_fault_in_a_channel_ends_no_outbox_and_shows_no_number(town: Town, http: ClientSession) -> None:
    await town.text(ACCOUNT)
    await _send(town, Broken(), http)  # type: ignore[arg-type]
    message = await _out(town)
    assert (message.state, message.failure, message.error) == ("uncertain", "broken", "our channel failed: KeyError")


async def test_news_is_not_sent_to_who_stopped_meanwhile_but_the_good_bye_is(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await town.text(ACCOUNT)
    await town.text("STOP")
    await _send(town, provider.generic(), http)
    assert await _states(town) == ["dropped", "sent"]
    assert len(provider.delivered) == 1


async def test_replies_go_before_news_and_news_before_bulk(town: Town, http: ClientSession, provider: Provider) -> None:
    for priority in (2, 1, 0):
        await _crowd(town, 1, priority=priority)
    entry = ChannelEntry.model_validate({"name": "web", "type": "twilio", "rate": "1/s"})
    town.programme = town.programme.model_copy(update={"channels": (entry,)})
    for _ in range(3):
        await _send(town, provider.twilio(), http)
        town.now += timedelta(seconds=1)
    assert [words for _, words in provider.delivered] == ["0-0", "1-0", "2-0"]


async def test_a_rate_holds_over_several_processes(town: Town, http: ClientSession, provider: Provider) -> None:
    await _crowd(town, 40)
    entry = ChannelEntry.model_validate({"name": "web", "type": "twilio", "rate": "2/s"})
    town.programme = town.programme.model_copy(update={"channels": (entry,)})
    sent, began = [], town.now
    while town.now < began + timedelta(seconds=10):
        both = await asyncio.gather(*(_send(town, provider.twilio(), http) for _ in range(2)))
        sent.append(sum(both))
        town.now += timedelta(milliseconds=250)
    assert 20 <= sum(sent) <= 22, sent
    assert max(sent) <= 2, "no burst"


async def test_a_slow_provider_holds_up_nobody_else(town: Town, http: ClientSession) -> None:
    await _crowd(town, 30, channel="village/sms", priority=2)
    await _crowd(town, 30, channel="village/other", priority=0)
    stop = asyncio.Event()
    async with serve_provider() as slow, serve_provider() as quick:
        slow.slow = asyncio.Event()
        channels = {"village/sms": slow.twilio(30), "village/other": quick.twilio()}
        programmes = {"village": town.programme}
        running = asyncio.create_task(
            sending.keep_sending(town.database, town.secrets, programmes, channels, http, stop, idle=0.01)
        )
        async with asyncio.timeout(10):
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
    await _crowd(town, 60)
    provider.always = (401, {"code": 20003}, {})
    await _send(town, provider.twilio(), http)
    tried = provider.requests
    assert lines.ENOUGH <= tried <= 2 * sending.AT_ONCE
    for rest in (30, 60, 120, 300, 600, 1800, 1800):
        async with town.database.reading() as session:
            line = await session.get_one(Line, CHANNEL)
        assert (line.fault, line.reason) == ("keys", "the provider answered 401, code 20003")
        assert line.open_until == town.now + timedelta(seconds=rest)
        before = provider.requests
        town.now = line.open_until - timedelta(seconds=1)
        assert (await _send(town, provider.twilio(), http), provider.requests) == (0, before), "it rests"
        town.now = line.open_until
        assert (await _send(town, provider.twilio(), http), provider.requests) == (1, before + 1), "one tries"
    assert set(await _states(town)) == {"queued"}
    async with town.database.reading() as session:
        attempts = list(await session.scalars(select(Message.attempts).where(Message.direction == "out")))
        line = await session.get_one(Line, CHANNEL)
    assert max(attempts) <= 1
    provider.always = None
    town.now = line.open_until + timedelta(hours=1)
    await _send(town, provider.twilio(), http)
    assert set(await _states(town)) == {"sent"}
    assert len(provider.delivered) == 60


async def test_a_text_that_breaks_its_provider_blocks_no_other_and_dies_alone(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    """It fails as if the line did, whenever it is tried; every other text goes through."""
    await _crowd(town, 1, priority=0)
    channel = provider.twilio()
    tried = 0
    for hour in range(40):
        await _crowd_of_one(town, hour)
        provider.answers.clear()
        first = await _is_due(town, "0-0")
        if first:
            provider.fail(500)
        tried += first
        await _send(town, channel, http)
        town.now += timedelta(hours=1)
    states = await _states(town)
    assert (states[0], set(states[1:])) == ("dead", {"sent"})
    assert tried == len(sending.BACKOFF) + 1


async def _crowd_of_one(town: Town, number: int) -> None:
    await _crowd(town, 1, channel=CHANNEL, priority=100 + number)


async def _is_due(town: Town, words: str) -> bool:
    message = await _out(town)
    return message.state == "queued" and message.due_at <= town.now


async def test_a_person_ends_the_rest_of_a_line(town: Town, http: ClientSession, provider: Provider) -> None:
    await _crowd(town, 8)
    provider.fail(503, 8)
    await _send(town, provider.twilio(), http)
    asha = await make_user(town.database, "asha", {}, town.now)
    town.now += timedelta(seconds=1)
    assert await _send(town, provider.twilio(), http) == 0
    async with town.database.writing() as session:
        with pytest.raises(NotFound):
            await lines.try_now(session, "town", CHANNEL, asha, town.now)
        await lines.try_now(session, "village", CHANNEL, asha, town.now)
    assert await _send(town, provider.twilio(), http) >= 1
    assert len(provider.delivered) >= 1
    async with town.database.writing() as session:
        assert await lines.read(session, "village") == []
        with pytest.raises(NotFound):
            await lines.try_now(session, "village", CHANNEL, asha, town.now)


async def test_a_retry_at_night_waits_for_the_morning(town: Town, http: ClientSession, provider: Provider) -> None:
    quiet = QuietHours.model_validate({"from": "21:00", "to": "07:00"})
    rules = town.programme.rules.model_copy(update={"quiet_hours": quiet})
    town.programme = town.programme.model_copy(update={"rules": rules})
    town.now = datetime(2026, 11, 23, 17, 59, tzinfo=UTC)  # 20:59 in Nairobi
    await _crowd(town, 1, priority=1)
    await _crowd(town, 1, priority=0)
    provider.fail(429, 2)
    await _send(town, provider.twilio(), http)
    town.now += timedelta(minutes=10)
    assert await _send(town, provider.twilio(), http) == 1
    assert [words for _, words in provider.delivered] == ["0-0"], "who just texted is replied to at night"
    assert (await _out(town)).due_at == datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    town.now = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    assert await _send(town, provider.twilio(), http) == 1


class Windowed:
    """A channel with a window, as WhatsApp has; notes whether a template came along."""

    idempotent, type, window = False, "windowed", timedelta(hours=24)

    def __init__(self) -> None:
        self.sent: list[Template | None] = []

    async def send(self, http: ClientSession, outbound: Any) -> str:
        self.sent.append(outbound.template)
        return f"id-{len(self.sent)}"


async def test_beyond_the_window_only_an_approved_wording_goes_out(town: Town, http: ClientSession) -> None:
    await _crowd(town, 2)
    sealed = extras.seal_template(town.secrets, Template("answered", "en", ("K7-4QF",)))
    first = await _out(town)
    async with town.database.writing() as session:
        await session.execute(update(Message).where(Message.id == first.id).values(extra=sealed))
    channel = Windowed()
    assert await _send(town, channel, http) == 2  # type: ignore[arg-type]
    assert channel.sent == [None, None], "within the window the text itself"
    await _crowd(town, 2, priority=2)
    await _change(town, state="queued", due_at=town.now)
    town.now += timedelta(hours=24)
    assert await _send(town, channel, http) == 1  # type: ignore[arg-type]
    assert channel.sent[2:] == [Template("answered", "en", ("K7-4QF",))]
    assert await _states(town) == ["sent", "held", "held", "held"]
    async with town.database.reading() as session:
        held = await session.scalar(select(Message).where(Message.state == "held").limit(1))
    assert (held.failure, held.attempts, "within 24 hours" in (held.error or "")) == ("window", 1, True)
    assert await _send(town, channel, http) == 0  # type: ignore[arg-type]


async def test_what_is_held_goes_out_when_the_person_writes_again_if_it_is_still_of_use(
    town: Town, http: ClientSession
) -> None:
    await _crowd(town, 2)
    town.now += timedelta(days=2)
    await _change(town, expires_at=town.now + timedelta(days=20))
    channel = Windowed()
    await _send(town, channel, http)  # type: ignore[arg-type]
    assert await _states(town) == ["held", "held"]
    async with town.database.writing() as session:
        someone = select(Message.reporter_id).where(Message.id == (await _out(town)).id).scalar_subquery()
        await session.execute(update(Reporter).where(Reporter.id == someone).values(last_seen_at=town.now))
    assert await _send(town, channel, http) == 1  # type: ignore[arg-type]
    assert await _states(town) == ["sent", "held"]
    town.now += timedelta(days=20)
    await _send(town, channel, http)  # type: ignore[arg-type]
    async with town.database.reading() as session:
        late = await session.scalar(select(Message).where(Message.state == "dead"))
    assert late.failure == "late", "shown at the desk, not silently dropped"


async def test_only_the_apps_behind_twilio_have_a_window(town: Town, http: ClientSession, provider: Provider) -> None:
    await _crowd(town, 1, channel="whatsapp:+254700000001", priority=1)
    await _crowd(town, 1, channel="+254700000002", priority=1)
    for table in (Message, Reporter):
        async with town.database.writing() as session:
            await session.execute(update(table).values(channel=CHANNEL))
    town.now += timedelta(days=2)
    await _send(town, provider.twilio(), http)
    assert await _states(town) == ["held", "sent"]
    async with town.database.writing() as session:
        await session.execute(update(Reporter).values(last_seen_at=town.now))
    await _send(town, provider.twilio(), http)
    assert await _states(town) == ["sent", "sent"]


async def test_what_waits_is_found_without_sorting_it(town: Town) -> None:
    """Ten thousand texts that wait must not be sorted for every twenty that go out."""
    statement = screening.due_texts("village/web", town.now, 20)
    shown = statement.compile(town.database.engine, compile_kwargs={"literal_binds": True})
    plan = "EXPLAIN QUERY PLAN " if not town.database.is_postgresql else "EXPLAIN "
    async with town.database.writing() as session:
        if town.database.is_postgresql:
            await session.execute(text("SET LOCAL enable_seqscan = off"))
        rows = (await session.execute(text(plan + str(shown).replace(":", "\\:")))).all()
    said = " ".join(str(row) for row in rows)
    assert "ix_messages_outbox" in said
    assert "TEMP B-TREE" not in said
    assert "Sort" not in said


async def test_a_text_that_cannot_be_opened_says_nothing_of_the_line(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await _crowd(town, 3)
    other = Secrets(b"another key, also of thirty-two bytes")
    first = await _out(town)
    async with town.database.writing() as session:
        await session.execute(
            update(Message).where(Message.id == first.id).values(body=other.seal("words"), priority=0)
        )
        rest = {"failures": 9, "opened_at": town.now, "open_until": town.now, "fault": "line", "reason": "away"}
        session.add(Line(channel=CHANNEL, updated_at=town.now, **rest))
    provider.always = (503, {}, {})
    await _send(town, provider.twilio(), http)
    assert provider.requests == 1, "the next one tried, and the line still rests"
    assert await _states(town) == ["dead", "queued", "queued"]
