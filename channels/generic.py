"""Any other gateway, by a small signed webhook each way. Signed as in Standard Webhooks, which has libraries for most
languages: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

The gateway POSTs JSON with one or both lists, times in ISO 8601, `?` marking what may be left out:
`{"messages": [{"id", "from", "text", "sent_at"?, "location"?: {"latitude", "longitude"}, "replies_to"?,
    "part"?: {"reference", "number", "total"}, "media"?: [{"content_type", "content"}]}],
  "statuses": [{"id", "state": sent|delivered|read|failed, "at"?, "opted_out"?: true}]}`
where `content` is base64 and the whole request has 3 MB at most. We POST `{"id", "to", "text"}` to `api_url`, signed with
the same `signing_secret`, with `"attachment": {"url", "content_type", "name"}` where a file goes along; `id` is the same
when we try again. It answers 2xx with `{"id"}`, its own id for the text, which `statuses` and `replies_to` then name; or
4xx with `{"error": "opted_out"}` where the person must not be texted again; or 429 or 5xx, with Retry-After if it likes.
docs/how-to/connect-any-gateway.md has it step by step.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, get_args

from aiohttp import ClientSession

from channels.attaching import demand
from channels.base import (
    BadPayload,
    Delivery,
    DeliveryState,
    Inbound,
    Media,
    NotAuthentic,
    Outbound,
    Part,
    Reply,
    SendFailed,
    Webhook,
    setting,
)
from channels.connecting import address_faults, unreachable
from channels.payload import Fields, read_each, read_json
from channels.proof import demand_recent, utc_now
from channels.sending import TIMEOUT, Answer, check, post

_STATES: dict[str, DeliveryState] = {state: state for state in get_args(DeliveryState)}
_PREFIX = "whsec_"
MOST_PARTS = 255
"""Pieces of one text; an SMS has no more."""


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
    holds_files: ClassVar[Literal[True]] = True
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[Mapping[str, int | None]] = {"image": None, "audio": None, "document": None}

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
        what: dict[str, Any] = {"id": outbound.key, "to": outbound.to, "text": outbound.text}
        if outbound.attachment is not None:
            demand(outbound.attachment, self.carries)
            what["attachment"] = asdict(outbound.attachment)
        answer = await self._post(http, outbound.key, what)
        error = answer.dig("error")
        check(answer, code=error, opted_out=error == "opted_out" and answer.status < 500)
        return answer.id("id")

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return (
            f"Have the gateway POST what it gets to {address}",
            "It signs with signing_secret and the headers webhook-id, webhook-timestamp and webhook-signature.",
            "docs/how-to/connect-any-gateway.md shows how, with an example for the command line.",
        )

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        """Asks the gateway with a signed `{"ping": true}`, which it answers with `{"pong": true}`."""
        faults = address_faults(address, "The gateway")
        try:
            answer = await self._post(http, "ping", {"ping": True})
        except SendFailed as failed:
            return (*faults, unreachable("The gateway", failed))
        if answer.status in (401, 403):
            return (*faults, "The gateway refuses our signature: give it the same signing_secret, and set its clock.")
        if not 200 <= answer.status < 300 or answer.dig("pong") is not True:
            return (
                *faults,
                f"The gateway answered {answer.status} to a ping: check api_url; it must answer"
                ' {"ping": true} with {"pong": true}.',
            )
        return faults

    async def _post(self, http: ClientSession, id: str, what: dict[str, Any]) -> Answer:
        body = json.dumps(what, ensure_ascii=False).encode()
        timestamp = str(int(self.clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": timestamp,
            "webhook-signature": self._signature(id, timestamp, body),
        }
        return await post(http, self.api_url, seconds=self.timeout, data=body, headers=headers)

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
        media=tuple(
            Media(content_type=file.kind("content_type"), content=file.base64("content"))
            for file in message.objects("media")
        ),
        part=_part(message.object("part")) if message.has("part") else None,
        replies_to=message.id("replies_to") if message.has("replies_to") else None,
    )


def _part(part: Fields) -> Part:
    number, total = part.integer("number"), part.integer("total")
    if not 1 <= number <= total <= MOST_PARTS:
        raise BadPayload(f"{part.path}.number is not from 1 to total, or total is more than {MOST_PARTS}")
    return Part(part.id("reference"), number, total)


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
