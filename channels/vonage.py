"""SMS and MMS through Vonage's Messages API.

https://developer.vonage.com/en/messages/concepts/signed-webhooks (JWT, HS256, payload_hash)
https://developer.vonage.com/en/messages/concepts/messages-status-callbacks (statuses)
https://developer.vonage.com/en/api/messages (inbound texts, sending)
https://developer.vonage.com/en/api-errors/messages and https://developer.vonage.com/en/api-errors (errors, by their `type`)
https://developer.vonage.com/en/opt-out-assist/guides/messaging-opted-out-numbers (1240: the person sent STOP)
https://developer.vonage.com/en/messages/concepts/mms (files: in the US and Canada only; nothing on their size)
https://developer.vonage.com/en/api/application.v2 (the addresses it calls; opened by API key and secret)
https://developer.vonage.com/en/getting-started/concepts/authentication (RS256 tokens: only texts sent with one report)

The token of a webhook is bound to the body by its hash, and to a time: Vonage delivers again for a day, so that is how
old it may be. A text that comes twice is one by its id. Long texts arrive whole (sms.num_messages says of how many).
client_ref is for reports and keeps no text from going twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

from aiohttp import ClientSession, encode_basic_auth

from channels import tokens
from channels.attaching import demand
from channels.base import (
    BadPayload,
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
from channels.proof import WINDOW, same, utc_now
from channels.sending import TIMEOUT, Answer, ask, check, post

_STATES: dict[str, DeliveryState] = {
    "submitted": "sent",
    "delivered": "delivered",
    "read": "read",
    "rejected": "failed",
    "undeliverable": "failed",
}
_FILES = frozenset({"image", "audio", "video", "file", "vcard"})
_HOSTS = frozenset({"nexmo.com", "vonage.com"})
_DELIVERS_AGAIN = timedelta(days=1)
_THROTTLED = "1000"
_OPTED_OUT = "1240"
_ACCOUNT = frozenset({"1060", "1070", "low-balance", "account-suspended", "unprovisioned"})
"""Of the account and not of the text: barred, without credit, not open for this."""


@dataclass(frozen=True)
class Vonage:
    account_key: str = setting("API key of the account, shown in the dashboard; it is a name, not a secret.")
    application_id: str = setting("Id of the application with the capability Messages.")
    private_key: str = setting("Private key of the application in PEM; line ends may be written as \\n.", secret=True)
    signature_secret: str = setting("Signature secret of the account: signs the webhooks.", secret=True)
    from_number: str = setting("Your number or sender id, digits only for a number.")
    api_secret: str = setting(
        "API secret of the account; with it the addresses are set up and tested by us, else by hand.",
        secret=True,
        default="",
    )
    api_url: str = setting("Address of the API.", default="https://api.nexmo.com")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)
    clock: Callable[[], datetime] = field(default=utc_now, repr=False, compare=False)

    type: ClassVar[str] = "vonage"
    max_length: ClassVar[int] = 1000
    segmented: ClassVar[bool] = True
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[Mapping[str, int | None]] = {"image": None, "audio": None}

    def __post_init__(self) -> None:
        tokens.private_key(self.private_key)

    def authenticate(self, hook: Webhook) -> None:
        scheme, _, token = hook.headers.get("Authorization", "").partition(" ")
        claims = tokens.claims(token, self.signature_secret) if scheme.lower() == "bearer" else {}
        about_this_body = same(str(claims.get("payload_hash")), hashlib.sha256(hook.body).hexdigest())
        if not about_this_body or not same(str(claims.get("api_key")), self.account_key):
            raise NotAuthentic("the Vonage token is wrong")
        made = claims.get("iat")
        age = self.clock().timestamp() - made if isinstance(made, int) and abs(made) < 10**12 else None
        if age is None or not -WINDOW.total_seconds() <= age <= (_DELIVERS_AGAIN + WINDOW).total_seconds():
            raise NotAuthentic("the signed time is not now")

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        body = read_json(hook.body)
        external_id = body.id("message_uuid")
        at = body.iso_time("timestamp")
        if body.has("status"):
            status = body.text("status")
            return [_delivery(external_id, _STATES[status], at, body)] if status in _STATES else []
        if body.text("channel") not in ("sms", "mms"):
            raise BadPayload("channel is not sms or mms")
        kind = body.text("message_type")
        file = body.object(kind) if kind in _FILES else None
        return [
            Inbound(
                sender=body.id("from"),
                text=body.text("text") if kind == "text" else file.optional_text("caption") if file else "",
                external_id=external_id,
                sent_at=at,
                media=(Media(file.reference("url"), kind if kind in ("image", "audio", "video") else ""),)
                if file
                else (),
            )
        ]

    def reply(self, hook: Webhook) -> Reply:
        return Reply()

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        payload: dict[str, Any] = {
            "channel": "sms",
            "message_type": "text",
            "to": outbound.to.removeprefix("+"),
            "from": self.from_number.removeprefix("+"),
            "client_ref": outbound.key,
        }
        file = outbound.attachment
        if file:
            kind = demand(file, self.carries)
            caption = {"caption": outbound.text} if outbound.text else {}
            payload |= {"channel": "mms", "message_type": kind, kind: {"url": file.url, **caption}}
        else:
            payload["text"] = outbound.text
        answer = await self._post(http, payload)
        code = _code(answer.json)
        check(
            answer,
            code=code,
            retry=code == _THROTTLED,
            opted_out=code == _OPTED_OUT,
            fault="busy" if code == _THROTTLED else "keys" if code in _ACCOUNT else None,
        )
        return answer.id("message_uuid")

    async def fetch(self, http: ClientSession, media: Media, limit: int) -> bytes:
        return await fetch(
            http, Source(self.api_url, _HOSTS, self._bearer(), told=_HOSTS), media.reference, limit=limit
        )

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        """Set both addresses of the application, and leave all else in it as it is."""
        by_number = "Link the number to the application, and let the account's SMS settings say Messages API."
        if not self.api_secret:
            return (
                f"In Vonage's dashboard under Applications > Edit > Messages, type {address} as inbound URL and as status"
                " URL.",
                by_number,
            )
        answer = await self._application(http, "GET")
        application = answer.json if isinstance(answer.json, dict) else {}
        name, capabilities = application.get("name"), application.get("capabilities")
        if not isinstance(name, str) or not isinstance(capabilities, dict | None):
            raise SendFailed("the provider's answer was not understood", retry=False)
        webhook = {"address": address, "http_method": "POST"}
        messages = (capabilities or {}).get("messages")
        messages = messages if isinstance(messages, dict) else {}
        wanted = {key: application[key] for key in ("name", "keys", "privacy") if key in application}
        wanted["capabilities"] = {
            **(capabilities or {}),
            "messages": {**messages, "webhooks": {"inbound_url": webhook, "status_url": webhook}},
        }
        await self._application(http, "PUT", json=wanted)
        return (f"Vonage now calls {address} for this application.", by_number)

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        """The private key is tried with a text to nobody, which Vonage reads and refuses."""
        faults = address_faults(address, "Vonage")
        try:
            answer = await self._post(http, {})
            if answer.status == 401:
                line = "Vonage does not accept private_key for application_id: make a new key in the dashboard."
                return (*faults, line)
            if answer.status != 422:
                return (*faults, unreadable("Vonage", answer.status))
            return (*faults, *(await self._examine_application(http, address) if self.api_secret else ()))
        except SendFailed as failed:
            return (*faults, unreachable("Vonage", failed))

    async def _examine_application(self, http: ClientSession, address: str) -> tuple[str, ...]:
        url = f"{self.api_url}/v2/applications/{self.application_id}"
        answer = await ask(http, "GET", url, seconds=self.timeout, headers=self._basic())
        if answer.status == 401:
            return ("Vonage does not accept api_secret for account_key: copy both from the dashboard.",)
        if answer.status == 404:
            return ("Vonage knows no such application_id in this account: copy it from the dashboard.",)
        if answer.status != 200 or not isinstance(answer.dig("id"), str):
            return (unreadable("Vonage", answer.status),)
        webhooks = ("capabilities", "messages", "webhooks")
        called = [str(answer.dig(*webhooks, which, "address") or "") for which in ("inbound_url", "status_url")]
        return next(filter(None, (elsewhere("Vonage", one, address) for one in called)), ())

    async def _application(self, http: ClientSession, method: str, **request: Any) -> Answer:
        url = f"{self.api_url}/v2/applications/{self.application_id}"
        answer = await ask(http, method, url, seconds=self.timeout, headers=self._basic(), **request)
        check(answer, code=_code(answer.json))
        return answer

    async def _post(self, http: ClientSession, payload: dict[str, Any]) -> Answer:
        url = f"{self.api_url}/v1/messages"
        return await post(http, url, seconds=self.timeout, json=payload, headers=self._bearer())

    def _basic(self) -> dict[str, str]:
        return {"Authorization": encode_basic_auth(self.account_key, self.api_secret)}

    def _bearer(self) -> dict[str, str]:
        """A token for one request."""
        now = int(self.clock().timestamp())
        claims = {"application_id": self.application_id, "iat": now, "exp": now + 300, "jti": str(uuid4())}
        return {"Authorization": f"Bearer {tokens.signed(claims, self.private_key)}"}


def _delivery(external_id: str, state: DeliveryState, at: datetime | None, body: Fields) -> Delivery:
    code = _code(body.values.get("error"))
    known = code.isascii() and code.isdigit() and len(code) <= 7
    return Delivery(external_id, state, at, f"code {code}" if known else "", opted_out=code == _OPTED_OUT)


def _code(error: Any) -> str:
    """What an error says of itself: the end of its `type`, an address in the list of errors; else its `title`."""
    if not isinstance(error, dict):
        return ""
    return str(error.get("type", "")).partition("#")[2] or str(error.get("title", ""))
