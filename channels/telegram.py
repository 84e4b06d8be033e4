"""Chat with a Telegram bot.

https://core.telegram.org/bots/api#update (what arrives; edits, reactions, groups and stickers are ignored on purpose)
https://core.telegram.org/bots/api#setwebhook (secret_token; the ports it calls), #getwebhookinfo, #getme
https://core.telegram.org/bots/api#sendmessage, #sendphoto, #sendvoice, #sendaudio, #senddocument (captions of 1,024)
https://core.telegram.org/bots/api#sending-files (by address: pictures of 5 MB at most, other files of 20 MB)
https://core.telegram.org/bots/api#getfile (files of 20 MB at most; where they lie holds the token)
https://core.telegram.org/bots/api#making-requests (errors), #responseparameters (retry_after)

Telegram has no delivery reports, no key against sending twice, and no window: who did not block the bot can be written
to. By address it takes only PDF and ZIP for documents.
"""

from __future__ import annotations

import hmac
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote

from aiohttp import ClientSession

from channels.attaching import apart, demand
from channels.base import (
    Attachment,
    Delivery,
    FetchFailed,
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
from channels.fetching import Source, fetch, look_up
from channels.payload import MAX_ID, Fields, read_json
from channels.proof import demand_strength, same
from channels.sending import TIMEOUT, Answer, check, post

_FILES = ("voice", "audio", "video", "video_note", "animation", "document")
_CAPTION = 1024
_PORTS = (443, 80, 88, 8443)


@dataclass(frozen=True)
class Telegram:
    bot_token: str = setting("Token of the bot, from @BotFather.", secret=True)
    webhook_secret: str = setting(
        "The secret_token given to setWebhook: at least 128 random bits, of A-Z a-z 0-9 _ -.", secret=True
    )
    api_url: str = setting("Address of Telegram's bot API.", default="https://api.telegram.org")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "telegram"
    max_length: ClassVar[int] = 4096
    segmented: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[Mapping[str, int | None]] = {"image": 5_000_000, "audio": 20_000_000, "document": 20_000_000}

    def __post_init__(self) -> None:
        demand_strength("webhook_secret", self.webhook_secret)

    def authenticate(self, hook: Webhook) -> None:
        if not same(hook.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), self.webhook_secret):
            raise NotAuthentic("the Telegram secret token is wrong")

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        """Only new messages of people in private chats."""
        update = read_json(hook.body)
        external_id = update.id("update_id")
        if not update.has("message"):
            return []
        message = update.object("message")
        chat = message.object("chat")
        if chat.text("type") != "private":
            return []
        text, media, location = _words(message), _media(message), _location(message)
        if not (text or media or location):  # somebody joined, a title changed, a sticker
            return []
        answered = message.object("reply_to_message") if message.has("reply_to_message") else None
        return [
            Inbound(
                sender=chat.id("id"),
                text=text,
                external_id=external_id,
                sent_at=message.time("date"),
                location=location,
                media=media,
                replies_to=self._id(chat.id("id"), answered.id("message_id")) if answered else None,
            )
        ]

    def reply(self, hook: Webhook) -> Reply:
        return Reply()

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        send = partial(self._send, http, outbound.to)
        file = outbound.attachment
        if file is None:
            return await send(("sendMessage", {"text": outbound.text}))
        method, name = _method(file, self.carries)
        if len(outbound.text) <= _CAPTION:
            return await send((method, {name: file.url, "caption": outbound.text}))
        return await apart(send, ("sendMessage", {"text": outbound.text}), (method, {name: file.url}))

    async def fetch(self, http: ClientSession, media: Media, limit: int) -> bytes:
        """Only from the API itself, which says where in it the file lies."""
        answer = await look_up(
            http, "POST", self._method_url("getFile"), seconds=self.timeout, json={"file_id": media.reference}
        )
        path = answer.dig("result", "file_path")
        if not isinstance(path, str):
            raise FetchFailed("the provider's answer has no path of the file", retry=False)
        return await fetch(
            http, Source(self.api_url), f"{self.api_url}/file/bot{self.bot_token}/{quote(path)}", limit=limit
        )

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        payload = {"url": address, "secret_token": self.webhook_secret, "allowed_updates": ["message"]}
        answer = await post(http, self._method_url("setWebhook"), seconds=self.timeout, json=payload)
        check(answer, code=answer.dig("error_code"))
        if answer.dig("ok") is not True:
            raise SendFailed("the provider's answer was not understood", retry=False)
        return (f"Telegram now calls {address}.",)

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        faults = address_faults(address, "Telegram", ports=_PORTS)
        try:
            bot = await post(http, self._method_url("getMe"), seconds=self.timeout)
            hook = await post(http, self._method_url("getWebhookInfo"), seconds=self.timeout)
        except SendFailed as failed:
            return (*faults, unreachable("Telegram", failed))
        # A token that is none is answered with 404, one that was revoked with 401.
        if bot.dig("error_code") in (401, 404):
            return (*faults, "Telegram does not know the bot_token: copy it again from @BotFather.")
        if bot.dig("ok") is not True or not isinstance(hook.dig("result"), dict):
            return (*faults, unreadable("Telegram", bot.status))
        return (*faults, *elsewhere("Telegram", str(hook.dig("result", "url") or ""), address), *_troubles(hook))

    async def _send(self, http: ClientSession, to: str, call: tuple[str, dict[str, Any]]) -> str:
        method, what = call
        answer = await post(http, self._method_url(method), seconds=self.timeout, json={"chat_id": to, **what})
        answer = _with_telegrams_wait(answer)
        code = answer.dig("error_code")
        # A token that is none is answered with 404; a chat that is none with 400.
        check(answer, code=code, opted_out=_is_gone(answer), fault="keys" if code == 404 else None)
        return self._id(to, answer.id("result", "message_id"))

    def _method_url(self, method: str) -> str:
        return f"{self.api_url}/bot{self.bot_token}/{method}"

    def _id(self, chat: str, message: str) -> str:
        """Telegram promises that a message's number is unique within one chat only, and the chat's is the person's."""
        mark = hmac.new(self.bot_token.encode(), chat.encode(), "sha256").hexdigest()[:16]
        return f"{message}:{mark}"[-MAX_ID:]


def _words(message: Fields) -> str:
    if message.has("contact"):
        card = message.object("contact")
        parts = (card.optional_text("first_name"), card.optional_text("last_name"), card.optional_text("phone_number"))
        return " ".join(part for part in parts if part)
    return message.optional_text("text") or message.optional_text("caption")


def _media(message: Fields) -> tuple[Media, ...]:
    """The file of a message: one at most. A photo comes in several sizes, the largest last."""
    if photos := message.objects("photo"):
        return (Media(photos[-1].reference("file_id"), "image/jpeg"),)
    for name in _FILES:
        if message.has(name):
            file = message.object(name)
            return (Media(file.reference("file_id"), file.kind("mime_type")),)
    return ()


def _location(message: Fields) -> tuple[float, float] | None:
    return message.object("location").place("latitude", "longitude") if message.has("location") else None


def _method(file: Attachment, carries: Container[str]) -> tuple[str, str]:
    """The method that sends a file, and what the file is called there. Only OGG becomes a voice note everywhere."""
    kind = demand(file, carries)
    if kind == "image":
        return "sendPhoto", "photo"
    if kind == "audio":
        return ("sendVoice", "voice") if file.content_type == "audio/ogg" else ("sendAudio", "audio")
    return "sendDocument", "document"


def _troubles(hook: Answer) -> tuple[str, ...]:
    """What went wrong when Telegram called, while texts still wait because of it."""
    waiting, said = hook.dig("result", "pending_update_count"), str(hook.dig("result", "last_error_message") or "")
    updates = hook.dig("result", "allowed_updates")
    deaf = isinstance(updates, list) and updates and "message" not in updates
    lines = ["Telegram keeps messages from us: run `answerable channel setup` for this channel."] if deaf else []
    if not said or not isinstance(waiting, int) or waiting < 1:
        return tuple(lines)
    if "ssl" in said.lower() or "certificate" in said.lower():
        lines.append("Telegram does not trust our certificate: renew it, with the whole chain up to a known authority.")
    elif "403" in said:
        lines.append("We refuse Telegram's calls: webhook_secret is not what it was set up with; run the setup again.")
    elif "resolve" in said.lower() or "connect" in said.lower() or "timeout" in said.lower():
        lines.append("Telegram cannot reach our address: check DNS, firewall and proxy, and that the service runs.")
    else:
        lines.append("Telegram's calls fail and texts wait there: look at the service's log for what it answered.")
    return tuple(lines)


def _with_telegrams_wait(answer: Answer) -> Answer:
    wait = answer.dig("parameters", "retry_after")
    return replace(answer, retry_after=float(wait)) if isinstance(wait, int) and 0 <= wait < 10**9 else answer


def _is_gone(answer: Answer) -> bool:
    """Whether this one person blocked the bot or left Telegram. A 403 of a proxy says neither."""
    said = str(answer.dig("description"))
    return answer.dig("error_code") == 403 and ("blocked by the user" in said or "user is deactivated" in said)
