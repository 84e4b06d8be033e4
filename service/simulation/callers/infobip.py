"""Infobip calling, several texts a request. The address carries the secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.simulation.callers.base import JSON, Arrived, Call, Caller, Settings, Text, digits, packed, secret, stamp


def _settings() -> dict[str, str]:
    return {"api_key": secret(), "path_secret": secret(), "sender": "99900000001"}


def _external_id(settings: Settings, text: Text) -> str:
    return str(817790313235000000 + text.number)


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    results = [
        {
            "messageId": _external_id(settings, text),
            "from": text.sender,
            "to": settings["sender"],
            "text": text.words,
            "cleanText": text.words,
            "receivedAt": stamp(text.sent_at),
            "smsCount": 1,
        }
        for text in texts
    ]
    body = packed({"results": results, "messageCount": len(results), "pendingMessageCount": 0})
    return Call(body, JSON, f"?secret={settings['path_secret']}")


def _arrived(body: Mapping[str, Any], headers: Mapping[str, str]) -> Arrived:
    message = body["messages"][0]
    return Arrived(message["destinations"][0]["to"], message["content"]["text"])


CALLER = Caller(
    type="infobip",
    settings=_settings,
    person=digits,
    call=_call,
    external_id=_external_id,
    arrived=_arrived,
    accepted=lambda id: {"messages": [{"messageId": id, "status": {"groupName": "PENDING", "id": 26}}]},
    most=5,
)
