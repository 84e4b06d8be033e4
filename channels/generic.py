"""Any other gateway, by a small signed webhook each way. Signed as in Standard Webhooks, which has libraries for most
languages: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

The gateway POSTs JSON with one or both lists:
`{"messages": [{"id", "from", "text", "sent_at"?, "location"?: {"latitude", "longitude"}}],
  "statuses": [{"id", "state": sent|delivered|read|failed, "at"?, "opted_out"?: true}]}`
with times in ISO 8601. We POST `{"id", "to", "text"}` to `api_url`, signed with the same `signing_secret`; `id` is the
same when we try again. It answers 2xx with `{"id"}`, its own id for the text, which `statuses` then name; or 4xx with
`{"error": "opted_out"}` where the person must not be texted again; or 429 or 5xx, with Retry-After if it likes.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, get_args

from aiohttp import ClientSession

from channels.base import BadPayload, Delivery, DeliveryState, Inbound, NotAuthentic, Outbound, Reply, Webhook, setting
from channels.payload import Fields, read_each, read_json
from channels.proof import demand_recent, utc_now
from channels.sending import TIMEOUT, check, post

_STATES: dict[str, DeliveryState] = {state: state for state in get_args(DeliveryState)}
_PREFIX = "whsec_"


@dataclass(frozen=True)
class Generic:
    signing_secret: str = setting("Signs both ways: whsec_ and the base64 of 24 to 64 random bytes.", secret=True)
    api_url: str = setting("Address of the gateway that takes our texts.")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)
    clock: Callable[[], datetime] = field(default=utc_now, repr=False, compare=False)

    type: ClassVar[str] = "generic"
    max_length: ClassVar[int] = 1600
    segmented: ClassVar[bool] = True
    idempotent: ClassVar[bool] = True
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        if not 24 <= len(_key(self.signing_secret)) <= 64:
            raise ValueError(
                "signing_secret must be whsec_ and the base64 of 24 to 64 random bytes; openssl rand -base64 32"
            )

    def authenticate(self, hook: Webhook) -> None:
        id, timestamp = hook.headers.get("webhook-id", ""), hook.headers.get("webhook-timestamp", "")
        wanted = self._signature(id, timestamp, hook.body).encode()
        given = hook.headers.get("webhook-signature", "").encode("utf-8", "surrogatepass").split(b" ")
        # Several signatures while a secret is being changed; all are compared, whichever is right.
        if not sum(hmac.compare_digest(signature, wanted) for signature in given):
            raise NotAuthentic("the signature is wrong")
        demand_recent(timestamp, self.clock())

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        body = read_json(hook.body)
        if not (body.has("messages") or body.has("statuses")):
            raise BadPayload("the body has neither messages nor statuses")
        texts = ((_texts, message) for message in body.objects("messages"))
        return read_each([*texts, *((_deliveries, status) for status in body.objects("statuses"))])

    def reply(self, hook: Webhook) -> Reply:
        return Reply("{}", "application/json")

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        body = json.dumps({"id": outbound.key, "to": outbound.to, "text": outbound.text}, ensure_ascii=False).encode()
        timestamp = str(int(self.clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": outbound.key,
            "webhook-timestamp": timestamp,
            "webhook-signature": self._signature(outbound.key, timestamp, body),
        }
        answer = await post(http, self.api_url, seconds=self.timeout, data=body, headers=headers)
        error = answer.dig("error")
        check(answer, code=error, opted_out=error == "opted_out" and answer.status < 500)
        return answer.id("id")

    def _signature(self, id: str, timestamp: str, body: bytes) -> str:
        signed = f"{id}.{timestamp}.".encode("utf-8", "surrogatepass") + body
        return "v1," + base64.b64encode(hmac.digest(_key(self.signing_secret), signed, "sha256")).decode()


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        return b""


def _texts(message: Fields) -> list[Inbound]:
    return [_inbound(message)]


def _deliveries(status: Fields) -> list[Delivery]:
    return [_delivery(status)]


def _inbound(message: Fields) -> Inbound:
    return Inbound(
        sender=message.id("from"),
        text=message.text("text"),
        external_id=message.id("id"),
        sent_at=message.iso_time("sent_at"),
        location=message.object("location").place("latitude", "longitude") if message.has("location") else None,
    )


def _delivery(status: Fields) -> Delivery:
    state = status.text("state")
    if state not in _STATES:
        raise BadPayload(f"{status.path}.state is not one of {', '.join(_STATES)}")
    return Delivery(
        external_id=status.id("id"),
        state=_STATES[state],
        at=status.iso_time("at"),
        opted_out=status.values.get("opted_out") is True,
    )
