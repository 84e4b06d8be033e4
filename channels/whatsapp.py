"""Chat through the WhatsApp Cloud API.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages (what arrives)
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status (statuses)
https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages (sending)
https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes (errors; 131047: the 24 hours are over)

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids (no number)

One request may hold several entries, changes, messages and statuses, unordered and more than once.
A person is known by the business-scoped user id where Meta gives one, such as KE.13491208655302741918: it stays the
same when they hide their number behind a user name, and then there is no number to know them by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from aiohttp import ClientSession

from channels import meta
from channels.base import Delivery, DeliveryState, Inbound, Outbound, Reply, Webhook, setting
from channels.payload import Fields, read_json
from channels.sending import TIMEOUT

_STATES: dict[str, DeliveryState] = {"sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed"}
_NOT_A_TEXT = frozenset({"reaction", "system", "unsupported", "unknown", "request_welcome", "edit", "revoke"})
_USER_ID = re.compile(r"[A-Z]{2}\.")
_CAPTIONED = frozenset({"image", "video", "document"})


@dataclass(frozen=True)
class WhatsApp:
    phone_number_id: str = setting("Id of the business phone number, from the app's WhatsApp page.")
    access_token: str = setting("Access token of a system user with whatsapp_business_messaging.", secret=True)
    app_secret: str = setting("App secret: signs the webhooks.", secret=True)
    verify_token: str = setting("The verify token you typed where the webhook is configured.", secret=True)
    api_url: str = setting("Address and version of the Graph API.", default=meta.GRAPH)
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "whatsapp"
    max_length: ClassVar[int] = 4096
    segmented: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = timedelta(hours=24)
    carries: ClassVar[frozenset[str]] = frozenset()

    def authenticate(self, hook: Webhook) -> None:
        meta.authenticate(hook, app_secret=self.app_secret, verify_token=self.verify_token)

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        if hook.method == "GET":
            return []
        return [
            event
            for entry in read_json(hook.body).objects("entry")
            for change in entry.objects("changes")
            if change.text("field") == "messages"
            for event in self._events(change.object("value"))
        ]

    def reply(self, hook: Webhook) -> Reply:
        return meta.reply(hook)

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        payload = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "recipient" if _USER_ID.match(outbound.to) else "to": outbound.to,
            "type": "text",
            "text": {"body": outbound.text},
        }
        url = f"{self.api_url}/{self.phone_number_id}/messages"
        answer = await meta.send(http, url, self.access_token, payload, seconds=self.timeout)
        return answer.id("messages", 0, "id")

    def _events(self, value: Fields) -> Iterator[Inbound | Delivery]:
        # One business's numbers share a webhook; another number's texts are not ours to answer.
        if value.object("metadata").id("phone_number_id") != self.phone_number_id:
            return
        for message in value.objects("messages"):
            if message.text("type") not in _NOT_A_TEXT:
                yield _inbound(message)
        for status in value.objects("statuses"):
            if status.text("status") in _STATES:
                yield _delivery(status)


def _inbound(message: Fields) -> Inbound:
    location = message.object("location") if message.text("type") == "location" else None
    return Inbound(
        sender=message.id("from_user_id" if message.has("from_user_id") else "from"),
        text=_words(message),
        external_id=message.id("id"),
        sent_at=message.time("timestamp"),
        location=location.place("latitude", "longitude") if location else None,
    )


def _words(message: Fields) -> str:
    """What the person wrote or tapped; empty for a picture without caption, a voice note, a pin."""
    kind = message.text("type")
    if kind == "text":
        return message.object("text").text("body")
    if kind == "button":
        return message.object("button").text("text")
    if kind == "interactive":
        answer = message.object("interactive")
        return answer.optional_object(answer.text("type")).optional_text("title")
    return message.object(kind).optional_text("caption") if kind in _CAPTIONED else ""


def _delivery(status: Fields) -> Delivery:
    codes = [error.id("code") for error in status.objects("errors")]
    return Delivery(
        external_id=status.id("id"),
        state=_STATES[status.text("status")],
        at=status.time("timestamp"),
        reason=", ".join(f"code {code}" for code in codes if code.isdigit() and len(code) <= 7),
    )
