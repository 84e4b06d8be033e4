"""Chat with a Viber bot.

https://developers.viber.com/docs/api/rest-bot-api/ (callbacks, X-Viber-Content-Signature, send_message, set_webhook,
get_account_info, error codes)
https://creators.viber.com/docs/bots-api/data-models/message (the same, newer: a picture's words have up to 768 characters)
https://creators.viber.com/docs/bots-api/resources/messaging/send-message (100 texts an hour to somebody who does not answer,
then code 12; 30 KB a text)

Viber says no in the body of a 200: status 0 is accepted, everything else is not. It signs no time; a callback that comes
again is the same by its token. It names no text that was answered, and has no key against sending twice.
Of files it takes pictures by address, which iPhones show up to 1 MB; any other would have to be told with its size,
which we do not know here.
Texts within a day of a person's first one are free. Of the others a bot has so many a month, then code 23, or 24 once its
balance is empty. How many, Viber's pages of the API do not say; resellers speak of 10,000 for bots of before February 2024.
Stickers, subscriptions and opened conversations are no texts: ignored on purpose.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from aiohttp import ClientSession

from channels.attaching import apart, demand
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
from channels.fetching import Source, fetch
from channels.payload import Fields, read_json
from channels.proof import same
from channels.sending import TIMEOUT, Answer, check, post, refusal

_STATES: dict[str, DeliveryState] = {"delivered": "delivered", "seen": "read", "failed": "failed"}
_FILES = {"picture": "image", "video": "video", "file": ""}
"""Kinds of message that bring a file, and what Viber says of it by that."""
_BAD_TOKEN = 2
_NOT_SUBSCRIBED = 6
_TOO_MANY_REQUESTS = 12
_ACCOUNT = frozenset({_BAD_TOKEN, 7, 8, 9, 10, 15, 23, 24})
"""Of the bot and not of the text: wrong token, blocked, unknown, suspended, no webhook, not authorized, no free texts left,
no balance."""
_CAPTION = 768


@dataclass(frozen=True)
class Viber:
    auth_token: str = setting("Authentication token of the bot: signs the callbacks and opens the API.", secret=True)
    name: str = setting("Name people see as the sender, at most 28 characters.")
    api_url: str = setting("Address of Viber's bot API.", default="https://chatapi.viber.com")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "viber"
    max_length: ClassVar[int] = 7000
    segmented: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[Mapping[str, int | None]] = {"image": 1_000_000}

    def authenticate(self, hook: Webhook) -> None:
        wanted = hmac.new(self.auth_token.encode(), hook.body, "sha256").hexdigest()
        if not same(hook.headers.get("X-Viber-Content-Signature", ""), wanted):
            raise NotAuthentic("the Viber signature is wrong")

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        """Texts and what became of ours."""
        callback = read_json(hook.body)
        event = callback.text("event")
        at = callback.time("timestamp", per_second=1000)
        if event == "message":
            return [] if callback.object("message").text("type") == "sticker" else [_inbound(callback)]
        if event in _STATES:
            return [Delivery(callback.id("message_token"), _STATES[event], at)]
        return []

    def reply(self, hook: Webhook) -> Reply:
        return Reply()

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        send = partial(self._send, http, outbound)
        words, file = {"type": "text", "text": outbound.text}, outbound.attachment
        if file is None:
            return await send(words)
        demand(file, self.carries)
        if len(outbound.text) <= _CAPTION:
            return await send({"type": "picture", "text": outbound.text, "media": file.url})
        return await apart(send, words, {"type": "picture", "text": "", "media": file.url})

    async def fetch(self, http: ClientSession, media: Media, limit: int) -> bytes:
        return await fetch(http, Source(self.api_url, frozenset({"viber.com"})), media.reference, limit=limit)

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        """Viber calls the address at once, and refuses one that does not answer. Names and faces we do not ask for."""
        wanted = {"url": address, "event_types": [*_STATES], "send_name": False, "send_photo": False}
        answer = await self._ask(http, "set_webhook", wanted)
        _demand_accepted(answer)
        if answer.dig("status") != 0:
            raise SendFailed("the provider's answer was not understood", retry=False)
        return (f"Viber now calls {address}.",)

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        faults = address_faults(address, "Viber")
        try:
            answer = await self._ask(http, "get_account_info", {})
        except SendFailed as failed:
            return (*faults, unreachable("Viber", failed))
        status = answer.dig("status")
        if status == _BAD_TOKEN:
            return (*faults, "Viber does not know the auth_token: copy it again from the bot's Edit Info.")
        if status in (7, 8, 9):
            return (*faults, "Viber has blocked or suspended this bot: ask its support, nothing here can help.")
        if status != 0 or not isinstance(answer.dig("id"), str):
            return (*faults, unreadable("Viber", answer.status))
        return (*faults, *elsewhere("Viber", str(answer.dig("webhook") or ""), address))

    async def _send(self, http: ClientSession, outbound: Outbound, what: dict[str, Any]) -> str:
        payload = {
            "receiver": outbound.to,
            "min_api_version": 1,
            "sender": {"name": self.name},
            "tracking_data": outbound.key,
            **what,
        }
        answer = await self._ask(http, "send_message", payload)
        _demand_accepted(answer)
        return answer.id("message_token")

    async def _ask(self, http: ClientSession, method: str, payload: dict[str, Any]) -> Answer:
        headers = {"X-Viber-Auth-Token": self.auth_token}
        return await post(http, f"{self.api_url}/pa/{method}", seconds=self.timeout, json=payload, headers=headers)


def _demand_accepted(answer: Answer) -> None:
    """Raise SendFailed unless Viber says status 0, with its own words for no."""
    code = answer.dig("status")
    check(answer, code=code)
    if isinstance(code, int) and code != 0:
        fast = code == _TOO_MANY_REQUESTS
        raise refusal(
            answer,
            code=code,
            retry=fast,
            opted_out=code == _NOT_SUBSCRIBED,
            fault="busy" if fast else "keys" if code in _ACCOUNT else None,
        )


def _inbound(callback: Fields) -> Inbound:
    message = callback.object("message")
    kind = message.text("type")
    pin = message.object("location") if message.has("location") else None
    # The media of a message that was forwarded may be empty; that of a link is the link.
    there = kind in _FILES and bool(message.optional_text("media"))
    return Inbound(
        sender=callback.object("sender").id("id"),
        text=_words(message, kind),
        external_id=callback.id("message_token"),
        sent_at=callback.time("timestamp", per_second=1000),
        location=pin.place("lat", "lon") if pin else None,
        media=(Media(message.reference("media"), _FILES[kind]),) if there else (),
    )


def _words(message: Fields, kind: str) -> str:
    if kind == "url":
        return message.optional_text("media")
    if kind == "contact":
        card = message.object("contact")
        return " ".join(filter(None, (card.optional_text("name"), card.optional_text("phone_number"))))
    return message.optional_text("text")
