"""A phone with SMSSync calling: it brings texts one by one, and asks for those to send until it has told us that it has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from service.simulation.callers.base import (
    FORM,
    JSON,
    Arrived,
    Call,
    Caller,
    Settings,
    Text,
    number,
    packed,
    secret,
)


def _external_id(settings: Settings, text: Text) -> str:
    return f"sync-{text.number}"


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    (text,) = texts
    form = {
        "from": text.sender,
        "message": text.words,
        "message_id": _external_id(settings, text),
        "sent_timestamp": str(int(text.sent_at.timestamp()) * 1000),
        "secret": settings["path_secret"],
        "device_id": "phone",
    }
    return Call(urlencode(form).encode(), FORM, _query(settings))


def _query(settings: Settings, task: str = "") -> str:
    return f"?secret={settings['path_secret']}{f'&task={task}' if task else ''}"


def _ask(settings: Settings, address: str, now: datetime) -> Call:
    return Call(b"", {}, _query(settings, "send"), "GET")


def _collected(body: bytes) -> list[Arrived]:
    payload = json.loads(body)["payload"]
    return [Arrived(text["to"], text["message"], text["uuid"]) for text in payload.get("messages", ())]


def _confirm(settings: Settings, keys: Sequence[str], address: str, now: datetime) -> list[Call]:
    return [Call(packed({"queued_messages": list(keys)}), JSON, _query(settings, "sent"))]


CALLER = Caller(
    type="smssync",
    settings=lambda: {"path_secret": secret()},
    person=number,
    call=_call,
    external_id=_external_id,
    ask=_ask,
    collected=_collected,
    confirm=_confirm,
)
