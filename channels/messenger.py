"""Chat with a Facebook page through Messenger.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events (arriving)
https://developers.facebook.com/docs/messenger-platform/reference/send-api (sending; free for 24 hours after a text)
https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/utility-messages
https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages/saving-assets (sizes)
https://developers.facebook.com/docs/graph-api/reference/app/subscriptions/ (the app's address)
https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps/ (which pages it is told of)

Beyond the 24 hours only utility messages go, by a template of the page; they want page_utility_messaging, and Meta opens
them country by country. Message tags are gone but for HUMAN_AGENT, which no program may use, so we do not.
There is no key against sending twice. Reads come as a time up to which all was read, which names no text: ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from aiohttp import ClientSession

from channels import meta, meta_messaging
from channels.base import Delivery, Inbound, Media, Outbound, Reply, SendFailed, Template, Webhook, setting
from channels.connecting import address_faults, elsewhere, unreachable, unreadable
from channels.fetching import Source, fetch
from channels.sending import TIMEOUT

_FIELDS = ("messages", "messaging_postbacks", "message_deliveries")


@dataclass(frozen=True)
class Messenger:
    page_id: str = setting("Id of the Facebook page.")
    access_token: str = setting("Page access token with pages_messaging and pages_manage_metadata.", secret=True)
    app_secret: str = setting("App secret: signs the webhooks.", secret=True)
    verify_token: str = setting("Any word of your own: proves the address to Meta when it is set up.", secret=True)
    app_id: str = setting("Id of the app; with it the address is set up and tested by us, else by hand.", default="")
    api_url: str = setting("Address and version of the Graph API.", default=meta.GRAPH)
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "messenger"
    max_length: ClassVar[int] = 2000
    segmented: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = timedelta(hours=24)
    carries: ClassVar[Mapping[str, int | None]] = {"image": 8_000_000, "audio": 25_000_000, "document": 25_000_000}

    def authenticate(self, hook: Webhook) -> None:
        meta.authenticate(hook, app_secret=self.app_secret, verify_token=self.verify_token)

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        return meta_messaging.events(hook, self.page_id)

    def reply(self, hook: Webhook) -> Reply:
        return meta.reply(hook)

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        if outbound.template:
            if outbound.attachment:
                raise SendFailed("a template of Messenger's carries no file of ours", retry=False)
            return await self._send(http, outbound.to, "UTILITY", _template(outbound.template))
        return await meta_messaging.send(partial(self._send, http, outbound.to, "RESPONSE"), outbound, self.carries)

    async def fetch(self, http: ClientSession, media: Media, limit: int) -> bytes:
        return await fetch(http, Source(self.api_url, meta_messaging.HOSTS), media.reference, limit=limit)

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        fields = ",".join(_FIELDS)
        lines = [
            f"In the app's dashboard under Messenger > Settings > Webhooks, type {address} as callback URL and"
            f" your verify_token, and subscribe to {', '.join(_FIELDS)}."
        ]
        if self.app_id:
            wanted = {"object": "page", "callback_url": address, "verify_token": self.verify_token, "fields": fields}
            await self._do(http, f"{self.app_id}/subscriptions", self._app_token(), wanted)
            lines = [f"Meta now calls {address} for this app."]
        await self._do(http, f"{self.page_id}/subscribed_apps", self.access_token, {"subscribed_fields": fields})
        return (*lines, "The app is now told of what is written to the page.")

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        faults = address_faults(address, "Meta")
        look = partial(meta.look, http, seconds=self.timeout, app_secret=self.app_secret)
        page = f"{self.api_url}/{self.page_id}"
        try:
            known = await look(page, self.access_token, fields="id")
            fault = meta.fault_of(known, thing="page_id")
            if fault or known.dig("id") != self.page_id:
                return (*faults, fault or unreadable("Meta", known.status))
            apps = await look(f"{page}/subscribed_apps", self.access_token)
            fault = meta.fault_of(apps, thing="page_id")
            if fault:
                return (*faults, fault)
            missing = meta_messaging.unsubscribed(apps, _FIELDS)
            if missing:
                faults += (f"The app is not told of {', '.join(missing)}: run `answerable channel setup` for it.",)
            return (*faults, *(await self._examine_app(http, address) if self.app_id else ()))
        except SendFailed as failed:
            return (*faults, unreachable("Meta", failed))

    async def _examine_app(self, http: ClientSession, address: str) -> tuple[str, ...]:
        url = f"{self.api_url}/{self.app_id}/subscriptions"
        answer = await meta.look(http, url, self._app_token(), seconds=self.timeout)
        if answer.dig("error", "code") in (100, 101, 190):
            return ("Meta does not accept app_id with app_secret: copy both from the app's Settings > Basic.",)
        fault = meta.fault_of(answer, thing="app_id")
        if fault:
            return (fault,)
        subscriptions = answer.dig("data")
        called = [
            str(item.get("callback_url"))
            for item in (subscriptions if isinstance(subscriptions, list) else [])
            if isinstance(item, dict) and item.get("object") == "page"
        ]
        return elsewhere("Meta", called[0] if called else "", address)

    def _app_token(self) -> str:
        return f"{self.app_id}|{self.app_secret}"

    async def _send(self, http: ClientSession, to: str, kind: str, message: Mapping[str, Any]) -> str:
        payload = {"recipient": {"id": to}, "messaging_type": kind, "message": message}
        url = f"{self.api_url}/{self.page_id}/messages"
        answer = await meta.send(http, url, self.access_token, payload, seconds=self.timeout)
        return answer.id("message_id")

    async def _do(self, http: ClientSession, path: str, token: str, payload: Mapping[str, Any]) -> None:
        answer = await meta.send(http, f"{self.api_url}/{path}", token, payload, seconds=self.timeout)
        if answer.dig("success") is not True:
            raise SendFailed("the provider's answer was not understood", retry=False)


def _template(template: Template) -> dict[str, Any]:
    values = [{"type": "text", "text": value} for value in template.values]
    components = [{"type": "body", "parameters": values}] if values else []
    return {"template": {"name": template.name, "language": {"code": template.language}, "components": components}}
