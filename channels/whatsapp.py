"""Chat through the WhatsApp Cloud API.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages (what arrives)
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status (statuses)
https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages (sending; no key against sending twice)
https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media (files by id, kept for 30 days; sizes)
https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates (beyond the 24 hours)
https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes (131047: the 24 hours are over)
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override/ (a number's own address)

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids (no number)

One request may hold several entries, changes, messages and statuses, unordered and more than once.
A person is known by the business-scoped user id where Meta gives one, such as KE.13491208655302741918: it stays the
same when they hide their number behind a user name, and then there is no number to know them by.
Code 131050 says that the person stopped marketing templates; they still want all else, so it fails that one text and stops nobody
(https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/user_preferences).
Reactions, stickers, edits and messages taken back are ignored on purpose; so is what people write to a group: others read it, and
our reply would not be expected (https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/group/).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote

from aiohttp import ClientSession

from channels import meta
from channels.attaching import Kind, apart, demand
from channels.base import (
    Attachment,
    Delivery,
    DeliveryState,
    FetchFailed,
    Inbound,
    Media,
    Outbound,
    Reply,
    SendFailed,
    Template,
    Webhook,
    setting,
)
from channels.connecting import address_faults, elsewhere, unreachable, unreadable
from channels.fetching import Source, fetch, look_up
from channels.payload import Event, Fields, read_each, read_json
from channels.sending import TIMEOUT

_STATES: dict[str, DeliveryState] = {"sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed"}
_NOT_A_TEXT = frozenset(
    {"reaction", "sticker", "system", "unsupported", "unknown", "request_welcome", "edit", "revoke"}
)
_USER_ID = re.compile(r"[A-Z]{2}\.")
_FILES = frozenset({"image", "audio", "video", "document"})
_CAPTION = 1024
_MEDIA_HOST = "lookaside.fbsbx.com"
_LONGEST_ADDRESS = 200


@dataclass(frozen=True)
class WhatsApp:
    phone_number_id: str = setting("Id of the business phone number, from the app's WhatsApp page.")
    access_token: str = setting(
        "Access token of a system user with whatsapp_business_messaging and whatsapp_business_management.", secret=True
    )
    app_secret: str = setting("App secret: signs the webhooks.", secret=True)
    verify_token: str = setting("Any word of your own: proves the address to Meta when it is set up.", secret=True)
    api_url: str = setting("Address and version of the Graph API.", default=meta.GRAPH)
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "whatsapp"
    max_length: ClassVar[int] = 4096
    segmented: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = timedelta(hours=24)
    carries: ClassVar[Mapping[str, int | None]] = {"image": 5_000_000, "audio": 16_000_000, "document": 100_000_000}

    def authenticate(self, hook: Webhook) -> None:
        meta.authenticate(hook, app_secret=self.app_secret, verify_token=self.verify_token)

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        if hook.method == "GET":
            return []
        return read_each(
            item
            for entry in read_json(hook.body).objects("entry")
            for change in entry.objects("changes")
            if change.text("field") == "messages"
            for item in self._items(change.object("value"))
        )

    def reply(self, hook: Webhook) -> Reply:
        return meta.reply(hook)

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        send = partial(self._send, http, outbound.to)
        file, text = outbound.attachment, {"type": "text", "text": {"body": outbound.text}}
        if outbound.template:
            return await send(_template(outbound.template, file, self.carries))
        if file is None:
            return await send(text)
        kind = demand(file, self.carries)
        if not outbound.text or (kind != "audio" and len(outbound.text) <= _CAPTION):
            return await send(_file(file, kind, outbound.text))
        return await apart(send, text, _file(file, kind, ""))

    async def fetch(self, http: ClientSession, media: Media, limit: int) -> bytes:
        """By its id; the address Meta then names is good for five minutes and wants the token too."""
        headers = meta.bearer(self.access_token)
        url = f"{self.api_url}/{quote(media.reference, safe='')}"
        answer = await look_up(http, "GET", url, seconds=self.timeout, headers=headers)
        address, size = answer.dig("url"), answer.dig("file_size")
        if not isinstance(address, str):
            raise FetchFailed("the provider's answer has no address of the file", retry=False)
        if isinstance(size, int) and size > limit:
            raise FetchFailed("the file is larger than we keep", retry=False)
        hosts = frozenset({_MEDIA_HOST})
        return await fetch(http, Source(self.api_url, hosts, headers, told=hosts), address, limit=limit)

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        """Give the number an address of its own. The app's field can be switched on in its dashboard only."""
        if len(address) > _LONGEST_ADDRESS:
            raise SendFailed("Meta takes no address of more than 200 characters", retry=False)
        payload = {"webhook_configuration": {"override_callback_uri": address, "verify_token": self.verify_token}}
        url = f"{self.api_url}/{self.phone_number_id}"
        answer = await meta.send(http, url, self.access_token, payload, seconds=self.timeout)
        if answer.dig("success") is not True:
            raise SendFailed("the provider's answer was not understood", retry=False)
        return (
            f"Meta now calls {address} for this number.",
            "Once for the app, in its dashboard under WhatsApp > Configuration > Webhook fields: subscribe to messages.",
        )

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        faults = address_faults(address, "Meta")
        try:
            answer = await meta.look(
                http,
                f"{self.api_url}/{self.phone_number_id}",
                self.access_token,
                seconds=self.timeout,
                app_secret=self.app_secret,
                fields="id,status,webhook_configuration",
            )
        except SendFailed as failed:
            return (*faults, unreachable("Meta", failed))
        fault = meta.fault_of(answer, thing="phone_number_id")
        if fault or answer.dig("id") != self.phone_number_id:
            return (*faults, fault or unreadable("Meta", answer.status))
        levels = ("phone_number", "whatsapp_business_account", "application")
        called = next(filter(None, (answer.dig("webhook_configuration", level) for level in levels)), "")
        status = answer.dig("status")
        if status not in (None, "CONNECTED"):
            faults += ("The number is not connected: see WhatsApp Manager > Phone numbers for why.",)
        return (*faults, *elsewhere("Meta", str(called), address))

    async def _send(self, http: ClientSession, to: str, what: dict[str, Any]) -> str:
        recipient = "recipient" if _USER_ID.match(to) else "to"
        payload = {"messaging_product": "whatsapp", "recipient_type": "individual", recipient: to, **what}
        url = f"{self.api_url}/{self.phone_number_id}/messages"
        answer = await meta.send(http, url, self.access_token, payload, seconds=self.timeout)
        return without_number(answer.id("messages", 0, "id"))

    def _items(self, value: Fields) -> Iterator[tuple[Callable[[Fields], Iterable[Event]], Fields]]:
        # One business's numbers share a webhook; another number's texts are not ours to answer.
        if value.object("metadata").id("phone_number_id") != self.phone_number_id:
            return
        yield from ((_texts, message) for message in value.objects("messages"))
        yield from ((_deliveries, status) for status in value.objects("statuses"))


def _texts(message: Fields) -> list[Inbound]:
    to_others = message.text("type") in _NOT_A_TEXT or message.has("group_id")
    return [] if to_others else [_inbound(message)]


def _deliveries(status: Fields) -> list[Delivery]:
    return [_delivery(status)] if status.text("status") in _STATES else []


def _inbound(message: Fields) -> Inbound:
    kind = message.text("type")
    location = message.object("location") if kind == "location" else None
    file = message.object(kind) if kind in _FILES else None
    context = message.optional_object("context")
    return Inbound(
        sender=message.id("from_user_id" if message.has("from_user_id") else "from"),
        text=_words(message),
        external_id=without_number(message.id("id")),
        sent_at=message.time("timestamp"),
        location=location.place("latitude", "longitude") if location else None,
        media=(Media(file.reference("id"), file.kind("mime_type")),) if file else (),
        replies_to=without_number(context.id("id")) if context.has("id") else None,
    )


def without_number(id: str) -> str:
    """What we call a message. Meta's id holds the person's number in base64, and ids stay when a person is forgotten. A digest
    is as good a name, and most of the id is random, so that nobody finds the number by trying.
    """
    return f"wamid.{hashlib.sha256(id.encode()).hexdigest()[:40]}"


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
    if kind == "contacts":
        return "\n".join(map(_card, message.objects("contacts")))
    return message.object(kind).optional_text("caption") if kind in _FILES else ""


def _card(contact: Fields) -> str:
    name = contact.optional_object("name").optional_text("formatted_name")
    return " ".join(filter(None, [name, *(phone.optional_text("phone") for phone in contact.objects("phones"))]))


def _delivery(status: Fields) -> Delivery:
    codes = [error.id("code") for error in status.objects("errors")]
    return Delivery(
        external_id=without_number(status.id("id")),
        state=_STATES[status.text("status")],
        at=status.time("timestamp"),
        reason=", ".join(f"code {code}" for code in codes if code.isdigit() and len(code) <= 7),
    )


def _file(file: Attachment, kind: Kind, caption: str) -> dict[str, Any]:
    named = {"filename": file.name} if kind == "document" else {}
    return {"type": kind, kind: {"link": file.url} | ({"caption": caption} if caption else {}) | named}


def _template(template: Template, file: Attachment | None, carries: Container[str]) -> dict[str, Any]:
    """An approved wording with its values in the body's places, and a file in its header."""
    components: list[dict[str, Any]] = []
    if file:
        header = _file(file, demand(file, carries), "")
        components.append({"type": "header", "parameters": [header]})
    if template.values:
        values = [{"type": "text", "text": value} for value in template.values]
        components.append({"type": "body", "parameters": values})
    chosen = {"name": template.name, "language": {"code": template.language}, "components": components}
    return {"type": "template", "template": chosen}
