"""Texts go out with retries, never quietly twice, only when they may, and what cannot be sent is shown."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import select, text, update

from channels.base import Template
from service import deadletters, extras, screening, sending
from service.models import Message, Reporter
from service.programme.schema import QuietHours
from service.secrets import Secrets
from tests.service.conftest import CHANNEL, Town
from tests.service.making import make_user
from tests.service.posting import account, change_all, crowd, first_out, send, states
from tests.service.provider import Provider


async def test_a_reply_is_sent_once_and_dates_the_receipt(town: Town, http: ClientSession, provider: Provider) -> None:
    await account(town)
    assert [await send(town, provider.generic(), http) for _ in range(3)] == [1, 0, 0]
    message = await first_out(town)
    assert [to for to, _ in provider.delivered] == ["amina"]
    assert provider.keys == {f"answerable-{message.id}": "generic-1"}
    assert (message.state, message.external_id) == ("sent", "generic-1")
    assert (await town.report()).acknowledged_at == town.now


async def test_retries_wait_longer_each_time_and_end_as_a_dead_letter(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await account(town)
    provider.fail(429, 6)
    waits = []
    for _ in range(6):
        assert await send(town, provider.twilio(), http) == 1
        message = await first_out(town)
        waits.append((message.due_at - town.now).total_seconds())
        town.now = message.due_at
    least = (30, 120, 600, 3600, 21600)
    assert all(wait >= seconds and wait <= seconds * 1.2 for wait, seconds in zip(waits[:5], least, strict=True)), waits
    assert (message.state, message.failure, message.error) == ("dead", "busy", "the provider answered 429")
    asha = await make_user(town.database, "asha", {}, town.now)
    async with town.database.writing() as session:
        await deadletters.again_one(session, "village", message.id, asha, town.now)
    town.now += timedelta(minutes=1)
    assert await send(town, provider.twilio(), http) == 1
    assert (await first_out(town)).state == "sent"


async def test_a_refusal_for_good_is_not_tried_again(town: Town, http: ClientSession, provider: Provider) -> None:
    await account(town)
    provider.fail(400, body={"code": 21211})
    await send(town, provider.twilio(), http)
    message = await first_out(town)
    assert (message.state, message.failure, message.error) == (
        "dead",
        "refused",
        "the provider answered 400, code 21211",
    )


async def test_an_opt_out_stops_the_person_and_start_brings_them_back(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await account(town)
    provider.fail(400, body={"code": 21610})
    await send(town, provider.twilio(), http)
    assert (await town.reporter()).stopped_at == town.now
    message = await first_out(town)
    assert (message.state, message.failure, message.opted_out_at) == ("dead", "opted_out", town.now)
    await town.text("START")
    assert (await town.reporter()).stopped_at is None


@pytest.mark.parametrize(("idempotent", "state"), [(False, "uncertain"), (True, "sent")])
async def test_a_send_cut_short_by_death_is_repeated_only_where_the_provider_knows_the_key(
    town: Town, http: ClientSession, provider: Provider, idempotent: bool, state: str
) -> None:
    await account(town)
    channel = provider.generic() if idempotent else provider.twilio()
    await change_all(town, state="sending", attempts=1, leased_until=town.now + sending.LEASE)
    assert await send(town, channel, http) == 0, "somebody else may still be sending it"
    town.now += sending.LEASE
    assert await send(town, channel, http) == (1 if idempotent else 0)
    assert (await first_out(town)).state == state
    assert len(provider.delivered) == (1 if idempotent else 0)


@pytest.mark.parametrize(("idempotent", "state"), [(False, "uncertain"), (True, "queued")])
async def test_a_provider_that_does_not_answer_may_have_the_text(
    town: Town, http: ClientSession, provider: Provider, idempotent: bool, state: str
) -> None:
    await account(town)
    provider.slow = asyncio.Event()
    channel = provider.generic(0.05) if idempotent else provider.twilio(0.05)
    await send(town, channel, http)
    assert (await first_out(town)).state == state


async def test_after_forget_the_last_text_still_arrives_and_leaves_no_address(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await account(town)
    await send(town, provider.generic(), http)
    await town.text("FORGET")
    await change_all(town, extra=extras.seal_template(town.secrets, Template("status", "en", ("K7-4QF",))))
    await town.text("YES")
    await send(town, provider.generic(), http)
    async with town.database.reading() as session:
        last = await session.scalar(select(Message).where(Message.purpose == "forgotten"))
        assert set(await session.scalars(select(Message.extra))) == {None}
    assert f"answerable-{last.id}" in provider.keys
    assert last.address is None
    assert (await states(town)) == ["sent", "dropped", "sent"]


async def test_a_text_sealed_with_another_key_is_set_aside_and_the_others_go_out(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await account(town, "amina")
    await account(town, "baraka")
    first = await first_out(town)
    other = Secrets(b"another key, also of thirty-two bytes")
    async with town.database.writing() as session:
        await session.execute(update(Message).where(Message.id == first.id).values(body=other.seal("words")))
    assert await send(town, provider.generic(), http) == 2
    assert [to for to, _ in provider.delivered] == ["baraka"]
    dead = await first_out(town)
    assert (dead.state, dead.failure, "another SECRET_KEY" in (dead.error or "")) == ("dead", "unreadable", True)


class Broken:
    """A channel with a fault of ours in it."""

    idempotent, window, type = False, None, "broken"

    async def send(self, http: ClientSession, outbound: object) -> str:
        raise KeyError("+254700000001")


async def test_a_fault_in_a_channel_ends_no_outbox_and_shows_no_number(town: Town, http: ClientSession) -> None:
    await account(town)
    await send(town, Broken(), http)  # type: ignore[arg-type]
    message = await first_out(town)
    assert (message.state, message.failure, message.error) == ("uncertain", "broken", "our channel failed: KeyError")


async def test_news_is_not_sent_to_who_stopped_meanwhile_but_the_good_bye_is(
    town: Town, http: ClientSession, provider: Provider
) -> None:
    await account(town)
    await town.text("STOP")
    await send(town, provider.generic(), http)
    assert await states(town) == ["dropped", "sent"]
    assert len(provider.delivered) == 1


async def test_a_retry_at_night_waits_for_the_morning(town: Town, http: ClientSession, provider: Provider) -> None:
    quiet = QuietHours.model_validate({"from": "21:00", "to": "07:00"})
    rules = town.programme.rules.model_copy(update={"quiet_hours": quiet})
    town.programme = town.programme.model_copy(update={"rules": rules})
    town.now = datetime(2026, 11, 23, 17, 59, tzinfo=UTC)  # 20:59 in Nairobi
    await crowd(town, 1, priority=1)
    await crowd(town, 1, priority=0)
    provider.fail(429, 2)
    await send(town, provider.twilio(), http)
    town.now += timedelta(minutes=10)
    assert await send(town, provider.twilio(), http) == 1
    assert [words for _, words in provider.delivered] == ["0-0"], "who just texted is replied to at night"
    assert (await first_out(town)).due_at == datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    town.now = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    assert await send(town, provider.twilio(), http) == 1


class Windowed:
    """A channel with a window, as WhatsApp has; notes whether a template came along."""

    idempotent, type, window = False, "windowed", timedelta(hours=24)

    def __init__(self) -> None:
        self.sent: list[Template | None] = []

    async def send(self, http: ClientSession, outbound: Any) -> str:
        self.sent.append(outbound.template)
        return f"id-{len(self.sent)}"


async def test_beyond_the_window_only_an_approved_wording_goes_out(town: Town, http: ClientSession) -> None:
    await crowd(town, 2)
    sealed = extras.seal_template(town.secrets, Template("answered", "en", ("K7-4QF",)))
    first = await first_out(town)
    async with town.database.writing() as session:
        await session.execute(update(Message).where(Message.id == first.id).values(extra=sealed))
    channel = Windowed()
    assert await send(town, channel, http) == 2  # type: ignore[arg-type]
    assert channel.sent == [None, None], "within the window the text itself"
    await crowd(town, 2, priority=2)
    await change_all(town, state="queued", due_at=town.now)
    town.now += timedelta(hours=24)
    assert await send(town, channel, http) == 1  # type: ignore[arg-type]
    assert channel.sent[2:] == [Template("answered", "en", ("K7-4QF",))]
    assert await states(town) == ["sent", "held", "held", "held"]
    async with town.database.reading() as session:
        held = await session.scalar(select(Message).where(Message.state == "held").order_by(Message.id).limit(1))
    assert (held.failure, held.attempts, "within 24 hours" in (held.error or "")) == ("window", 1, True)
    assert await send(town, channel, http) == 0  # type: ignore[arg-type]


async def test_what_is_held_goes_out_when_the_person_writes_again_if_it_is_still_of_use(
    town: Town, http: ClientSession
) -> None:
    await crowd(town, 2)
    town.now += timedelta(days=2)
    await change_all(town, expires_at=town.now + timedelta(days=20))
    channel = Windowed()
    await send(town, channel, http)  # type: ignore[arg-type]
    assert await states(town) == ["held", "held"]
    async with town.database.writing() as session:
        someone = select(Message.reporter_id).where(Message.id == (await first_out(town)).id).scalar_subquery()
        await session.execute(update(Reporter).where(Reporter.id == someone).values(last_seen_at=town.now))
    assert await send(town, channel, http) == 1  # type: ignore[arg-type]
    assert await states(town) == ["sent", "held"]
    town.now += timedelta(days=20)
    await send(town, channel, http)  # type: ignore[arg-type]
    async with town.database.reading() as session:
        late = await session.scalar(select(Message).where(Message.state == "dead"))
    assert late.failure == "late", "shown at the desk, not silently dropped"


async def test_only_the_apps_behind_twilio_have_a_window(town: Town, http: ClientSession, provider: Provider) -> None:
    await crowd(town, 1, channel="whatsapp:+254700000001", priority=1)
    await crowd(town, 1, channel="+254700000002", priority=1)
    for table in (Message, Reporter):
        async with town.database.writing() as session:
            await session.execute(update(table).values(channel=CHANNEL))
    town.now += timedelta(days=2)
    await send(town, provider.twilio(), http)
    assert await states(town) == ["held", "sent"]
    async with town.database.writing() as session:
        await session.execute(update(Reporter).values(last_seen_at=town.now))
    await send(town, provider.twilio(), http)
    assert await states(town) == ["sent", "sent"]


async def test_what_waits_is_found_without_sorting_it(town: Town) -> None:
    """Ten thousand texts that wait must not be sorted for every twenty that go out."""
    statement = screening.due_texts("village/web", town.now, 20)
    shown = statement.compile(town.database.engine, compile_kwargs={"literal_binds": True})
    plan = "EXPLAIN QUERY PLAN " if not town.database.is_postgresql else "EXPLAIN "
    async with town.database.writing() as session:
        if town.database.is_postgresql:
            # On an empty table to sort costs nothing.
            for dear in ("enable_seqscan", "enable_sort"):
                await session.execute(text(f"SET LOCAL {dear} = off"))
        rows = (await session.execute(text(plan + str(shown).replace(":", "\\:")))).all()
    said = " ".join(str(row) for row in rows)
    assert "ix_messages_outbox" in said
    assert "TEMP B-TREE" not in said
    assert "Sort" not in said
