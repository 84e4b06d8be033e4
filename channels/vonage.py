"""SMS through Vonage's Messages API.

https://developer.vonage.com/en/messages/concepts/signed-webhooks (JWT, HS256, payload_hash)
https://developer.vonage.com/en/messages/concepts/messages-status-callbacks (statuses)
https://developer.vonage.com/en/api/messages (inbound texts, sending, errors)
https://developer.vonage.com/en/getting-started/concepts/authentication (RS256 tokens: only texts sent with one report)

The token of a webhook is bound to the body by its hash. Its age is not looked at: Vonage delivers again for a day, and
a text that comes twice is one text by its id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar
from uuid import uuid4

from aiohttp import ClientSession
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from channels.base import Delivery, DeliveryState, Inbound, NotAuthentic, Outbound, Reply, Webhook, setting
from channels.payload import Fields, read_json
from channels.proof import same, utc_now
from channels.sending import TIMEOUT, check, post

_STATES: dict[str, DeliveryState] = {
    "submitted": "sent",
    "delivered": "delivered",
    "read": "read",
    "rejected": "failed",
    "undeliverable": "failed",
}


@dataclass(frozen=True)
class Vonage:
    account_key: str = setting("API key of the account, shown in the dashboard; it is a name, not a secret.")
    application_id: str = setting("Id of the application with the capability Messages.")
    private_key: str = setting("Private key of the application in PEM; line ends may be written as \\n.", secret=True)
    signature_secret: str = setting("Signature secret of the account: signs the webhooks.", secret=True)
    from_number: str = setting("Your number or sender id, digits only for a number.")
    api_url: str = setting("Address of the API.", default="https://api.nexmo.com")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)
    clock: Callable[[], datetime] = field(default=utc_now, repr=False, compare=False)

    type: ClassVar[str] = "vonage"
    max_length: ClassVar[int] = 1000
    segmented: ClassVar[bool] = True
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        _load(self.private_key)

    def authenticate(self, hook: Webhook) -> None:
        scheme, _, token = hook.headers.get("Authorization", "").partition(" ")
        claims = _claims(token, self.signature_secret) if scheme.lower() == "bearer" else {}
        about_this_body = same(str(claims.get("payload_hash")), hashlib.sha256(hook.body).hexdigest())
        if not about_this_body or not same(str(claims.get("api_key")), self.account_key):
            raise NotAuthentic("the Vonage token is wrong")

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        body = read_json(hook.body)
        external_id = body.id("message_uuid")
        at = body.iso_time("timestamp")
        if body.has("status"):
            status = body.text("status")
            return [Delivery(external_id, _STATES[status], at, _reason(body))] if status in _STATES else []
        text = body.text("text") if body.text("message_type") == "text" else ""
        return [Inbound(body.id("from"), text, external_id, at)]

    def reply(self, hook: Webhook) -> Reply:
        return Reply()

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        payload = {
            "channel": "sms",
            "message_type": "text",
            "to": outbound.to.removeprefix("+"),
            "from": self.from_number.removeprefix("+"),
            "text": outbound.text,
            "client_ref": outbound.key,
        }
        answer = await post(
            http,
            f"{self.api_url}/v1/messages",
            seconds=self.timeout,
            json=payload,
            headers={"Authorization": f"Bearer {self._token()}"},
        )
        check(answer, code=answer.dig("title"))
        return answer.id("message_uuid")

    def _token(self) -> str:
        """A token for one request. RFC 7515, RS256."""
        now = int(self.clock().timestamp())
        claims = {"application_id": self.application_id, "iat": now, "exp": now + 300, "jti": str(uuid4())}
        signed = f"{_encode({'typ': 'JWT', 'alg': 'RS256'})}.{_encode(claims)}"
        return f"{signed}.{_base64(_load(self.private_key).sign(signed.encode(), PKCS1v15(), SHA256()))}"


def _claims(token: str, secret: str) -> dict[str, Any]:
    """What a JWT says if it is signed with the secret by HS256, else nothing. RFC 7515."""
    signed, _, signature = token.rpartition(".")
    digest = hmac.digest(secret.encode(), signed.encode("utf-8", "surrogatepass"), "sha256")
    if not same(signature, _base64(digest)):
        return {}
    head, _, said = signed.partition(".")
    header, claims = _part(head), _part(said)
    return claims if header.get("alg") == "HS256" else {}


@lru_cache(maxsize=8)
def _load(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("private_key is not an RSA key in PEM")
    return key


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _encode(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _part(encoded: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _reason(body: Fields) -> str:
    code = str(body.values["error"].get("title")) if isinstance(body.values.get("error"), dict) else ""
    return f"code {code}" if code.isascii() and code.isdigit() and len(code) <= 7 else ""
