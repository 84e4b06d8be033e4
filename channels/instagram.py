"""Direct messages to an Instagram professional account.

https://developers.facebook.com/documentation/instagram-platform/webhooks/examples (what arrives)
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api (sending)
Subscribe to messages, messaging_postbacks and messaging_seen. Comments are public and not texts to us: ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from aiohttp import ClientSession

from channels import meta, meta_messaging
from channels.base import Delivery, Inbound, Outbound, Reply, Webhook, setting
from channels.sending import TIMEOUT


@dataclass(frozen=True)
class Instagram:
    account_id: str = setting("Id of the Instagram professional account.")
    access_token: str = setting("Access token with instagram_business_manage_messages.", secret=True)
    app_secret: str = setting("Instagram app secret: signs the webhooks.", secret=True)
    verify_token: str = setting("The verify token you typed where the webhook is configured.", secret=True)
    api_url: str = setting("Address and version of the API.", default="https://graph.instagram.com/v23.0")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "instagram"
    max_length: ClassVar[int] = 250  # the limit is 1,000 bytes of UTF-8, at most 4 a character
    segmented: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = timedelta(hours=24)
    carries: ClassVar[frozenset[str]] = frozenset()

    def authenticate(self, hook: Webhook) -> None:
        meta.authenticate(hook, app_secret=self.app_secret, verify_token=self.verify_token)

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        return meta_messaging.events(hook, self.account_id)

    def reply(self, hook: Webhook) -> Reply:
        return meta.reply(hook)

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        payload = {"recipient": {"id": outbound.to}, "message": {"text": outbound.text}}
        url = f"{self.api_url}/{self.account_id}/messages"
        answer = await meta.send(http, url, self.access_token, payload, seconds=self.timeout)
        return answer.id("message_id")
