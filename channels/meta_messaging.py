"""What Messenger and Instagram share: one shape of webhooks and of what is sent, and the pages' subscriptions.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events
https://developers.facebook.com/documentation/instagram-platform/webhooks/examples
https://developers.facebook.com/docs/messenger-platform/instagram/features/story-mention (must not be stored)
https://developers.facebook.com/docs/messenger-platform/reference/send-api (a message is a text or a file, never both)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Container, Iterator
from typing import Any

from channels.attaching import apart, demand
from channels.base import Delivery, Inbound, Media, Outbound, Webhook
from channels.payload import Fields, read_each, read_json
from channels.sending import Answer

HOSTS = frozenset({"fbcdn.net", "fbsbx.com", "cdninstagram.com"})
"""Meta's content networks, where the files of both lie: public addresses, signed, good for some days."""

_NOT_FROM_A_PERSON = ("is_echo", "is_deleted", "is_unsupported")
"""Flags of a message that is our own come back, was taken back, or has nothing we could read."""
_FILES = frozenset({"image", "audio", "video", "file"})
_SHARED = frozenset({"share", "ig_post", "ig_reel", "reel"})
"""A post somebody sent on; its address is that of the picture or film in it."""


def events(hook: Webhook, account: str) -> list[Inbound | Delivery]:
    """What happened in the conversations of one page or account. Edits, reactions and other accounts are ignored."""
    if hook.method == "GET":
        return []
    return read_each(
        (_events, item)
        for entry in read_json(hook.body).objects("entry")
        if entry.id("id") == account
        for item in entry.objects("messaging")
    )


async def send(post: Callable[[dict[str, Any]], Awaitable[str]], outbound: Outbound, carries: Container[str]) -> str:
    """Post the words, the file, or both one after the other."""
    words, file = {"text": outbound.text}, outbound.attachment
    if file is None:
        return await post(words)
    kind = demand(file, carries)
    attached = {"attachment": {"type": "file" if kind == "document" else kind, "payload": {"url": file.url}}}
    return await apart(post, words, attached) if outbound.text else await post(attached)


def unsubscribed(answer: Answer, wanted: Collection[str]) -> list[str]:
    """The fields of a page's subscribed_apps that no app is told of."""
    apps = answer.dig("data")
    told: set[str] = set()
    for app in apps if isinstance(apps, list) else []:
        fields = app.get("subscribed_fields") if isinstance(app, dict) else None
        told.update(map(str, fields if isinstance(fields, list) else []))
    return [field for field in wanted if field not in told]


def _events(item: Fields) -> Iterator[Inbound | Delivery]:
    at = item.time("timestamp", per_second=1000)
    if item.has("message"):
        message = item.object("message")
        if any(message.values.get(flag) for flag in _NOT_FROM_A_PERSON):
            return
        attached = [file for file in message.objects("attachments") if not _says_nothing(file)]
        if message.has("text") or attached:
            answered = message.optional_object("reply_to")
            yield Inbound(
                sender=item.object("sender").id("id"),
                text=message.optional_text("text"),
                external_id=message.id("mid"),
                sent_at=at,
                location=_pin(attached),
                media=tuple(file for attachment in attached for file in _media(attachment)),
                replies_to=answered.id("mid") if answered.has("mid") else None,
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


def _says_nothing(attachment: Fields) -> bool:
    """A thumb up is an attachment too, and says no more than a reaction. Whoever names the account in their story tells their
    own readers, not us; Meta forbids to keep it."""
    return attachment.values.get("type") == "story_mention" or attachment.optional_object("payload").has("sticker_id")


def _media(attachment: Fields) -> Iterator[Media]:
    """Links to other sites, as `fallback` has them, are no files of Meta's; the text names them."""
    kind, payload = attachment.values.get("type"), attachment.optional_object("payload")
    if isinstance(kind, str) and kind in _FILES | _SHARED and payload.has("url"):
        yield Media(payload.reference("url"), kind if kind in ("image", "audio", "video") else "")


def _pin(attachments: list[Fields]) -> tuple[float, float] | None:
    for attachment in attachments:
        if attachment.values.get("type") == "location":
            return attachment.object("payload").object("coordinates").place("lat", "long")
    return None
