"""SMS through Vonage's Messages API.

https://developer.vonage.com/en/messages/concepts/signed-webhooks (JWT, HS256, payload_hash)
https://developer.vonage.com/en/messages/concepts/messages-status-callbacks (statuses)
https://developer.vonage.com/en/api/messages (inbound texts, sending, errors)

The token is bound to the body by its hash. Its age is not looked at: Vonage delivers again for a day, and a text that
comes twice is one text by its id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, ClassVar

from aiohttp import ClientSession, encode_basic_auth

from channels.base import Delivery, DeliveryState, Inbound, NotAuthentic, Reply, Webhook, setting
from channels.payload import Fields, read_json
from channels.proof import same
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
    account_secret: str = setting("API secret of the account.", secret=True)
    signature_secret: str = setting("Signature secret of the account: signs the webhooks.", secret=True)
    from_number: str = setting("Your number or sender id, digits only for a number.")
    api_url: str = setting("Address of the API.", default="https://api.nexmo.com")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "vonage"
    max_length: ClassVar[int] = 1000
    segmented: ClassVar[bool] = True

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

    async def send(self, http: ClientSession, to: str, text: str, key: str) -> str:
        payload = {
            "channel": "sms",
            "message_type": "text",
            "to": to.removeprefix("+"),
            "from": self.from_number.removeprefix("+"),
            "text": text,
            "client_ref": key,
        }
        answer = await post(
            http,
            f"{self.api_url}/v1/messages",
            seconds=self.timeout,
            json=payload,
            headers={"Authorization": encode_basic_auth(self.account_key, self.account_secret)},
        )
        check(answer, code=answer.dig("title"))
        return answer.id("message_uuid")


def _claims(token: str, secret: str) -> dict[str, Any]:
    """What a JWT says if it is signed with the secret by HS256, else nothing. RFC 7515."""
    signed, _, signature = token.rpartition(".")
    digest = hmac.digest(secret.encode(), signed.encode("utf-8", "surrogatepass"), "sha256")
    if not same(signature, base64.urlsafe_b64encode(digest).decode().rstrip("=")):
        return {}
    head, _, said = signed.partition(".")
    header, claims = _part(head), _part(said)
    return claims if header.get("alg") == "HS256" else {}


def _part(encoded: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _reason(body: Fields) -> str:
    code = str(body.values["error"].get("title")) if isinstance(body.values.get("error"), dict) else ""
    return f"code {code}" if code.isascii() and code.isdigit() and len(code) <= 7 else ""
