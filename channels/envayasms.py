"""SMS and MMS through a CSO's own Android phone with the app EnvayaSMS, version 3 or later.

https://sms.envaya.org/serverapi/ (actions, X-Request-Signature, mms_parts, what the phone is answered)
https://sms.envaya.org/serverapi/upgrade30.html (answers in JSON)

The phone signs the address, the fields and its password with SHA-1; files are not signed, so the address must be HTTPS.
A text has no id of its own: it is known by who sent it, when, and its words. Each answer to a text or to the phone's
question carries the texts it shall send, and the phone drops one whose id it had before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Literal

from aiohttp import ClientSession

from channels.base import (
    Asked,
    BadPayload,
    Delivery,
    Inbound,
    Media,
    NotAuthentic,
    Outbound,
    Reply,
    SendFailed,
    Webhook,
    setting,
)
from channels.connecting import address_faults
from channels.payload import Fields, read_json
from channels.proof import demand_strength, same

_WORDLESS = frozenset({"application/smil", "text/plain"})
"""Parts of an MMS that are no files: its layout, and the words, which the field `message` has."""
_TEXTS = frozenset({"sms", "mms"})


@dataclass(frozen=True)
class EnvayaSms:
    password: str = setting("The password entered in the app: at least 128 random bits.", secret=True)

    type: ClassVar[str] = "envayasms"
    max_length: ClassVar[int] = 1600
    segmented: ClassVar[bool] = True
    idempotent: ClassVar[bool] = True
    holds_files: ClassVar[Literal[True]] = True
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[Mapping[str, int | None]] = {}

    def __post_init__(self) -> None:
        demand_strength("password", self.password)

    def authenticate(self, hook: Webhook) -> None:
        fields = (f"{name}={value}" for name, value in sorted(hook.form.items()))
        signed = ",".join((hook.url, *fields, self.password))
        digest = hashlib.sha1(signed.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()
        if not same(hook.headers.get("X-Request-Signature", ""), base64.b64encode(digest).decode()):
            raise NotAuthentic("the phone's signature is wrong: the Server URL or the password in the app is another")

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        """Texts and what became of ours. Calls, the phone's state and what it sent by itself are ignored on purpose."""
        form = Fields(hook.form)
        action = form.text("action")
        if action == "send_status":
            return _status(form)
        if action != "incoming" or form.text("message_type") not in _TEXTS:
            return []
        sender, text = form.id("from"), form.optional_text("message")
        return [
            Inbound(
                sender=sender,
                text=text,
                external_id=self._id(hook),
                sent_at=form.time("timestamp", per_second=1000),
                media=_media(form, hook) if form.has("mms_parts") else (),
            )
        ]

    def reply(self, hook: Webhook) -> Reply:
        return self.hand_over(hook, ())

    def asks(self, hook: Webhook) -> Asked | None:
        return "texts" if hook.form.get("action") in ("incoming", "outgoing") else None

    def hand_over(self, hook: Webhook, texts: Sequence[Outbound]) -> Reply:
        messages = [{"id": text.key, "to": text.to, "message": text.text} for text in texts]
        events: list[dict[str, Any]] = [{"event": "send", "messages": messages}] if messages else []
        return Reply(json.dumps({"events": events}), "application/json")

    def name_awaited(self, hook: Webhook, keys: Sequence[str]) -> Reply:
        return self.hand_over(hook, ())

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        raise SendFailed("the phone asks for its texts", retry=True)

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return (
            "EnvayaSMS is set up on the phone: open Menu, then Settings.",
            f"Server URL is {address}",
            "Password is the value of password; send it to the phone and paste it. Your phone number is that of its SIM.",
            "Poll interval is one minute. Then choose Test connection, and switch Enable EnvayaSMS on.",
        )

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return address_faults(address, "The phone")

    def _id(self, hook: Webhook) -> str:
        """The same whenever the phone tries again, and telling nobody who wrote what."""
        parts = [hook.form.get(name, "") for name in ("message_type", "from", "timestamp", "message", "mms_parts")]
        return hmac.new(self.password.encode(), json.dumps(parts).encode(), "sha256").hexdigest()[:40]


def _status(form: Fields) -> list[Inbound | Delivery]:
    key, status = form.id("id"), form.text("status")
    if status == "sent":
        return [Delivery(key, "sent")]
    if status in ("failed", "cancelled"):
        return [Delivery(key, "failed", reason=status)]
    return []


def _media(form: Fields, hook: Webhook) -> tuple[Media, ...]:
    """The files of an MMS, in its order. A file that the list names and the request lacks is a BadPayload."""
    listed = read_json(b'{"mms_parts": ' + form.text("mms_parts").encode() + b"}").objects("mms_parts")
    files = []
    for part in listed:
        name, kind = part.id("name"), part.kind("type")
        if kind in _WORDLESS:
            continue
        if name not in hook.files:
            raise BadPayload(f"{part.path}.name is of no file in the request")
        files.append(Media(content_type=kind, content=hook.files[name]))
    return tuple(files)
