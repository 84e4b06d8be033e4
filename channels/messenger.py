"""Chat with a Facebook page through Messenger.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events (arriving)
https://developers.facebook.com/docs/messenger-platform/reference/send-api (sending; free for 24 hours after a text)
Subscribe the page to messages, messaging_postbacks and message_deliveries.
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
class Messenger:
    page_id: str = setting("Id of the Facebook page.")
    access_token: str = setting("Page access token with pages_messaging.", secret=True)
    app_secret: str = setting("App secret: signs the webhooks.", secret=True)
    verify_token: str = setting("The verify token you typed where the webhook is configured.", secret=True)
    api_url: str = setting("Address and version of the Graph API.", default=meta.GRAPH)
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "messenger"
    max_length: ClassVar[int] = 2000
    segmented: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = timedelta(hours=24)
    carries: ClassVar[frozenset[str]] = frozenset()

    def authenticate(self, hook: Webhook) -> None:
        meta.authenticate(hook, app_secret=self.app_secret, verify_token=self.verify_token)

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        return meta_messaging.events(hook, self.page_id)

    def reply(self, hook: Webhook) -> Reply:
        return meta.reply(hook)

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        payload = {"recipient": {"id": outbound.to}, "messaging_type": "RESPONSE", "message": {"text": outbound.text}}
        url = f"{self.api_url}/{self.page_id}/messages"
        answer = await meta.send(http, url, self.access_token, payload, seconds=self.timeout)
        return answer.id("message_id")
