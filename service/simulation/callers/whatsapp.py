"""The WhatsApp Cloud API calling, several texts a request, spread over two entries as Meta may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from channels.whatsapp import without_number
from service.simulation.callers import meta
from service.simulation.callers.base import Arrived, Call, Caller, Settings, Text, digits, secret

PHONE = "106540352242922"


def _settings() -> dict[str, str]:
    return {"phone_number_id": PHONE, "access_token": secret(), "app_secret": secret(), "verify_token": secret()}


def _id(text: Text) -> str:
    return f"wamid.{text.number}"


def _external_id(settings: Settings, text: Text) -> str:
    return without_number(_id(text))


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    middle = (len(texts) + 1) // 2
    entries = [_entry(settings, part) for part in (texts[:middle], texts[middle:]) if part]
    return meta.signed(settings, {"object": "whatsapp_business_account", "entry": entries})


def _entry(settings: Settings, texts: Sequence[Text]) -> Any:
    messages = [
        {
            "from": text.sender,
            "id": _id(text),
            "timestamp": str(int(text.sent_at.timestamp())),
            "type": "text",
            "text": {"body": text.words},
        }
        for text in texts
    ]
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "99900000002", "phone_number_id": PHONE},
        "contacts": [{"profile": {"name": "A"}, "wa_id": text.sender} for text in texts],
        "messages": messages,
    }
    return {"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}


def _arrived(body: Mapping[str, Any], headers: Mapping[str, str]) -> Arrived:
    return Arrived(body["to"], body["text"]["body"])


CALLER = Caller(
    type="whatsapp",
    settings=_settings,
    person=digits,
    call=_call,
    external_id=_external_id,
    arrived=_arrived,
    accepted=lambda id: {"messaging_product": "whatsapp", "messages": [{"id": id}]},
    most=20,
)
