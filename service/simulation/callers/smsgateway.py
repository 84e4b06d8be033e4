"""An Android phone calling with SMS Gateway for Android: it signs the time of each call by its own clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.simulation.callers.base import (
    JSON,
    Arrived,
    Call,
    Caller,
    Settings,
    Text,
    hexdigest,
    number,
    packed,
    secret,
    stamp,
)


def _settings() -> dict[str, str]:
    return {"username": "REHEARSAL", "password": secret(), "signing_secret": secret()}


def _external_id(settings: Settings, text: Text) -> str:
    return f"Ey6ECgOkVVFjz3CL{text.number:08d}"


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    (text,) = texts
    sms = {
        "messageId": f"m{text.number}",
        "message": text.words,
        "phoneNumber": text.sender,
        "simNumber": 1,
        "receivedAt": stamp(text.sent_at),
    }
    body = packed({"deviceId": "phone", "event": "sms:received", "id": _external_id(settings, text), "payload": sms})
    timestamp = str(int(now.timestamp()))
    signature = hexdigest(settings["signing_secret"], body + timestamp.encode())
    return Call(body, JSON | {"X-Timestamp": timestamp, "X-Signature": signature})


def _arrived(body: Mapping[str, Any], headers: Mapping[str, str]) -> Arrived:
    return Arrived(body["phoneNumbers"][0], body["textMessage"]["text"], body["id"])


CALLER = Caller(
    type="smsgateway",
    settings=_settings,
    person=number,
    call=_call,
    external_id=_external_id,
    arrived=_arrived,
    accepted=lambda id: {"id": id, "state": "Pending"},
    accepted_status=202,
    repeated_status=409,
    signs_time=True,
)
