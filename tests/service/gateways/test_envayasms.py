"""EnvayaSMS at the door: signed, with files, from allowed addresses."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import io
import json

import pytest
from aiohttp import FormData
from sqlalchemy import select, text

from service import extras, web
from service.db import Database
from service.intake import Intake
from service.keys import LARGE
from service.models import Message
from service.programme import Programme
from service.secrets import Secrets
from service.web import LARGEST_BODY
from tests.service.gateways.conftest import PUBLIC, SECRET, Client, message_of, queue_for

ENVAYA = "/channels/village/envaya"
PARTS = json.dumps([{"type": "image/jpeg", "filename": "Image0001.jpg", "cid": "<570>", "name": "part2"}])


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
    id = await queue_for(database, secrets, programme, "village/envaya", "+254700000002")
    form = _incoming()
    response = await door.post(ENVAYA, data=form, headers=_signature(form))
    ((event),) = (await response.json())["events"]
    assert (event["event"], [text["id"] for text in event["messages"]]) == ("send", [f"answerable-{id}"])
    form = {"action": "send_status", "id": f"answerable-{id}", "status": "sent", "error": ""}
    assert await (await door.post(ENVAYA, data=form, headers=_signature(form))).json() == {"events": []}
    assert (await message_of(database, id)).state == "sent"


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


async def test_a_form_may_be_as_large_as_the_files_it_holds(door: Client, database: Database, secrets: Secrets) -> None:
    fields = _incoming(message_type="mms", mms_parts=PARTS, message="No water")
    large = [
        door.post(ENVAYA, data=_picture(b"x" * LARGEST_BODY, fields), headers=_signature(fields)) for _ in range(3)
    ]
    assert [response.status for response in await asyncio.gather(*large)] == [200] * 3
    async with database.reading() as session:
        message = (await session.scalars(select(Message))).one()
    assert secrets.unseal(message.body) == "No water"


@pytest.mark.parametrize("packed", [False, True])
async def test_a_form_that_does_not_say_how_large_it_is_may_be_as_large(
    door: Client, database: Database, secrets: Secrets, packed: bool
) -> None:
    fields = _incoming(message_type="mms", mms_parts=PARTS, message="No water")
    for size, status in ((LARGEST_BODY, 200), (10, 200), (2 * LARGEST_BODY, 413)):
        writer = _picture(b"x" * size, fields)()
        headers = _signature(fields) | {"Content-Type": writer.content_type}
        body = await writer.as_bytes()
        if packed:
            headers["Content-Encoding"], body = "gzip", gzip.compress(body)
        response = await door.post(ENVAYA, data=io.BytesIO(body), headers=headers, chunked=None if packed else True)
        assert response.status == status
    async with database.reading() as session:
        message = (await session.scalars(select(Message))).one()
    assert secrets.unseal(message.body) == "No water"


async def test_small_forms_do_not_wait_for_large_ones(door: Client, database: Database) -> None:
    app = door.app
    assert app is not None
    async with app[LARGE]:
        response = await door.post(
            ENVAYA, data=_picture(b"x", _incoming())(), headers=_signature(_incoming()), chunked=True
        )
    assert response.status == 200


async def test_a_form_with_too_large_a_file_is_refused(door: Client, database: Database) -> None:
    fields = _incoming(message_type="mms", mms_parts=PARTS)
    response = await door.post(ENVAYA, data=_picture(b"x" * 2 * LARGEST_BODY, fields), headers=_signature(fields))
    assert response.status == 413
    async with database.reading() as session:
        assert (await session.scalars(select(Message))).all() == []


async def test_a_large_form_that_takes_too_long_is_sent_again(door: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "LARGE_SECONDS", -10_000)
    fields = _incoming(message_type="mms", mms_parts=PARTS)
    response = await door.post(ENVAYA, data=_picture(b"x" * LARGEST_BODY, fields), headers=_signature(fields))
    assert (response.status, await response.text()) == (408, "The request took too long; send it again.")


async def test_a_form_in_chunks_that_takes_too_long_is_sent_again(
    door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "LARGE_SECONDS", -10_000)
    fields = _incoming(message_type="mms", mms_parts=PARTS)
    writer = _picture(b"x" * 4_000_000, fields)()
    response = await door.post(ENVAYA, data=writer, headers=_signature(fields), chunked=True)
    assert response.status == 408


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


async def test_only_allowed_addresses_are_heard_and_the_proxy_names_them(door: Client, database: Database) -> None:
    form = _incoming()
    right = _signature(form)
    for named in ("198.51.100.7", "203.0.113.9, 198.51.100.7", "nonsense"):
        response = await door.post(ENVAYA, data=form, headers=right | {"X-Forwarded-For": named})
        assert (response.status, named in await response.text()) == (403, False)
    response = await door.post(ENVAYA, data=form, headers=right | {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert response.status == 200


async def test_while_texts_cannot_be_handed_over_a_text_it_brings_is_safe_all_the_same(
    door: Client, database: Database
) -> None:
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE lines RENAME TO elsewhere"))
    brings, asks = _incoming(), {"action": "outgoing", "version": "30"}
    response = await door.post(ENVAYA, data=brings, headers=_signature(brings))
    assert (response.status, await response.json()) == (200, {"events": []})
    assert (await door.post(ENVAYA, data=asks, headers=_signature(asks))).status == 503
    async with database.reading() as session:
        assert len((await session.scalars(select(Message))).all()) == 1


async def test_while_texts_go_to_the_spool_the_database_is_not_waited_for(
    door: Client, database: Database, secrets: Secrets, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    await queue_for(database, secrets, programme, "village/envaya", "+254700000002")
    # As after a commit that took too long: this text is safe, and the database counts as away.
    monkeypatch.setattr(Intake, "spooling", property(lambda intake: intake.waiting == 0))
    form = _incoming()
    response = await door.post(ENVAYA, data=form, headers=_signature(form))
    assert (response.status, await response.json()) == (200, {"events": []})
