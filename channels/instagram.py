"""Direct messages to an Instagram professional account.

https://developers.facebook.com/documentation/instagram-platform/webhooks/examples (what arrives)
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api (sending)
https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message (1,000 bytes)
https://developers.facebook.com/docs/messenger-platform/instagram/features/attachment-upload (types and sizes of files)
https://developers.facebook.com/docs/instagram-platform/webhooks (subscribed_apps)

Comments are public and not texts to us: ignored. Beyond 24 hours nothing goes: Instagram has no templates, and the tag
HUMAN_AGENT is for people, not programs. There are no delivery reports but reads, and no key against sending twice.
The app's address can be typed in its dashboard only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from aiohttp import ClientSession

from channels import meta, meta_messaging
from channels.base import Delivery, Inbound, Media, Outbound, Reply, SendFailed, Webhook, setting
from channels.connecting import address_faults, unreachable
from channels.fetching import Source, fetch
from channels.sending import TIMEOUT

_FIELDS = ("messages", "messaging_postbacks", "messaging_seen")


@dataclass(frozen=True)
class Instagram:
    account_id: str = setting("Id of the Instagram professional account.")
    access_token: str = setting("Access token with instagram_business_manage_messages.", secret=True)
    app_secret: str = setting("Instagram app secret: signs the webhooks.", secret=True)
    verify_token: str = setting("Any word of your own: proves the address to Meta when it is set up.", secret=True)
    api_url: str = setting("Address and version of the API.", default="https://graph.instagram.com/v23.0")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "instagram"
    max_length: ClassVar[int] = 250  # the limit is 1,000 bytes of UTF-8, at most 4 a character
    segmented: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = timedelta(hours=24)
    carries: ClassVar[Mapping[str, int | None]] = {
        "image": 8_000_000,
        "audio/mp4": 25_000_000,
        "audio/aac": 25_000_000,
        "document": 25_000_000,
    }

    def authenticate(self, hook: Webhook) -> None:
        meta.authenticate(hook, app_secret=self.app_secret, verify_token=self.verify_token)

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        return meta_messaging.events(hook, self.account_id)

    def reply(self, hook: Webhook) -> Reply:
        return meta.reply(hook)

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        return await meta_messaging.send(partial(self._send, http, outbound.to), outbound, self.carries)

    async def fetch(self, http: ClientSession, media: Media, limit: int) -> bytes:
        return await fetch(http, Source(self.api_url, meta_messaging.HOSTS), media.reference, limit=limit)

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        url = f"{self.api_url}/{self.account_id}/subscribed_apps"
        wanted = {"subscribed_fields": ",".join(_FIELDS)}
        answer = await meta.send(http, url, self.access_token, wanted, seconds=self.timeout)
        if answer.dig("success") is not True:
            raise SendFailed("the provider's answer was not understood", retry=False)
        return (
            "The app is now told of what is written to the account.",
            f"In the app's dashboard under Instagram > API setup with Instagram login > Configure webhooks, type {address}"
            f" as callback URL and your verify_token, and subscribe to {', '.join(_FIELDS)}.",
        )

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        """The address typed in the dashboard cannot be asked for, nor the app secret tried."""
        faults = address_faults(address, "Meta")
        look = partial(meta.look, http, token=self.access_token, seconds=self.timeout)
        try:
            account = await look(f"{self.api_url}/me", fields="user_id")
            fault = meta.fault_of(account, thing="account_id")
            if fault:
                return (*faults, fault)
            if str(account.dig("user_id")) != self.account_id:
                return (*faults, "The access_token is that of another account than account_id: check both.")
            apps = await look(f"{self.api_url}/{self.account_id}/subscribed_apps")
        except SendFailed as failed:
            return (*faults, unreachable("Meta", failed))
        fault = meta.fault_of(apps, thing="account_id")
        missing = [] if fault else meta_messaging.unsubscribed(apps, _FIELDS)
        if missing:
            fault = f"The app is not told of {', '.join(missing)}: run `answerable channel setup` for it."
        return (*faults, fault) if fault else faults

    async def _send(self, http: ClientSession, to: str, message: Mapping[str, Any]) -> str:
        payload = {"recipient": {"id": to}, "message": message}
        url = f"{self.api_url}/{self.account_id}/messages"
        answer = await meta.send(http, url, self.access_token, payload, seconds=self.timeout)
        return answer.id("message_id")
