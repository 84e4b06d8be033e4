"""What Meta's three ways of calling share: the signature of the body, and the events of Messenger and Instagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.simulation.callers.base import JSON, Arrived, Call, Settings, Text, hexdigest, packed


def signed(settings: Settings, value: Any) -> Call:
    body = packed(value)
    return Call(body, JSON | {"X-Hub-Signature-256": f"sha256={hexdigest(settings['app_secret'], body)}"})


def conversation(settings: Settings, kind: str, account: str, texts: Sequence[Text]) -> Call:
    """Texts to a page or an account, one event each."""
    events = [
        {
            "sender": {"id": text.sender},
            "recipient": {"id": account},
            "timestamp": int(text.sent_at.timestamp()) * 1000,
            "message": {"mid": mid(text), "text": text.words},
        }
        for text in texts
    ]
    return signed(settings, {"object": kind, "entry": [{"id": account, "messaging": events}]})


def mid(text: Text) -> str:
    return f"m_{text.number}"


def arrived(body: Mapping[str, Any], headers: Mapping[str, str]) -> Arrived:
    return Arrived(body["recipient"]["id"], body["message"]["text"])


def accepted(id: str) -> Any:
    return {"recipient_id": "1", "message_id": id}
