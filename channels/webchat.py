"""Our own phone page: a browser that texts. No provider is between us.

The page POSTs JSON {"id", "sender", "text", "token", "media"}: `id` is the browser's own for this text, the same when it tries
again; `sender` and `token` are what `credentials` gave this browser. The token is HMAC-SHA256 of the sender with the
channel's secret, so nobody writes under a sender the service did not hand out, and the service stores no session.
`media` may hold files as [{"type", "content"}], the content in base64 (RFC 4648, 4), 2 MB together.
`send` calls nobody: the page reads its conversation, files and all, from the service, so a text is sent once the
service has it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from aiohttp import ClientSession

from channels.base import BadPayload, Delivery, Inbound, Media, NotAuthentic, Outbound, Reply, Webhook, setting
from channels.connecting import address_faults
from channels.payload import Fields, read_json
from channels.proof import demand_strength, same

LARGEST_FILES = 2_000_000
"""Bytes of all files of one text, so that with their base64 they fit through the door."""


@dataclass(frozen=True)
class Credentials:
    """What lets one browser text: a random sender and the token that proves we gave it."""

    sender: str
    token: str


def credentials(secret: str) -> Credentials:
    """A new sender of 128 random bits with its token."""
    sender = secrets.token_urlsafe(16)
    return Credentials(sender, token_of(secret, sender))


def token_of(secret: str, sender: str) -> str:
    """The token of a sender, in hexadecimal; also for the service to know a browser that reads its conversation."""
    message = b"webchat sender " + sender.encode("utf-8", "surrogatepass")
    return hmac.new(secret.encode(), message, "sha256").hexdigest()


@dataclass(frozen=True)
class WebChat:
    secret: str = setting("Signs the senders handed to browsers: at least 128 random bits.", secret=True)

    type: ClassVar[str] = "webchat"
    max_length: ClassVar[int] = 1600
    segmented: ClassVar[bool] = False
    idempotent: ClassVar[bool] = True
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[Mapping[str, int | None]] = {"image": None, "audio": None, "document": None}

    def __post_init__(self) -> None:
        demand_strength("secret", self.secret)

    def authenticate(self, hook: Webhook) -> None:
        try:
            chat = read_json(hook.body)
            sender, token = chat.id("sender"), chat.id("token")
        except BadPayload:
            raise NotAuthentic("the request carries no sender and token") from None
        if not same(token, token_of(self.secret, sender)):
            raise NotAuthentic("the token is not this sender's")

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        chat = read_json(hook.body)
        sender, text = chat.id("sender"), chat.text("text")
        if len(text) > self.max_length:
            raise BadPayload("text is too long")
        return [Inbound(sender, text, _external_id(sender, chat), media=_media(chat))]

    def reply(self, hook: Webhook) -> Reply:
        return Reply("{}", "application/json")

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        return outbound.key

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return ("There is nothing to set up: the phone page is part of this service.",)

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return address_faults(address, "A browser")


def _media(chat: Fields) -> tuple[Media, ...]:
    """The files in the request."""
    found = []
    for file in chat.objects("media"):
        try:
            content = base64.b64decode(file.text("content"), validate=True)
        except ValueError:
            raise BadPayload(f"{file.path}.content is not base64") from None
        found.append(Media(content_type=file.id("type") if file.has("type") else "", content=content))
    if sum(len(media.content or b"") for media in found) > LARGEST_FILES:
        raise BadPayload("media is larger than 2 MB")
    return tuple(found)


def _external_id(sender: str, chat: Fields) -> str:
    """Unique in the channel, though every browser counts its own texts; hashed, for it says who the sender is."""
    return hashlib.sha256(f"{sender}\n{chat.id('id')}".encode()).hexdigest()
