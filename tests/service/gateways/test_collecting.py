"""Phones that ask for their texts: what waits is handed over, confirmed, and never quietly lost nor doubled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from channels.base import Channel
from channels.envayasms import EnvayaSms
from channels.smssync import SmsSync
from service import collecting, deadletters
from service.db import Database
from service.jobs import Context
from service.jobs.end_leases import end_leases
from service.models import Message, Reporter
from service.programme import Programme
from service.programme.schema import ChannelEntry
from service.secrets import Secrets
from service.settings import Settings
from tests.service.gateways.conftest import SECRET, Client, message_of, queue_for

PHONE = f"/channels/village/phone/{SECRET}"


async def _poll(door: Client) -> list[dict[str, str]]:
    response = await door.get(PHONE, params={"task": "send", "secret": SECRET})
    assert response.status == 200
    payload = (await response.json(content_type="application/json"))["payload"]
    assert (payload["task"], payload["secret"]) == ("send", SECRET)
    return list(payload["messages"])


async def _expire_leases(database: Database) -> None:
    async with database.writing() as session:
        ended = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(update(Message).where(Message.state == "sending").values(leased_until=ended))


async def test_a_waiting_text_is_handed_over_once_and_is_sent_when_the_phone_says_so(
    door: Client, database: Database, secrets: Secrets, programme: Programme
) -> None:
    id = await queue_for(database, secrets, programme, "village/phone", "+254700000001")
    (text,) = await _poll(door)
    assert (text["to"], text["uuid"]) == ("+254700000001", f"answerable-{id}")
    assert text["message"] == programme.messages["en"].texts["help"]
    assert (await message_of(database, id)).state == "sending"
    assert await _poll(door) == []
    response = await door.post(PHONE, params={"task": "sent"}, json={"queued_messages": [text["uuid"]]})
    assert await response.json() == {"message_uuids": [text["uuid"]]}
    assert (await message_of(database, id)).state == "sent"
    response = await door.get(PHONE, params={"task": "result"})
    assert await response.json() == {"message_uuids": [text["uuid"]]}
    result = {"uuid": text["uuid"], "sent_result_code": 0, "delivered_result_code": 0}
    await door.post(PHONE, params={"task": "result"}, json={"message_result": [result]})
    assert (await message_of(database, id)).state == "delivered"
    assert await (await door.get(PHONE, params={"task": "result"})).json() == {"message_uuids": []}


async def test_a_phone_that_never_confirms_gets_no_text_twice_and_a_person_decides(
    door: Client, database: Database, secrets: Secrets, programme: Programme
) -> None:
    id = await queue_for(database, secrets, programme, "village/phone", "+254700000001")
    assert len(await _poll(door)) == 1
    await _expire_leases(database)
    assert await _poll(door) == []
    message = await message_of(database, id)
    assert (message.state, message.failure, message.error) == ("uncertain", "unknown", collecting.UNCONFIRMED)
    for number in range(2, 5):
        await queue_for(database, secrets, programme, "village/phone", f"+25470000000{number}")
    assert len(await _poll(door)) == 3
    await _expire_leases(database)
    assert await _poll(door) == []
    async with database.reading() as session:
        assert [group.texts for group in await deadletters.groups(session, "village")] == [4], (
            "one line for all of them"
        )
        assert await deadletters.count(session, "village") == 1
        assert await collecting.never_confirms(session, "village/phone")
        assert not await collecting.never_confirms(session, "village/envaya")


async def test_a_phone_that_confirms_is_given_a_lost_text_once_more_and_no_third_time(
    door: Client, database: Database, secrets: Secrets, programme: Programme
) -> None:
    first = await queue_for(database, secrets, programme, "village/phone", "+254700000001")
    await _poll(door)
    await door.post(PHONE, params={"task": "sent"}, json={"queued_messages": [f"answerable-{first}"]})
    id = await queue_for(database, secrets, programme, "village/phone", "+254700000002")
    for _ in range(2):
        assert [text["uuid"] for text in await _poll(door)] == [f"answerable-{id}"]
        await _expire_leases(database)
    assert await _poll(door) == []
    lost = await message_of(database, id)
    assert (lost.state, lost.error) == ("uncertain", collecting.LOST)
    async with database.reading() as session:
        assert not await collecting.never_confirms(session, "village/phone"), "it has confirmed another"
    await door.post(PHONE, params={"task": "sent"}, json={"queued_messages": [f"answerable-{id}"]})
    assert (await message_of(database, id)).state == "sent"


async def test_nobody_who_stopped_is_handed_over(
    door: Client, database: Database, secrets: Secrets, programme: Programme
) -> None:
    id = await queue_for(database, secrets, programme, "village/phone", "+254700000001")
    async with database.writing() as session:
        await session.execute(update(Reporter).values(stopped_at=datetime.now(UTC) + timedelta(seconds=1)))
    assert await _poll(door) == []
    assert (await message_of(database, id)).state == "dropped"


async def test_texts_of_another_channel_stay(
    door: Client, database: Database, secrets: Secrets, programme: Programme
) -> None:
    await queue_for(database, secrets, programme, "village/envaya", "+254700000001")
    assert await _poll(door) == []


async def test_a_phone_is_handed_no_more_texts_than_its_rate_allows_and_no_fewer(
    database: Database, secrets: Secrets, programme: Programme
) -> None:
    entry = ChannelEntry.model_validate({"name": "phone", "type": "smssync", "rate": "100/h"})
    village = programme.model_copy(update={"channels": (entry,)})
    for number in range(130):
        await queue_for(database, secrets, programme, "village/phone", f"+2547000{number:05}")
    start, phone = datetime.now(UTC), SmsSync(SECRET)

    async def poll(at: datetime) -> int:
        async with database.writing() as session:
            return len(await collecting.take(session, secrets, "village/phone", phone, village, at))

    counts = [await poll(start + timedelta(seconds=57 * number)) for number in range(63)]
    # What it may catch up from before is all that comes on top of the hundred.
    assert (max(counts), counts[0]) == (3, 3)
    assert 100 <= sum(counts) <= 103
    assert await poll(start + timedelta(seconds=57 * 62 + 1)) == 0


@pytest.fixture
def with_phone(programme: Programme) -> Programme:
    """The village with a channel that asks for its texts beside its others."""
    entry = ChannelEntry.model_validate({"name": "phone", "type": "smssync"})
    return programme.model_copy(update={"channels": (*programme.channels, entry)})


async def test_what_a_phone_took_before_it_fell_silent_does_not_stay_on_its_way(
    door: Client, database: Database, secrets: Secrets, with_phone: Programme, tmp_path: Path
) -> None:
    id = await queue_for(database, secrets, with_phone, "village/phone", "+254700000001")
    assert len(await _poll(door)) == 1
    context = Context(database, secrets, {"village": with_phone}, Settings(var=tmp_path), lambda *_: ("", ""))
    await end_leases(context, datetime.now(UTC) + collecting.LEASE / 2)
    assert (await message_of(database, id)).state == "sending"
    await end_leases(context, datetime.now(UTC) + collecting.LEASE + timedelta(minutes=1))
    assert (await message_of(database, id)).state == "uncertain"


async def test_a_phone_is_silent_once_texts_have_waited_for_it_and_it_takes_none(
    door: Client, database: Database, secrets: Secrets, with_phone: Programme
) -> None:
    async def silent(after: timedelta) -> list[tuple[str, int]]:
        async with database.reading() as session:
            found = await collecting.silent(session, with_phone, datetime.now(UTC) + after)
        return [(phone.channel, phone.waiting) for phone in found]

    for channel, number in (("phone", 1), ("phone", 2), ("sms", 3)):
        await queue_for(database, secrets, with_phone, f"village/{channel}", f"+25470000000{number}")
    assert await silent(collecting.SILENCE / 2) == []
    assert await silent(collecting.SILENCE * 2) == [("village/phone", 2)], (
        "who is called to send is not asked for texts"
    )
    assert len(await _poll(door)) == 2
    await queue_for(database, secrets, with_phone, "village/phone", "+254700000004")
    assert await silent(collecting.SILENCE - timedelta(minutes=1)) == []
    assert await silent(collecting.SILENCE * 2) == [("village/phone", 1)]
    async with database.writing() as session:
        # It asks, but its rate lets it take one at a time.
        at = datetime.now(UTC) + collecting.SILENCE * 2
        await session.execute(update(Message).where(Message.state == "sending").values(sent_at=at))
    assert await silent(collecting.SILENCE * 2) == []


async def test_the_outbox_leaves_them_to_the_phone() -> None:
    channels: dict[str, Channel] = {"village/phone": SmsSync(SECRET), "village/envaya": EnvayaSms(SECRET)}
    assert collecting.without_collectors(channels) == {}


async def test_whoever_lacks_the_secret_gets_no_text(
    door: Client, database: Database, secrets: Secrets, programme: Programme
) -> None:
    id = await queue_for(database, secrets, programme, "village/phone", "+254700000001")
    for path in ("/channels/village/phone", "/channels/village/phone/wrong"):
        response = await door.get(path, params={"task": "send"})
        assert (response.status, "254" in await response.text()) == (403, False)
    assert (await message_of(database, id)).state == "queued"
