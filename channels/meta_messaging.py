"""Reading the webhooks of Messenger and Instagram, which share one shape.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events
https://developers.facebook.com/documentation/instagram-platform/webhooks/examples
"""

from __future__ import annotations

from collections.abc import Iterator

from channels.base import Delivery, Inbound, Webhook
from channels.payload import Fields, read_json

_NOT_FROM_A_PERSON = ("is_echo", "is_deleted", "is_unsupported")
"""Flags of a message that is our own come back, was taken back, or has nothing we could read."""


def events(hook: Webhook, account: str) -> list[Inbound | Delivery]:
    """What happened in the conversations of one page or account. Edits, reactions and other accounts are ignored."""
    if hook.method == "GET":
        return []
    return [
        event
        for entry in read_json(hook.body).objects("entry")
        if entry.id("id") == account
        for item in entry.objects("messaging")
        for event in _events(item)
    ]


def _events(item: Fields) -> Iterator[Inbound | Delivery]:
    at = item.time("timestamp", per_second=1000)
    if item.has("message"):
        message = item.object("message")
        if any(message.values.get(flag) for flag in _NOT_FROM_A_PERSON):
            return
        if message.has("text") or message.has("attachments"):
            yield Inbound(
                sender=item.object("sender").id("id"),
                text=message.optional_text("text"),
                external_id=message.id("mid"),
                sent_at=at,
                location=_pin(message),
            )
    elif item.has("postback"):
        button = item.object("postback")
        yield Inbound(item.object("sender").id("id"), button.text("title"), button.id("mid"), at)
    elif item.has("delivery"):
        delivery = item.object("delivery")
        delivered_at = delivery.time("watermark", per_second=1000)
        for mid in delivery.ids("mids"):
            yield Delivery(mid, "delivered", delivered_at)
    elif item.has("read") and item.object("read").has("mid"):
        # Messenger names only a time up to which all was read; Instagram names the text.
        yield Delivery(item.object("read").id("mid"), "read", at)


def _pin(message: Fields) -> tuple[float, float] | None:
    for attachment in message.objects("attachments"):
        if attachment.values.get("type") == "location":
            return attachment.object("payload").object("coordinates").place("lat", "long")
    return None
