"""What Meta's three ways of calling share: the signature of the body, and the events of Messenger and Instagram."""

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
    digits,
    hexdigest,
    packed,
    secret,
)


def signed(settings: Settings, value: Any) -> Call:
    body = packed(value)
    return Call(body, JSON | {"X-Hub-Signature-256": f"sha256={hexdigest(settings['app_secret'], body)}"})


def conversation(type: str, kind: str, setting: str, account: str) -> Caller:
    """Messenger or Instagram, several texts a request. `kind` is Meta's word for what `account`, of that `setting`, is."""

    def settings() -> dict[str, str]:
        return {setting: account, "access_token": secret(), "app_secret": secret(), "verify_token": secret()}

    def call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
        return signed(settings, {"object": kind, "entry": [{"id": account, "messaging": _events(account, texts)}]})

    return Caller(
        type=type,
        settings=settings,
        person=digits,
        call=call,
        external_id=lambda settings, text: mid(text),
        arrived=arrived,
        accepted=accepted,
        most=5,
    )


def _events(account: str, texts: Sequence[Text]) -> list[dict[str, Any]]:
    return [
        {
            "sender": {"id": text.sender},
            "recipient": {"id": account},
            "timestamp": int(text.sent_at.timestamp()) * 1000,
            "message": {"mid": mid(text), "text": text.words},
        }
        for text in texts
    ]


def mid(text: Text) -> str:
    return f"m_{text.number}"


def arrived(body: Mapping[str, Any], headers: Mapping[str, str]) -> Arrived:
    return Arrived(body["recipient"]["id"], body["message"]["text"])


def accepted(id: str) -> Any:
    return {"recipient_id": "1", "message_id": id}
