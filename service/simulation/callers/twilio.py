"""Twilio calling: every third person writes by WhatsApp, the others by SMS. It calls again only after a broken connection."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from service.simulation.callers.base import FORM, Arrived, Call, Caller, Settings, Text, number, secret


def _settings() -> dict[str, str]:
    return {"account_sid": f"AC{secret()[:32]}", "auth_token": secret(), "from_number": "+99900000000"}


def _person(index: int) -> str:
    return f"whatsapp:{number(index)}" if index % 3 == 0 else number(index)


def _external_id(settings: Settings, text: Text) -> str:
    return f"SM{text.number:032x}"


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    (text,) = texts
    sid = _external_id(settings, text)
    form = {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": settings["account_sid"],
        "From": text.sender,
        "To": settings["from_number"],
        "Body": text.words,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }
    signed = address + "".join(name + value for name, value in sorted(form.items()))
    signature = base64.b64encode(hmac.digest(settings["auth_token"].encode(), signed.encode(), "sha1")).decode()
    return Call(urlencode(form).encode(), FORM | {"X-Twilio-Signature": signature})


def _arrived(form: Mapping[str, Any], headers: Mapping[str, str]) -> Arrived:
    return Arrived(form["To"], form["Body"], headers.get("I-Twilio-Idempotency-Token"))


CALLER = Caller(
    type="twilio",
    settings=_settings,
    person=_person,
    call=_call,
    external_id=_external_id,
    arrived=_arrived,
    accepted=lambda id: {"sid": id, "status": "queued"},
    accepted_status=201,
    redelivers="connection",
    base64=True,
)
