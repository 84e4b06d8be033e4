"""Vonage calling: one text a request, with a token that is bound to the body. It calls again for a day."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from service.simulation.callers.base import JSON, Arrived, Call, Caller, Settings, Text, digits, packed, secret, stamp


def _settings() -> dict[str, str]:
    return {
        "account_key": "a1b2c3d4",
        "application_id": "78d335fa-323d-0114-9c3d-d6f0d48968cf",
        "private_key": _private_key(),
        "signature_secret": secret(),
        "from_number": "99900000003",
    }


@cache
def _private_key() -> str:
    """An RSA key in PEM on one line, made once for the process: the settings of a channel are one line each."""
    key = generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return pem.replace("\n", "\\n")


def _external_id(settings: Settings, text: Text) -> str:
    return f"aaaaaaaa-bbbb-4ccc-8ddd-{text.number:012x}"


def _call(settings: Settings, texts: Sequence[Text], address: str, now: datetime) -> Call:
    (text,) = texts
    body = packed(
        {
            "to": settings["from_number"],
            "from": text.sender,
            "channel": "sms",
            "message_uuid": _external_id(settings, text),
            "timestamp": stamp(text.sent_at),
            "message_type": "text",
            "text": text.words,
            "sms": {"num_messages": "1"},
        }
    )
    claims = {
        "iat": int(now.timestamp()),
        "jti": f"call-{text.number}",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": settings["account_key"],
        "application_id": settings["application_id"],
    }
    signed = f"{_encoded(packed({'typ': 'JWT', 'alg': 'HS256'}))}.{_encoded(packed(claims))}"
    signature = hmac.digest(settings["signature_secret"].encode(), signed.encode(), "sha256")
    return Call(body, JSON | {"Authorization": f"Bearer {signed}.{_encoded(signature)}"})


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _arrived(body: Mapping[str, Any], headers: Mapping[str, str]) -> Arrived:
    return Arrived(body["to"], body["text"])


CALLER = Caller(
    type="vonage",
    settings=_settings,
    person=digits,
    call=_call,
    external_id=_external_id,
    arrived=_arrived,
    accepted=lambda id: {"message_uuid": id},
    accepted_status=202,
)
