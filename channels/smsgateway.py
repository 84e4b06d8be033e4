"""SMS through a CSO's own Android phone with the app SMS Gateway for Android (SMSGate).

https://docs.sms-gate.app/features/webhooks/ (what arrives, X-Signature, X-Timestamp, 14 redeliveries in two days)
https://docs.sms-gate.app/features/sending-messages/ (sending)

Register a webhook for each of sms:received, sms:sent, sms:delivered and sms:failed. The phone signs every attempt anew
with its own clock, so that clock must be right to five minutes. A received text is known by the envelope's id: the
message's own id is made of its content, and two people's equal texts would be one.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from aiohttp import ClientSession, encode_basic_auth

from channels.base import Delivery, DeliveryState, Inbound, NotAuthentic, Outbound, Reply, Webhook, setting
from channels.payload import read_json
from channels.proof import demand_recent, same, utc_now
from channels.sending import TIMEOUT, check, post

_STATES: dict[str, tuple[DeliveryState, str]] = {
    "sms:sent": ("sent", "sentAt"),
    "sms:delivered": ("delivered", "deliveredAt"),
    "sms:failed": ("failed", "failedAt"),
}
_HAS_IT_ALREADY = 409


@dataclass(frozen=True)
class SmsGateway:
    username: str = setting("User name the app shows on its home tab.")
    password: str = setting("Password the app shows on its home tab.", secret=True)
    signing_secret: str = setting("Signing key from the app: Settings, Webhooks.", secret=True)
    api_url: str = setting(
        "Address of the API: the cloud server's, your own server's, or the phone's.",
        default="https://api.sms-gate.app/3rdparty/v1",
    )
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)
    clock: Callable[[], datetime] = field(default=utc_now, repr=False, compare=False)

    type: ClassVar[str] = "smsgateway"
    max_length: ClassVar[int] = 1600
    segmented: ClassVar[bool] = True
    idempotent: ClassVar[bool] = True
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[frozenset[str]] = frozenset()

    def authenticate(self, hook: Webhook) -> None:
        timestamp = hook.headers.get("X-Timestamp", "")
        signed = hook.body + timestamp.encode("utf-8", "surrogatepass")
        wanted = hmac.new(self.signing_secret.encode(), signed, "sha256").hexdigest()
        if not same(hook.headers.get("X-Signature", ""), wanted):
            raise NotAuthentic("the phone's signature is wrong")
        demand_recent(timestamp, self.clock())

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        """Texts and what became of ours. Pings, data messages and picture messages are ignored."""
        envelope = read_json(hook.body)
        event = envelope.text("event")
        if event == "sms:received":
            sms = envelope.object("payload")
            return [Inbound(sms.id("phoneNumber"), sms.text("message"), envelope.id("id"), sms.iso_time("receivedAt"))]
        if event in _STATES:
            state, when = _STATES[event]
            sms = envelope.object("payload")
            return [Delivery(sms.id("messageId"), state, sms.iso_time(when))]
        return []

    def reply(self, hook: Webhook) -> Reply:
        return Reply()

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        id = self._id(outbound.to, outbound.text, outbound.key)
        payload = {
            "id": id,
            "textMessage": {"text": outbound.text},
            "phoneNumbers": [outbound.to],
            "withDeliveryReport": True,
        }
        answer = await post(
            http,
            f"{self.api_url}/messages",
            seconds=self.timeout,
            json=payload,
            headers={"Authorization": encode_basic_auth(self.username, self.password)},
        )
        if answer.status == _HAS_IT_ALREADY:
            return id
        check(answer)
        return answer.id("id")

    def _id(self, to: str, text: str, key: str) -> str:
        """Our id for a text, at most 36 characters: the same on every retry, so that the phone is not told twice.

        Of the whole text, not of the key alone: after a fresh start the same key may stand for another text.
        """
        return str(UUID(bytes=hmac.digest(self.password.encode(), f"{key}\n{to}\n{text}".encode(), "sha256")[:16]))
