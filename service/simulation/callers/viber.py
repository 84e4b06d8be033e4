"""Viber calling: one signed callback a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.simulation.callers.base import JSON, Arrived, Call, Caller, Settings, Text, hexdigest, packed, secret


def _settings() -> dict[str, str]:
    return {"auth_token": secret(), "name": "Rehearsal"}


def _external_id(settings: Settings, text: Text) -> str:
    return str(4_912_661_846_655_000_000 + text.number)


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    (text,) = texts
    body = packed(
        {
            "event": "message",
            "timestamp": int(text.sent_at.timestamp()) * 1000,
            "message_token": int(_external_id(settings, text)),
            "sender": {"id": text.sender, "name": "A"},
            "message": {"type": "text", "text": text.words},
        }
    )
    return Call(body, JSON | {"X-Viber-Content-Signature": hexdigest(settings["auth_token"], body)})


def _arrived(body: Mapping[str, Any], headers: Mapping[str, str]) -> Arrived:
    return Arrived(body["receiver"], body["text"])


CALLER = Caller(
    type="viber",
    settings=_settings,
    person=lambda index: f"{index:012d}A=",
    call=_call,
    external_id=_external_id,
    arrived=_arrived,
    accepted=lambda id: {"status": 0, "status_message": "ok", "message_token": int(id)},
)
