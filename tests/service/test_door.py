"""The providers' door: what is refused, what is kept, and what is said."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient
from sqlalchemy import func, select, text
from twilio.request_validator import RequestValidator

from channels.telegram import Telegram
from channels.twilio import Twilio
from service import quarantine
from service.db import Database
from service.intake import Intake
from service.keys import CHANNELS, DATABASE, INTAKE, SECRETS, SETTINGS
from service.models import Message, Quarantine
from service.secrets import Secrets
from service.settings import Settings
from service.web import LARGEST_BODY, routes

TOKEN = "the token of a test"
PUBLIC = "https://reports.example.org"
SMS = "/channels/village/sms"
TELEGRAM_SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef"
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def door(
    database: Database, secrets: Secrets, intake: Intake, aiohttp_client: object, tmp_path: Path
) -> AsyncIterator[Client]:
    app = web.Application(client_max_size=LARGEST_BODY)
    app[SETTINGS] = Settings(var=tmp_path, public_url=PUBLIC)
    app[DATABASE], app[SECRETS], app[INTAKE] = database, secrets, intake
    app[CHANNELS] = {
        "village/sms": Twilio("AC1", TOKEN, "+254700000000"),
        "village/telegram": Telegram("1:bot", TELEGRAM_SECRET),
    }
    app.add_routes(routes)
    yield await aiohttp_client(app)  # type: ignore[operator]


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
        assert (await door.post(path, data=_form())).status == 404


async def test_an_authentic_payload_nobody_can_read_is_kept_for_replay(
    door: Client, database: Database, secrets: Secrets
) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET, "Content-Type": "application/json"}
    response = await door.post("/channels/village/telegram", data=b'{"update_id": "secret words"', headers=headers)
    assert response.status == 400
    assert "secret words" not in await response.text()
    assert (await _count(database), await _count(database, Quarantine)) == (0, 1)
    async with database.reading() as session:
        kept = await session.scalar(select(Quarantine))
        assert b"secret words" not in kept.request
        assert await quarantine.readable(session, secrets, door.app[CHANNELS]) == []  # type: ignore[union-attr]


async def test_what_can_be_read_after_a_fix_is_replayed_once(
    door: Client, database: Database, secrets: Secrets, intake: Intake
) -> None:
    update = {
        "update_id": 7,
        "message": {
            "message_id": 1,
            "chat": {"id": 42, "type": "private"},
            "from": {"id": 42},
            "text": "hi",
            "date": 1,
        },
    }
    headers = {"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET, "Content-Type": "application/json"}
    await door.post("/channels/village/telegram", data=b"{", headers=headers)
    async with database.writing() as session:
        row = await session.scalar(select(Quarantine))
        request = json.loads(secrets.unseal(row.request))
        request["body"] = base64.b64encode(json.dumps(update).encode()).decode()
        row.request = secrets.seal(json.dumps(request))
    async with database.reading() as session:
        (found,) = await quarantine.readable(session, secrets, door.app[CHANNELS])  # type: ignore[union-attr]
    await intake.store("village", found.channel, found.items, row.created_at)
    async with database.writing() as session:
        await quarantine.mark_replayed(session, [found.id])
        assert await quarantine.count_waiting(session) == 0
    assert await _count(database) == 1


async def test_a_body_over_three_megabytes_is_refused(door: Client, database: Database) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "x"}
    body = io.BytesIO(b"Body=" + b"x" * LARGEST_BODY)
    assert (await door.post(SMS, data=body, headers=headers)).status == 413
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
