"""Africa's Talking calling. It signs nothing: the address carries the secret. It does not call again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from service.simulation.callers.base import FORM, Arrived, Call, Caller, Settings, Text, number, secret, stamp


def _settings() -> dict[str, str]:
    return {"username": "rehearsal", "api_key": secret(), "path_secret": secret(), "sender": "22384"}


def _external_id(settings: Settings, text: Text) -> str:
    return f"ATXid_{text.number}"


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    (text,) = texts
    form = {
        "linkId": "rehearsal",
        "text": text.words,
        "to": settings["sender"],
        "id": _external_id(settings, text),
        "date": stamp(text.sent_at),
        "from": text.sender,
    }
    return Call(urlencode(form).encode(), FORM, f"?secret={settings['path_secret']}")


def _arrived(form: Mapping[str, Any], headers: Mapping[str, str]) -> Arrived:
    return Arrived(form["to"], form["message"])


def _accepted(id: str) -> Any:
    recipient = {"statusCode": 101, "status": "Success", "cost": "KES 0.8000", "messageId": id}
    return {"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [recipient]}}


CALLER = Caller(
    type="africastalking",
    settings=_settings,
    person=number,
    call=_call,
    external_id=_external_id,
    arrived=_arrived,
    accepted=_accepted,
    accepted_status=201,
    redelivers="connection",
)
