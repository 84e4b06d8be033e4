"""The providers' door: what is refused, what is kept, and what is said."""

from __future__ import annotations

import asyncio
import base64
import hmac
import io
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from time import time

import pytest
from aiohttp import ClientResponse, FormData, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select, text, update
from structlog.testing import capture_logs
from twilio.request_validator import RequestValidator

from channels.base import Channel, Delivery, Inbound, Webhook
from channels.generic import Generic
from channels.telegram import Telegram
from channels.twilio import Twilio
from service import quarantine, receiving
from service.db import Database
from service.front import shorten_way
from service.intake import Intake
from service.keys import ALLOWED, CHANNELS, DATABASE, INTAKE, LARGE, SECRETS, SETTINGS
from service.models import Message, Quarantine
from service.probing import SERVER
from service.quarantine import Which
from service.receiving import Outcome
from service.secrets import Secrets
from service.settings import Settings
from service.web import KEPT, LARGEST_BODY, answer_call, routes

TOKEN = "the token of a test"
PUBLIC = "https://reports.example.org"
SMS = "/channels/village/sms"
TELEGRAM_SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef"
Client = TestClient[web.Request, web.Application]


@pytest.fixture(params=["application", "short way"])
async def door(
    database: Database, secrets: Secrets, intake: Intake, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Client]:
    app = web.Application(client_max_size=LARGEST_BODY)
    app[SETTINGS] = Settings(var=tmp_path, public_url=PUBLIC)
    app[DATABASE], app[SECRETS], app[INTAKE] = database, secrets, intake
    app[ALLOWED], app[LARGE] = {}, asyncio.Semaphore(1)
    app[CHANNELS] = {
        "village/sms": Twilio("AC1", TOKEN, "+254700000000"),
        "village/telegram": Telegram("1:bot", TELEGRAM_SECRET),
        "village/generic": Generic(base64.b64encode(b"x" * 32).decode(), "http://127.0.0.1"),
    }
    app.add_routes(routes)
    async with TestClient(TestServer(app)) as client:
        if request.param == "short way":
            shorten_way(client.server.runner, lambda call, name: answer_call(app, name, call))
        yield client


def _form(**changes: str) -> dict[str, str]:
    return {"From": "+254700000001", "Body": "No water", "MessageSid": "SM1"} | changes


async def _post(door: Client, form: dict[str, str], signature: str | None = None) -> int:
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + SMS, form) if signature is None else signature
    response = await door.post(SMS, data=form, headers={"X-Twilio-Signature": signature})
    return response.status


async def _count(database: Database, table: type[Message] | type[Quarantine] = Message) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_signed_text_is_stored_before_it_is_acknowledged(door: Client, database: Database) -> None:
    assert await _post(door, _form()) == 200
    assert await _post(door, _form()) == 200
    assert await _count(database) == 1


@pytest.mark.parametrize("signature", ["", "bm9wZQ==", "🙂"])
async def test_a_wrong_or_missing_signature_stores_nothing(door: Client, database: Database, signature: str) -> None:
    assert await _post(door, _form(), signature.encode().decode("latin-1")) == 403
    assert (await _count(database), await _count(database, Quarantine)) == (0, 0)


async def test_an_unknown_channel_is_not_found(door: Client) -> None:
    for path in ("/channels/village/pigeon", "/channels/moon/sms"):
        response = await door.post(path, data=_form())
        assert (response.status, SERVER in response.headers) == (404, True)


async def test_every_answer_shows_that_it_is_ours(door: Client) -> None:
    """So that `answerable channel test` does not take a stranger's 403 for ours."""
    response = await door.post(SMS, data=_form())
    assert (response.status, SERVER in response.headers) == (403, True)


async def _telegram(door: Client, body: bytes) -> ClientResponse:
    headers = {"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET, "Content-Type": "application/json"}
    return await door.post("/channels/village/telegram", data=body, headers=headers)


async def test_an_authentic_payload_nobody_can_read_is_kept_sealed(door: Client, database: Database) -> None:
    response = await _telegram(door, b'{"update_id": "secret words"')
    assert (response.status, response.headers[KEPT]) == (200, "the body is not JSON")
    assert "secret words" not in await response.text()
    assert (await _count(database), await _count(database, Quarantine)) == (0, 1)
    async with database.reading() as session:
        kept = await session.scalar(select(Quarantine))
    assert kept is not None
    assert (kept.programme, kept.channel, kept.state) == ("village", "village/telegram", "waiting")
    assert b"secret words" not in kept.request


async def test_a_redelivery_of_what_nobody_can_read_is_kept_once(door: Client, database: Database) -> None:
    for _ in range(5):
        assert (await _telegram(door, b"{")).status == 200
    await _telegram(door, b"[")
    assert await _count(database, Quarantine) == 2


async def test_what_a_provider_wants_to_hear_is_said_of_what_nobody_could_read_too(door: Client) -> None:
    """Twilio would text a plain answer to the person."""
    form = _form(From="")
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + SMS, form)
    response = await door.post(SMS, data=form, headers={"X-Twilio-Signature": signature})
    assert (response.status, response.content_type, await response.text()) == (200, "text/xml", "<Response/>")
    assert response.headers[KEPT] == "From is empty"


async def test_one_odd_item_costs_none_of_the_others(door: Client, database: Database, secrets: Secrets) -> None:
    texts = [{"id": f"m{n}", "from": "+254700000001", "text": f"text {n}"} for n in range(3)]
    texts[1]["text"] = 7  # type: ignore[assignment]
    response = await _generic(door, {"messages": texts, "statuses": [{"id": "x", "state": "read"}]})
    assert (response.status, response.headers[KEPT]) == (200, "messages[1].text is not a text")
    assert (await _count(database), await _count(database, Quarantine)) == (2, 1)


async def _generic(door: Client, value: object) -> ClientResponse:
    body, now = json.dumps(value).encode(), str(int(time()))
    signed = hmac.digest(b"x" * 32, f"1.{now}.".encode() + body, "sha256")
    headers = {"webhook-id": "1", "webhook-timestamp": now}
    headers["webhook-signature"] = "v1," + base64.b64encode(signed).decode()
    return await door.post("/channels/village/generic", data=body, headers=headers)


class _Mended(Telegram):
    """Reads what Telegram's own would not."""

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        assert hook.headers["x-telegram-bot-api-secret-token"] == TELEGRAM_SECRET
        return [Inbound("42", hook.body.decode(), "7")]


class _Broken(Telegram):
    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        raise KeyError(hook.body.decode())


def _channels(door: Client) -> dict[str, Channel]:
    assert door.app is not None
    return door.app[CHANNELS]  # type: ignore[return-value]


async def test_what_can_be_read_after_a_fix_is_stored_once_as_of_when_it_came(
    door: Client, database: Database, secrets: Secrets, intake: Intake, now: datetime
) -> None:
    await _telegram(door, b"{")
    channels = _channels(door)
    assert await receiving.try_again(intake, channels, Which(), now) == Outcome(0, 1, "the body is not JSON")
    async with database.reading() as session:
        kept = await session.scalar(select(Quarantine))
    assert kept is not None
    assert (kept.state, kept.tries, kept.tried_at) == ("waiting", 1, now)
    channels = channels | {"village/telegram": _Mended("1:bot", TELEGRAM_SECRET)}
    assert await receiving.try_again(intake, channels, Which(programme="town"), now) == Outcome(0, 0)
    assert await receiving.try_again(intake, channels, Which(), now) == Outcome(1, 0)
    assert await receiving.try_again(intake, channels, Which(), now) == Outcome(0, 0)
    async with database.reading() as session:
        message = await session.scalar(select(Message))
        done = await session.scalar(select(Quarantine))
    assert message is not None and done is not None
    assert (secrets.unseal(message.body or b""), message.created_at) == ("{", kept.created_at)
    # Its words are with the text now, where FORGET and retention find them.
    assert (done.state, done.request) == ("replayed", b"")


async def test_a_closed_channel_and_another_key_are_said(
    door: Client, database: Database, intake: Intake, now: datetime
) -> None:
    await _telegram(door, b"{")
    assert "closed" in (await receiving.try_again(intake, {}, Which(), now)).reason
    async with database.writing() as session:
        await session.execute(update(Quarantine).values(request=b"x" * 40))
    assert "SECRET_KEY" in (await receiving.try_again(intake, _channels(door), Which(), now)).reason


async def test_a_channel_that_breaks_loses_nothing(door: Client, database: Database) -> None:
    _channels(door)["village/telegram"] = _Broken("1:bot", TELEGRAM_SECRET)
    response = await _telegram(door, b"private")
    assert response.status == 200
    assert "KeyError" in response.headers[KEPT]
    assert "private" not in str(response.headers)
    assert await _count(database, Quarantine) == 1


async def test_what_the_database_refuses_is_kept_too(door: Client, database: Database) -> None:
    class Refusing(_Mended):
        def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
            return [Inbound("42", "text", object())]  # type: ignore[arg-type]

    _channels(door)["village/telegram"] = Refusing("1:bot", TELEGRAM_SECRET)
    assert (await _telegram(door, b"private")).status == 200
    assert (await _count(database), await _count(database, Quarantine)) == (0, 1)


async def test_a_full_quarantine_asks_to_come_again(
    door: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "ROOM", 10)
    assert (await _telegram(door, b"{")).status == 200
    response = await _telegram(door, b"[")
    assert (response.status, response.headers["Retry-After"]) == (503, "5")
    assert await _count(database, Quarantine) == 1


async def test_what_nobody_can_read_is_erased_with_the_words_of_its_time(
    door: Client, database: Database, now: datetime
) -> None:
    await _telegram(door, b"{")
    async with database.writing() as session:
        await quarantine.erase_old(session, "village", now - timedelta(days=3650), now)
        assert len(await quarantine.waiting(session, Which(), now)) == 1
        assert await quarantine.erase_old(session, "village", now + timedelta(days=3650), now) == 1
        assert await session.scalar(select(Quarantine.request)) == b""


async def test_a_body_over_three_megabytes_is_refused(door: Client, database: Database) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "x"}
    body = io.BytesIO(b"Body=" + b"x" * LARGEST_BODY)
    assert (await door.post(SMS, data=body, headers=headers)).status == 413
    assert await _count(database) == 0


async def test_a_body_that_is_not_packed_as_it_says_is_refused(door: Client, database: Database) -> None:
    headers = {"Content-Encoding": "gzip", "X-Twilio-Signature": "x"}
    response = await door.post(SMS, data=b"From=%2B1&Body=x", headers=headers)
    assert response.status == 400
    assert "Content-Encoding" in await response.text()
    assert await _count(database) == 0


async def test_a_form_in_no_known_encoding_is_refused(door: Client) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=klingon", "X-Twilio-Signature": "x"}
    assert (await door.post(SMS, data=b"From=1", headers=headers)).status == 400


async def test_files_in_a_form_do_no_harm(door: Client, database: Database) -> None:
    form = FormData({"From": "+1"})
    form.add_field("Body", b"x" * 100, filename="a.bin")
    assert (await door.post(SMS, data=form, headers={"X-Twilio-Signature": "x"})).status == 403
    assert await _count(database) == 0


async def test_without_a_database_the_provider_is_asked_to_come_again(door: Client, database: Database) -> None:
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE messages RENAME TO elsewhere"))
    form = _form()
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + SMS, form)
    response = await door.post(SMS, data=form, headers={"X-Twilio-Signature": signature})
    assert (response.status, "Retry-After" in response.headers) == (503, True)


async def test_a_full_queue_is_a_503_with_retry_after(door: Client, database: Database, secrets: Secrets) -> None:
    response = await door.get("/channels/village/sms")
    assert response.status == 403
    app = door.app
    assert app is not None
    app[INTAKE]._limit = 0
    form = _form()
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC + SMS, form)
    response = await door.post(SMS, data=form, headers={"X-Twilio-Signature": signature})
    assert (response.status, response.headers["Retry-After"]) == (503, "5")


async def test_nothing_a_person_wrote_reaches_the_logs(
    door: Client, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await _post(door, _form(Body="very private words"))
    await _post(door, _form(Body="very private words"), "wrong")
    headers = {"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET}
    await door.post("/channels/village/telegram", data=b"very private words", headers=headers)
    shown = "".join(capsys.readouterr())
    assert "refused" in shown
    assert "quarantined" in shown
    for secret in ("private", "254700000001", TOKEN, TELEGRAM_SECRET):
        assert secret not in shown


async def test_a_caller_that_breaks_off_in_the_middle_is_no_fault_of_ours(
    door: Client, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    # As the service runs it: a handler goes on when its caller goes.
    runner = web.AppRunner(door.app, access_log=None, handler_cancellation=False)  # type: ignore[arg-type]
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    with capture_logs() as lines:
        reader, writer = await asyncio.open_connection(*runner.addresses[0])
        head = f"POST {SMS} HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 900\r\n\r\n"
        writer.write(head.encode())
        assert b" 100 " in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"Body=secret+words")
        await writer.drain()
        writer.transport.abort()
        async with asyncio.timeout(30):
            while not lines and not caplog.records:  # noqa: ASYNC110, there is no event for what is logged
                await asyncio.sleep(0.01)
    assert lines == [{"event": "broken off", "log_level": "info", "channel": "village/sms"}]
    assert caplog.records == []
    assert (await _count(database), await _count(database, Quarantine)) == (0, 0)
    await site.stop()
