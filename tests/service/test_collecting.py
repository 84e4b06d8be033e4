"""Phones that ask for their texts: what waits is handed over, confirmed, and never quietly lost nor doubled."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient
from sqlalchemy import select, update

from channels.addresses import read_networks
from channels.africastalking_ussd import AfricasTalkingUssd
from channels.base import Channel
from channels.envayasms import EnvayaSms
from channels.smssync import SmsSync
from service import collecting, extras, outbox
from service.db import Database
from service.doors import open_doors
from service.intake import Intake
from service.keys import ALLOWED, CHANNELS, DATABASE, INTAKE, PROGRAMMES, SECRETS, SETTINGS
from service.models import Message, Reporter
from service.programme import Programme
from service.programme.schema import ChannelEntry
from service.programme.screens import speech_of
from service.secrets import Secrets
from service.settings import Settings
from service.web import LARGEST_BODY, routes
from tests.service.conftest import Town

SECRET = "kQ7wZ2xV9bN4mR6tY8uL3pA5sD1f"
PHONE = f"/channels/village/phone/{SECRET}"
ENVAYA = "/channels/village/envaya"
USSD = f"/channels/village/ussd/{SECRET}"
PUBLIC = "https://reports.example.org"
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def door(
    database: Database,
    secrets: Secrets,
    programme: Programme,
    intake: Intake,
    aiohttp_client: object,
    tmp_path: Path,
) -> AsyncIterator[Client]:
    speech = speech_of(programme.rules, programme.messages)
    app = web.Application(client_max_size=LARGEST_BODY)
    app[SETTINGS] = Settings(var=tmp_path, public_url=PUBLIC, trusted_proxies=1)  # type: ignore[call-arg]
    app[DATABASE], app[SECRETS], app[INTAKE] = database, secrets, intake
    app[PROGRAMMES], app[ALLOWED] = {"village": programme}, {"village/envaya": read_networks("203.0.113.0/24")}
    channels: dict[str, Channel] = {
        "village/phone": SmsSync(SECRET),
        "village/envaya": EnvayaSms(SECRET),
        "village/ussd": AfricasTalkingUssd("village", "atsk_1", SECRET, speech=speech),
    }
    app[CHANNELS] = channels
    app.add_routes(routes)
    yield await aiohttp_client(app)  # type: ignore[operator]


async def _queue(database: Database, secrets: Secrets, programme: Programme, channel: str, number: str) -> int:
    """A reply that waits for somebody on a channel; the id of its message."""
    now = datetime.now(UTC)
    async with database.writing() as session:
        person = Reporter(
            programme="village",
            channel=channel,
            pseudonym=secrets.pseudonym(channel, number),
            address=secrets.seal(number),
            groups={},
            created_at=now,
            last_seen_at=now,
        )
        session.add(person)
        await session.flush()
        await outbox.queue(session, secrets, programme, person, "help", {}, now=now, priority=0)
        return int(await session.scalar(select(Message.id).order_by(Message.id.desc()).limit(1)) or 0)


async def _message(database: Database, id: int) -> Message:
    async with database.reading() as session:
        return await session.get_one(Message, id)


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
    id = await _queue(database, secrets, programme, "village/phone", "+254700000001")
    (text,) = await _poll(door)
    assert (text["to"], text["uuid"]) == ("+254700000001", f"answerable-{id}")
    assert text["message"] == programme.messages["en"].texts["help"]
    assert (await _message(database, id)).state == "sending"
    assert await _poll(door) == []
    response = await door.post(PHONE, params={"task": "sent"}, json={"queued_messages": [text["uuid"]]})
    assert await response.json() == {"message_uuids": [text["uuid"]]}
    assert (await _message(database, id)).state == "sent"
    response = await door.get(PHONE, params={"task": "result"})
    assert await response.json() == {"message_uuids": [text["uuid"]]}
    result = {"uuid": text["uuid"], "sent_result_code": 0, "delivered_result_code": 0}
    await door.post(PHONE, params={"task": "result"}, json={"message_result": [result]})
    assert (await _message(database, id)).state == "delivered"
    assert await (await door.get(PHONE, params={"task": "result"})).json() == {"message_uuids": []}


async def test_a_phone_that_never_confirms_gets_no_text_twice_and_a_person_decides(
    door: Client, database: Database, secrets: Secrets, programme: Programme
) -> None:
    id = await _queue(database, secrets, programme, "village/phone", "+254700000001")
    assert len(await _poll(door)) == 1
    await _expire_leases(database)
    assert await _poll(door) == []
    message = await _message(database, id)
    assert (message.state, message.failure) == ("uncertain", "unknown")


async def test_a_phone_that_confirms_is_given_a_lost_text_once_more_and_no_third_time(
    door: Client, database: Database, secrets: Secrets, programme: Programme
) -> None:
    first = await _queue(database, secrets, programme, "village/phone", "+254700000001")
    await _poll(door)
    await door.post(PHONE, params={"task": "sent"}, json={"queued_messages": [f"answerable-{first}"]})
    id = await _queue(database, secrets, programme, "village/phone", "+254700000002")
    for _ in range(2):
        assert [text["uuid"] for text in await _poll(door)] == [f"answerable-{id}"]
        await _expire_leases(database)
    assert await _poll(door) == []
    assert (await _message(database, id)).state == "uncertain"
    await door.post(PHONE, params={"task": "sent"}, json={"queued_messages": [f"answerable-{id}"]})
    assert (await _message(database, id)).state == "sent"


async def test_nobody_who_stopped_is_handed_over(
    door: Client, database: Database, secrets: Secrets, programme: Programme
) -> None:
    id = await _queue(database, secrets, programme, "village/phone", "+254700000001")
    async with database.writing() as session:
        await session.execute(update(Reporter).values(stopped_at=datetime.now(UTC) + timedelta(seconds=1)))
    assert await _poll(door) == []
    assert (await _message(database, id)).state == "dropped"


async def test_texts_of_another_channel_stay(
    door: Client, database: Database, secrets: Secrets, programme: Programme
) -> None:
    await _queue(database, secrets, programme, "village/envaya", "+254700000001")
    assert await _poll(door) == []


async def test_a_phone_is_handed_no_more_texts_than_its_rate_allows_and_no_fewer(
    database: Database, secrets: Secrets, programme: Programme
) -> None:
    entry = ChannelEntry.model_validate({"name": "phone", "type": "smssync", "rate": "100/h"})
    village = programme.model_copy(update={"channels": (entry,)})
    for number in range(130):
        await _queue(database, secrets, programme, "village/phone", f"+2547000{number:05}")
    start, phone = datetime.now(UTC), SmsSync(SECRET)

    async def poll(at: datetime) -> int:
        async with database.writing() as session:
            return len(await collecting.take(session, secrets, "village/phone", phone, village, at))

    counts = [await poll(start + timedelta(seconds=57 * number)) for number in range(63)]
    # What it may catch up from before is all that comes on top of the hundred.
    assert (max(counts), counts[0]) == (3, 3)
    assert 100 <= sum(counts) <= 103
    assert await poll(start + timedelta(seconds=57 * 62 + 1)) == 0


async def test_the_outbox_leaves_them_to_the_phone() -> None:
    channels: dict[str, Channel] = {"village/phone": SmsSync(SECRET), "village/envaya": EnvayaSms(SECRET)}
    assert collecting.without_collectors(channels) == {}


async def test_whoever_lacks_the_secret_gets_no_text(
    door: Client, database: Database, secrets: Secrets, programme: Programme
) -> None:
    id = await _queue(database, secrets, programme, "village/phone", "+254700000001")
    for path in ("/channels/village/phone", "/channels/village/phone/wrong"):
        response = await door.get(path, params={"task": "send"})
        assert (response.status, "254" in await response.text()) == (403, False)
    assert (await _message(database, id)).state == "queued"


# --- EnvayaSMS: signed, with files -----------------------------------------------------------------------------


def _signature(form: dict[str, str]) -> dict[str, str]:
    signed = ",".join((PUBLIC + ENVAYA, *(f"{name}={value}" for name, value in sorted(form.items())), SECRET))
    digest = base64.b64encode(hashlib.sha1(signed.encode()).digest()).decode()
    return {"X-Request-Signature": digest, "X-Forwarded-For": "203.0.113.9"}


def _incoming(**changes: str) -> dict[str, str]:
    return {
        "action": "incoming",
        "from": "+254700000001",
        "message_type": "sms",
        "message": "No water since Monday",
        "timestamp": "1760000000000",
        "version": "30",
    } | changes


async def test_an_answer_to_a_text_carries_what_waits_and_the_phone_confirms(
    door: Client, database: Database, secrets: Secrets, programme: Programme
) -> None:
    id = await _queue(database, secrets, programme, "village/envaya", "+254700000002")
    form = _incoming()
    response = await door.post(ENVAYA, data=form, headers=_signature(form))
    ((event),) = (await response.json())["events"]
    assert (event["event"], [text["id"] for text in event["messages"]]) == ("send", [f"answerable-{id}"])
    form = {"action": "send_status", "id": f"answerable-{id}", "status": "sent", "error": ""}
    assert await (await door.post(ENVAYA, data=form, headers=_signature(form))).json() == {"events": []}
    assert (await _message(database, id)).state == "sent"


async def test_a_text_the_phone_delivers_again_is_stored_once(door: Client, database: Database) -> None:
    for age in ("23", "60023"):
        form = _incoming(age=age)
        assert (await door.post(ENVAYA, data=form, headers=_signature(form))).status == 200
    async with database.reading() as session:
        assert len((await session.scalars(select(Message))).all()) == 1


def _picture(content: bytes, fields: dict[str, str], name: str = "part2") -> FormData:
    form = FormData()
    for key, value in fields.items():
        form.add_field(key, value, content_type="text/plain; charset=UTF-8")
    form.add_field(name, io.BytesIO(content), filename="Image0001.jpg", content_type="image/jpeg")
    return form


PARTS = json.dumps([{"type": "image/jpeg", "filename": "Image0001.jpg", "cid": "<570>", "name": "part2"}])


async def test_a_picture_is_stored_byte_for_byte(door: Client, database: Database, secrets: Secrets) -> None:
    content = bytes(range(256)) * 40 + b"\r\n--\r\n\n\r"
    fields = _incoming(message_type="mms", mms_parts=PARTS, message="पानी नहीं")
    response = await door.post(ENVAYA, data=_picture(content, fields), headers=_signature(fields))
    assert response.status == 200
    async with database.reading() as session:
        message = (await session.scalars(select(Message))).one()
    ((media,), _, _) = extras.unseal(secrets, message.extra)
    assert (media.content, media.content_type) == (content, "image/jpeg")
    assert secrets.unseal(message.body) == "पानी नहीं"


async def test_a_form_with_too_large_a_file_is_refused(door: Client, database: Database) -> None:
    fields = _incoming(message_type="mms", mms_parts=PARTS)
    response = await door.post(ENVAYA, data=_picture(b"x" * LARGEST_BODY, fields), headers=_signature(fields))
    assert response.status == 413
    async with database.reading() as session:
        assert (await session.scalars(select(Message))).all() == []


@pytest.mark.parametrize(
    "body", [b"", b"--b", b"--b\r\n\r\nx", b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx', b"\0" * 50]
)
async def test_a_form_that_is_none_is_refused(door: Client, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert (await door.post(ENVAYA, data=body, headers=headers)).status in (400, 403)


async def test_too_many_parts_are_refused(door: Client) -> None:
    form = FormData()
    for number in range(1001):
        form.add_field(f"f{number}", "x", content_type="text/plain")
    assert (await door.post(ENVAYA, data=form)).status == 400


# --- addresses ---------------------------------------------------------------------------------------------------


async def test_only_allowed_addresses_are_heard_and_the_proxy_names_them(door: Client, database: Database) -> None:
    form = _incoming()
    right = _signature(form)
    for named in ("198.51.100.7", "203.0.113.9, 198.51.100.7", "nonsense"):
        response = await door.post(ENVAYA, data=form, headers=right | {"X-Forwarded-For": named})
        assert (response.status, named in await response.text()) == (403, False)
    response = await door.post(ENVAYA, data=form, headers=right | {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert response.status == 200


# --- USSD --------------------------------------------------------------------------------------------------------


async def _dial(door: Client, text: str, session: str = "S1", number: str = "+254700000001") -> str:
    form = {"sessionId": session, "phoneNumber": number, "serviceCode": "*384#", "networkCode": "1", "text": text}
    response = await door.post(USSD, data=form)
    assert (response.status, response.content_type) == (200, "text/plain")
    return await response.text()


async def test_a_report_by_ussd_is_stored_before_the_thanks_and_once(
    door: Client, database: Database, secrets: Secrets
) -> None:
    assert (await _dial(door, "")).startswith("CON ")
    assert (await _dial(door, "1")).startswith("CON ")
    for _ in range(3):
        assert (await _dial(door, "1*No water * since Monday")).startswith("END Thank you")
    async with database.reading() as session:
        message = (await session.scalars(select(Message))).one()
    assert secrets.unseal(message.body) == "No water * since Monday"


async def test_the_screen_says_where_the_last_report_stands_and_nothing_they_wrote(
    door: Client, town: Town, database: Database, programme: Programme
) -> None:
    texts = programme.messages["en"].texts
    assert await _dial(door, "2") == f"END {texts['status_none']}"
    await _dial(door, "1*No water in Gatwekera")
    assert await _dial(door, "2") == f"END {programme.messages['en'].ussd['thanks']}"
    await town.text("No water in Gatwekera since Monday")
    report = await town.report()
    pseudonym = town.secrets.pseudonym("village/ussd", "+254700000001")
    async with database.writing() as session:
        await session.execute(update(Message).where(Message.direction == "in").values(state="done"))
        await session.execute(update(Reporter).values(channel="village/ussd", pseudonym=pseudonym))
    screen = await _dial(door, "2")
    assert report.reference in screen
    assert "Gatwekera" not in screen
    assert await _dial(door, "2", number="+254700000002") == f"END {texts['status_none']}"
    sw = programme.messages["sw"]
    assert await _dial(door, "4*2", number="+254700000002") == f"END {sw.texts['status_none']}"


def test_a_programme_without_screens_keeps_its_ussd_channel_closed(programme: Programme, secrets: Secrets) -> None:
    entry = programme.channels[0].model_copy(
        update={
            "name": "ussd",
            "type": "africastalking_ussd",
            "settings": {"username": "v", "api_key": "k", "path_secret": SECRET, "allowed_addresses": "10.0.0.0/8"},
        }
    )
    talking = programme.model_copy(update={"channels": (entry,)})
    doors = open_doors([talking], secrets, {})
    assert (list(doors.channels), doors.closed) == (["village/ussd"], ())
    assert [str(network) for network in doors.allowed["village/ussd"]] == ["10.0.0.0/8"]
    silent: dict[str, Any] = {tag: words.model_copy(update={"ussd": {}}) for tag, words in programme.messages.items()}
    doors = open_doors([talking.model_copy(update={"messages": silent})], secrets, {})
    assert doors.closed == ("village/ussd is closed: write `ussd` texts in the messages of one language to open it",)
