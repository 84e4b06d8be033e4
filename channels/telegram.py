"""Chat with a Telegram bot.

https://core.telegram.org/bots/api#update (what arrives), #setwebhook (secret_token), #sendmessage,
https://core.telegram.org/bots/api#making-requests (errors), #responseparameters (retry_after)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from aiohttp import ClientSession

from channels.base import Delivery, Inbound, NotAuthentic, Outbound, Reply, Webhook, setting
from channels.payload import Fields, read_json
from channels.proof import demand_strength, same
from channels.sending import TIMEOUT, Answer, check, post

_FROM_A_PERSON = (
    *("text", "caption", "location", "contact"),
    *("photo", "voice", "audio", "video", "video_note", "animation", "document", "sticker"),
)
"""A message with none of these is Telegram's own: somebody joined, a title changed."""


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
    carries: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        demand_strength("webhook_secret", self.webhook_secret)

    def authenticate(self, hook: Webhook) -> None:
        if not same(hook.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), self.webhook_secret):
            raise NotAuthentic("the Telegram secret token is wrong")

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        """Only new messages of people in private chats: edits, groups and other updates are ignored on purpose."""
        update = read_json(hook.body)
        external_id = update.id("update_id")
        if not update.has("message"):
            return []
        message = update.object("message")
        chat = message.object("chat")
        if chat.text("type") != "private" or not any(map(message.has, _FROM_A_PERSON)):
            return []
        return [
            Inbound(
                sender=chat.id("id"),
                text=message.optional_text("text") or message.optional_text("caption"),
                external_id=external_id,
                sent_at=message.time("date"),
                location=_location(message),
            )
        ]

    def reply(self, hook: Webhook) -> Reply:
        return Reply()

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        url = f"{self.api_url}/bot{self.bot_token}/sendMessage"
        answer = await post(http, url, seconds=self.timeout, json={"chat_id": outbound.to, "text": outbound.text})
        answer = _with_telegrams_wait(answer)
        check(answer, code=answer.dig("error_code"), opted_out=_is_gone(answer))
        # Telegram promises that the number is unique within one chat only.
        return f"{answer.id('result', 'message_id')}:{outbound.key}"


def _location(message: Fields) -> tuple[float, float] | None:
    return message.object("location").place("latitude", "longitude") if message.has("location") else None


def _with_telegrams_wait(answer: Answer) -> Answer:
    wait = answer.dig("parameters", "retry_after")
    return replace(answer, retry_after=float(wait)) if isinstance(wait, int) and 0 <= wait < 10**9 else answer


def _is_gone(answer: Answer) -> bool:
    """Whether this one person blocked the bot or left Telegram. A 403 of a proxy says neither."""
    said = str(answer.dig("description"))
    return answer.dig("error_code") == 403 and ("blocked by the user" in said or "user is deactivated" in said)
