"""SMS through a CSO's own Android phone with Ushahidi's app SMSSync.

https://smssync.ushahidi.com/developers/ (what arrives and its answer; the tasks send, sent and result)
https://github.com/ushahidi/SMSSync, PostMessage.java (what the app does with texts to send, with and without these settings)

The app signs nothing. Its Sync URL ends in `/PATH_SECRET`, and its Secret Key is the same value, which it sends with
each text and demands in each answer: at least 128 random bits, compared in constant time; HTTPS only.

The phone asks for texts to send. With "Message Results API" and "SMS Delivery Report" turned on in the app it sends them
only once it has told us that it has them, so a text asked for and not confirmed can be handed over again. Without them
it sends at once and never says so, nor why a text failed: there is nothing to ask it, and such a text stays uncertain.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from aiohttp import ClientSession

from channels.base import (
    Asked,
    Delivery,
    Inbound,
    NotAuthentic,
    Outbound,
    Reply,
    SendFailed,
    Webhook,
    setting,
)
from channels.connecting import address_faults
from channels.payload import Fields, read_json
from channels.proof import demand_secret_in_url, demand_strength, same

_MILLISECONDS = 10**11
"""A time with a larger number is not in seconds."""


@dataclass(frozen=True)
class SmsSync:
    path_secret: str = setting(
        "Ends the Sync URL, and is the Secret Key in the app: at least 128 random bits, of A-Z a-z 0-9.", secret=True
    )

    type: ClassVar[str] = "smssync"
    max_length: ClassVar[int] = 1600
    segmented: ClassVar[bool] = True
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[Mapping[str, int | None]] = {}

    def __post_init__(self) -> None:
        demand_strength("path_secret", self.path_secret)

    def authenticate(self, hook: Webhook) -> None:
        demand_secret_in_url(hook, self.path_secret)
        for given in (hook.form.get("secret"), hook.query.get("secret")):
            if given is not None and not same(given, self.path_secret):
                raise NotAuthentic("the Secret Key in the app is another")

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        task = hook.query.get("task")
        if task in ("send", "result") and hook.method == "GET":
            return []
        if task == "sent":
            return [Delivery(key, "sent") for key in read_json(hook.body).ids("queued_messages")]
        if task == "result":
            return [event for result in read_json(hook.body).objects("message_result") for event in _result(result)]
        form = Fields(hook.form)
        return [Inbound(form.id("from"), form.text("message"), form.id("message_id"), _time(form))]

    def reply(self, hook: Webhook) -> Reply:
        if hook.query.get("task") == "sent":
            return _json({"message_uuids": read_json(hook.body).ids("queued_messages")})
        return _json({"payload": {"success": True, "error": None}})

    def asks(self, hook: Webhook) -> Asked | None:
        if hook.method != "GET":
            return None
        return {"send": "texts", "result": "awaited"}.get(hook.query.get("task", ""))  # type: ignore[return-value]

    def hand_over(self, hook: Webhook, texts: Sequence[Outbound]) -> Reply:
        messages = [{"to": text.to, "message": text.text, "uuid": text.key} for text in texts]
        return _json({"payload": {"task": "send", "secret": self.path_secret, "messages": messages}})

    def name_awaited(self, hook: Webhook, keys: Sequence[str]) -> Reply:
        return _json({"message_uuids": list(keys)})

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        raise SendFailed("the phone asks for its texts", retry=True)

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return (
            "SMSSync is set up on the phone: open Sync URL and add one.",
            f"Its URL is {address}/PATH_SECRET with the value of path_secret in place of PATH_SECRET.",
            "Its Secret Key is the same value. Leave the keywords empty and the method at POST, URL encoded.",
            "In the settings turn on Task Checking (every minute), Message Results API and SMS Delivery Report.",
        )

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return address_faults(address, "The phone")


def _result(result: Fields) -> list[Delivery]:
    """What became of one text: code 0 is done, -1 not known yet, and any other a failure."""
    sent, delivered = result.integer("sent_result_code"), result.integer("delivered_result_code")
    key = result.id("uuid")
    if delivered == 0:
        return [Delivery(key, "delivered")]
    if sent == 0:
        return [Delivery(key, "sent")]
    return [] if sent == -1 else [Delivery(key, "failed", reason=f"code {sent}")]


def _time(form: Fields) -> datetime | None:
    """Milliseconds since 1970 from the app, seconds by its documentation."""
    if not form.has("sent_timestamp"):
        return None
    digits = form.id("sent_timestamp")
    large = digits.isascii() and digits.isdigit() and len(digits) <= 20 and int(digits) >= _MILLISECONDS
    return form.time("sent_timestamp", per_second=1000 if large else 1)


def _json(answer: dict[str, Any]) -> Reply:
    return Reply(json.dumps(answer), "application/json")
