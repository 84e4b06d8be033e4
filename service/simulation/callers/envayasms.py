"""A phone with EnvayaSMS calling. Every answer may carry texts to send; one whose id it had before it drops."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from service.simulation.callers.base import FORM, Arrived, Call, Caller, Settings, Text, number, secret


def _form(text: Text) -> dict[str, str]:
    # The app gives texts no id; the moment to the millisecond keeps two of one person apart.
    moment = int(text.sent_at.timestamp()) * 1000
    return {
        "action": "incoming",
        "message_type": "sms",
        "from": text.sender,
        "message": text.words,
        "timestamp": str(moment),
    }


def _external_id(settings: Settings, text: Text) -> str:
    form = _form(text)
    parts = [form.get(name, "") for name in ("message_type", "from", "timestamp", "message", "mms_parts")]
    return hmac.new(settings["password"].encode(), json.dumps(parts).encode(), "sha256").hexdigest()[:40]


def _signed(settings: Settings, address: str, form: Mapping[str, str]) -> Call:
    whole = {**form, "version": "30", "phone_number": "99900000004"}
    signed = ",".join((address, *(f"{name}={value}" for name, value in sorted(whole.items())), settings["password"]))
    digest = hashlib.sha1(signed.encode(), usedforsecurity=False).digest()
    return Call(urlencode(whole).encode(), FORM | {"X-Request-Signature": base64.b64encode(digest).decode()})


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    (text,) = texts
    return _signed(settings, address, _form(text))


def _ask(settings: Settings, address: str, now: datetime) -> Call:
    return _signed(settings, address, {"action": "outgoing"})


def _collected(body: bytes) -> list[Arrived]:
    events = json.loads(body).get("events", ()) if body else ()
    return [
        Arrived(text["to"], text["message"], text["id"])
        for event in events
        if event["event"] == "send"
        for text in event["messages"]
    ]


def _confirm(settings: Settings, keys: Sequence[str], address: str, now: datetime) -> list[Call]:
    return [_signed(settings, address, {"action": "send_status", "id": key, "status": "sent"}) for key in keys]


CALLER = Caller(
    type="envayasms",
    settings=lambda: {"password": secret()},
    person=number,
    call=_call,
    external_id=_external_id,
    ask=_ask,
    collected=_collected,
    confirm=_confirm,
)
