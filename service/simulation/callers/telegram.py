"""Telegram calling: one update a request, until it is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.simulation.callers.base import JSON, Arrived, Call, Caller, Settings, Text, digits, packed, secret


def _settings() -> dict[str, str]:
    return {"bot_token": f"110201543:{secret()}", "webhook_secret": secret()}


def _external_id(settings: Settings, text: Text) -> str:
    return str(10_000 + text.number)


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    (text,) = texts
    person = int(text.sender)
    message = {
        "message_id": text.number,
        "from": {"id": person, "is_bot": False, "first_name": "A"},
        "chat": {"id": person, "type": "private", "first_name": "A"},
        "date": int(text.sent_at.timestamp()),
        "text": text.words,
    }
    body = packed({"update_id": int(_external_id(settings, text)), "message": message})
    return Call(body, JSON | {"X-Telegram-Bot-Api-Secret-Token": settings["webhook_secret"]})


def _arrived(body: Mapping[str, Any], headers: Mapping[str, str]) -> Arrived:
    return Arrived(str(body["chat_id"]), body["text"])


CALLER = Caller(
    type="telegram",
    settings=_settings,
    person=digits,
    call=_call,
    external_id=_external_id,
    arrived=_arrived,
    accepted=lambda id: {"ok": True, "result": {"message_id": int(id)}},
)
