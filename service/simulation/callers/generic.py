"""Any other gateway calling, signed as in Standard Webhooks, several texts a request."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.simulation.callers.base import JSON, Arrived, Call, Caller, Settings, Text, number, packed, stamp


def _settings() -> dict[str, str]:
    return {"signing_secret": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()}


def _external_id(settings: Settings, text: Text) -> str:
    return f"gateway-{text.number}"


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    messages = [
        {"id": _external_id(settings, text), "from": text.sender, "text": text.words, "sent_at": stamp(text.sent_at)}
        for text in texts
    ]
    body = packed({"messages": messages})
    id, timestamp = f"call-{texts[0].number}", str(int(now.timestamp()))
    key = base64.b64decode(settings["signing_secret"].removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"{id}.{timestamp}.".encode() + body, "sha256")).decode()
    return Call(body, JSON | {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"})


def _arrived(body: Mapping[str, Any], headers: Mapping[str, str]) -> Arrived:
    return Arrived(body["to"], body["text"], body["id"])


CALLER = Caller(
    type="generic",
    settings=_settings,
    person=number,
    call=_call,
    external_id=_external_id,
    arrived=_arrived,
    accepted=lambda id: {"id": id},
    most=10,
    signs_time=True,
)
