"""A browser with our own phone page. Nobody is between us: it tries again until it is answered, and reads its replies itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from channels.webchat import token_of
from service.simulation.callers.base import JSON, Call, Caller, Settings, Text, packed, secret


def _external_id(settings: Settings, text: Text) -> str:
    return hashlib.sha256(f"{text.sender}\n{text.number}".encode()).hexdigest()


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    (text,) = texts
    token = token_of(settings["secret"], text.sender)
    return Call(
        packed({"id": str(text.number), "sender": text.sender, "token": token, "text": text.words}),
        JSON,
    )


CALLER = Caller(
    type="webchat",
    settings=lambda: {"secret": secret()},
    person=lambda index: f"browser-{index:014d}",
    call=_call,
    external_id=_external_id,
)
