"""SMS through a CSO's own Android phone with the app SMS Gateway for Android (SMSGate).

https://docs.sms-gate.app/features/webhooks/ (what arrives, X-Signature, X-Timestamp, 14 redeliveries in two days)
https://docs.sms-gate.app/features/sending-messages/ (sending)
https://docs.sms-gate.app/features/mms/ (pictures; since version 1.68 their content comes along)
https://docs.sms-gate.app/features/health/ (whether phone or server are well)

A webhook is registered for each event we read. The phone signs every attempt anew
with its own clock, so that clock must be right to five minutes. A received text is known by the envelope's id: the
message's own id is made of its content, and two people's equal texts would be one. That an MMS is on its way
(mms:received) is ignored on purpose: it comes again, with its content, as mms:downloaded. So are data messages.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Literal
from uuid import UUID

from aiohttp import ClientSession, encode_basic_auth

from channels.base import (
    Delivery,
    DeliveryState,
    Inbound,
    Media,
    NotAuthentic,
    Outbound,
    Reply,
    SendFailed,
    Webhook,
    setting,
)
from channels.connecting import address_faults, elsewhere, unreachable, unreadable
from channels.payload import Fields, read_json
from channels.proof import demand_recent, same, utc_now
from channels.sending import TIMEOUT, Answer, ask, check, post

_STATES: dict[str, tuple[DeliveryState, str]] = {
    "sms:sent": ("sent", "sentAt"),
    "sms:delivered": ("delivered", "deliveredAt"),
    "sms:failed": ("failed", "failedAt"),
}
_HAS_IT_ALREADY = 409
_EVENTS = ("sms:received", "mms:downloaded", *_STATES)


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
    holds_files: ClassVar[Literal[True]] = True
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[Mapping[str, int | None]] = {}

    def authenticate(self, hook: Webhook) -> None:
        timestamp = hook.headers.get("X-Timestamp", "")
        signed = hook.body + timestamp.encode("utf-8", "surrogatepass")
        wanted = hmac.new(self.signing_secret.encode(), signed, "sha256").hexdigest()
        if not same(hook.headers.get("X-Signature", ""), wanted):
            raise NotAuthentic("the phone's signature is wrong")
        demand_recent(timestamp, self.clock())

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        """Texts, pictures, and what became of ours. Pings and data messages are ignored."""
        envelope = read_json(hook.body)
        event = envelope.text("event")
        if event == "sms:received":
            sms = envelope.object("payload")
            return [Inbound(_sender(sms), sms.text("message"), envelope.id("id"), sms.iso_time("receivedAt"))]
        if event == "mms:downloaded":
            mms = envelope.object("payload")
            words = "\n".join(part for part in (mms.optional_text("subject"), mms.optional_text("body")) if part)
            return [
                Inbound(_sender(mms), words, envelope.id("id"), mms.iso_time("receivedAt"), media=_media(mms)),
            ]
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
            headers=self._headers(),
        )
        if answer.status == _HAS_IT_ALREADY:
            return id
        check(answer)
        return answer.id("id")

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        for event in _EVENTS:
            # With an id of ours a second setup replaces what the first made.
            webhook = {"id": f"answerable-{event.replace(':', '-')}", "url": address, "event": event}
            url = f"{self.api_url}/webhooks"
            answer = await post(http, url, seconds=self.timeout, json=webhook, headers=self._headers())
            check(answer)
            if answer.dig("event") != event:
                raise SendFailed("the provider's answer was not understood", retry=False)
        return (
            f"The phone now calls {address} for {', '.join(_EVENTS)}.",
            "In the cloud it may take some minutes until the phone knows.",
        )

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        faults = address_faults(address, "The phone")
        url = f"{self.api_url}/webhooks"
        try:
            hooks = await ask(http, "GET", url, seconds=self.timeout, headers=self._headers())
            health = await ask(http, "GET", f"{self.api_url}/health", seconds=self.timeout, headers=self._headers())
        except SendFailed as failed:
            return (*faults, unreachable("The gateway", failed))
        if hooks.status in (401, 403):
            return (*faults, "The gateway does not know username and password: copy both from the app's home tab.")
        if hooks.status != 200 or not isinstance(hooks.json, list):
            return (*faults, unreadable("The gateway", hooks.status))
        return (*faults, *_registered(hooks, address), *_health(health))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": encode_basic_auth(self.username, self.password)}

    def _id(self, to: str, text: str, key: str) -> str:
        """Our id for a text, at most 36 characters: the same on every retry, so that the phone is not told twice.

        Of the whole text, not of the key alone: after a fresh start the same key may stand for another text.
        """
        return str(UUID(bytes=hmac.digest(self.password.encode(), f"{key}\n{to}\n{text}".encode(), "sha256")[:16]))


def _sender(sms: Fields) -> str:
    """Newer versions say `sender`, which `phoneNumber` has been so far."""
    return sms.id("sender") if sms.has("sender") else sms.id("phoneNumber")


def _media(mms: Fields) -> tuple[Media, ...]:
    """The files whose content came along; the app leaves out what it could not read."""
    files = [file for file in mms.objects("attachments") if file.has("data")]
    return tuple(Media(content_type=file.kind("contentType"), content=file.base64("data")) for file in files)


def _registered(hooks: Answer, address: str) -> tuple[str, ...]:
    """Events that nobody, or somebody else, is called for."""
    known = {hook.get("event"): str(hook.get("url")) for hook in hooks.json if isinstance(hook, dict)}
    ours = {hook.get("event") for hook in hooks.json if isinstance(hook, dict) and str(hook.get("url")) == address}
    if "sms:received" not in ours:
        return elsewhere("The phone", known.get("sms:received", ""), address)
    missing = [event for event in _EVENTS if event not in ours]
    if missing:
        return (
            f"The phone does not tell us of {', '.join(missing)}: run `answerable channel setup` for this channel.",
        )
    return ()


def _health(answer: Answer) -> tuple[str, ...]:
    if answer.dig("status") in ("pass", "warn"):
        return ()
    return ("The gateway says that it is not well: look at the phone's connection, its battery and the app's log.",)
