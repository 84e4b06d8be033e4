"""Chat with a Viber bot.

https://developers.viber.com/docs/api/rest-bot-api/ (callbacks, X-Viber-Content-Signature, send_message, error codes)
Viber says no in the body of a 200: status 0 is accepted, everything else is not.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from aiohttp import ClientSession

from channels.base import Delivery, DeliveryState, Inbound, NotAuthentic, Outbound, Reply, Webhook, setting
from channels.payload import Fields, read_json
from channels.proof import same
from channels.sending import TIMEOUT, check, post, refusal

_STATES: dict[str, DeliveryState] = {"delivered": "delivered", "seen": "read", "failed": "failed"}
_NOT_SUBSCRIBED = 6
_TOO_MANY_REQUESTS = 12


@dataclass(frozen=True)
class Viber:
    auth_token: str = setting("Authentication token of the bot: signs the callbacks and opens the API.", secret=True)
    name: str = setting("Name people see as the sender, at most 28 characters.")
    api_url: str = setting("Address of Viber's bot API.", default="https://chatapi.viber.com")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "viber"
    max_length: ClassVar[int] = 7000
    segmented: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[frozenset[str]] = frozenset()

    def authenticate(self, hook: Webhook) -> None:
        wanted = hmac.new(self.auth_token.encode(), hook.body, "sha256").hexdigest()
        if not same(hook.headers.get("X-Viber-Content-Signature", ""), wanted):
            raise NotAuthentic("the Viber signature is wrong")

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        """Texts and what became of ours. Subscriptions and opened conversations are no texts: ignored."""
        callback = read_json(hook.body)
        event = callback.text("event")
        at = callback.time("timestamp", per_second=1000)
        if event == "message":
            return [_inbound(callback)]
        if event in _STATES:
            return [Delivery(callback.id("message_token"), _STATES[event], at)]
        return []

    def reply(self, hook: Webhook) -> Reply:
        return Reply()

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        payload = {
            "receiver": outbound.to,
            "min_api_version": 1,
            "sender": {"name": self.name},
            "tracking_data": outbound.key,
            "type": "text",
            "text": outbound.text,
        }
        headers = {"X-Viber-Auth-Token": self.auth_token}
        answer = await post(
            http, f"{self.api_url}/pa/send_message", seconds=self.timeout, json=payload, headers=headers
        )
        code = answer.dig("status")
        check(answer, code=code)
        if isinstance(code, int) and code != 0:
            raise refusal(answer, code=code, retry=code == _TOO_MANY_REQUESTS, opted_out=code == _NOT_SUBSCRIBED)
        return answer.id("message_token")


def _inbound(callback: Fields) -> Inbound:
    message = callback.object("message")
    pin = message.object("location") if message.has("location") else None
    return Inbound(
        sender=callback.object("sender").id("id"),
        text=message.optional_text("text"),
        external_id=callback.id("message_token"),
        sent_at=callback.time("timestamp", per_second=1000),
        location=pin.place("lat", "lon") if pin else None,
    )
