"""SMS and MMS through Twilio, and the other kinds of text its numbers carry (WhatsApp, Messenger), kept apart by address.

https://www.twilio.com/docs/messaging/guides/webhook-request (what arrives, also for opt-out words, as normal texts)
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status (status callbacks)
https://www.twilio.com/docs/usage/security#validating-requests (signature)
https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource (sending, files, templates)
https://www.twilio.com/docs/content/send-templates-created-with-the-content-template-builder (ContentSid)
https://www.twilio.com/docs/messaging/api/media-resource (files, and where they lie: mms.twiliocdn.com)
https://www.twilio.com/docs/messaging/guides/accepted-mime-types (5 MB a message by MMS; WhatsApp and RCS take more)
https://www.twilio.com/docs/whatsapp/key-concepts (24 hours on WhatsApp)

Twilio signs no time. When it tries again it sends the same I-Twilio-Idempotency-Token and the same MessageSid, by which
a text is one; it takes no such token from us, so a text sent twice arrives twice. How to set it up and what can be wrong
with it is in `twilio_account`.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import ClassVar
from urllib.parse import urlparse

from aiohttp import ClientSession, encode_basic_auth

from channels import twilio_account
from channels.attaching import demand
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
from channels.base64text import decode_if_encoded
from channels.fetching import Source, fetch
from channels.payload import Fields
from channels.sending import TIMEOUT, check, post

_OPTED_OUT = ("21610", "63014")
"""https://www.twilio.com/docs/api/errors/21610: the person sent STOP to this number.
https://www.twilio.com/docs/api/errors/63014: the person blocked this sender in their app, or opted out there.
"""

_STATES: dict[str, DeliveryState] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}
_WINDOWS = {"whatsapp": timedelta(hours=24), "messenger": timedelta(hours=24)}
"""By the kind of address: those of Meta's apps. SMS and RCS have none."""
_API_HOSTS = frozenset({"api.twilio.com"})
"""Where files are, also for accounts whose `api_url` is that of a region."""
_MEDIA_HOSTS = frozenset({"twiliocdn.com", "s3-external-1.amazonaws.com"})
"""Where Twilio sends on to: the second for accounts that do not ask for a password on files."""


@dataclass(frozen=True)
class Twilio:
    account_sid: str = setting("Account SID from the Twilio console, begins with AC.")
    auth_token: str = setting("Auth token of the account: signs the webhooks and opens the API.", secret=True)
    from_number: str = setting(
        "Your number, such as +15005550006, or the SID of a messaging service, begins with MG. A WhatsApp sender is an"
        " entry of its own, such as whatsapp:+15005550006: so its 24 hours are kept."
    )
    status_url: str = setting("Public address Twilio reports deliveries to; empty for none.", default="")
    api_url: str = setting("Address of Twilio's API.", default="https://api.twilio.com")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "twilio"
    max_length: ClassVar[int] = 1600
    segmented: ClassVar[bool] = True
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[Mapping[str, int | None]] = {"image": 5_000_000, "audio": 5_000_000, "document": 5_000_000}

    def __post_init__(self) -> None:
        # An entry of its own for WhatsApp: all it texts are there. A number that serves several apps has no one window.
        object.__setattr__(self, "window", self.window_to(self.from_number))

    def window_to(self, address: str) -> timedelta | None:
        return _WINDOWS.get(address.partition(":")[0])

    def authenticate(self, hook: Webhook) -> None:
        """Accept what `twilio.request_validator.RequestValidator` accepts, reading the form once."""
        try:
            # Sorted by name, then value, each pair once: also when a name is there twice.
            fields = "".join([name + value for name, value in sorted(set(hook.form.items()))]).encode()
            signers = _signers(self.auth_token, hook.url)
        except (ValueError, TypeError):  # a surrogate or a file in the form, or an address that is none
            raise NotAuthentic("the request cannot have been signed") from None
        given = hook.headers.get("X-Twilio-Signature", "").encode("utf-8", "surrogatepass")
        for signer in signers:
            mac = signer.copy()
            mac.update(fields)
            if hmac.compare_digest(given, base64.b64encode(mac.digest())):
                return
        raise NotAuthentic("the Twilio signature is wrong")

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        form = Fields(hook.form)
        external_id = form.id("MessageSid")
        status = form.optional_text("MessageStatus")
        if status and status != "received":
            return _delivery(external_id, status, form)
        located = form.has("Latitude") and form.has("Longitude")
        media = tuple(_media(form))
        wordless = located or media
        return [
            Inbound(
                sender=form.id("From"),
                text=decode_if_encoded(form.optional_text("Body") if wordless else form.text("Body")),
                external_id=external_id,
                location=form.place("Latitude", "Longitude") if located else None,
                media=media,
                replies_to=form.id("OriginalRepliedMessageSid")
                if form.values.get("OriginalRepliedMessageSid")
                else None,
            )
        ]

    def reply(self, hook: Webhook) -> Reply:
        return Reply("<Response/>", "text/xml")

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        form = {"To": outbound.to, **self._what(outbound)}
        if self.from_number.startswith("MG"):
            form["MessagingServiceSid"] = self.from_number
        else:
            # "whatsapp:+254..." is answered from "whatsapp:+1...", and a plain number from a plain number.
            kind, colon, _ = outbound.to.rpartition(":")
            form["From"] = kind + colon + self.from_number.rpartition(":")[2]
        if self.status_url:
            form["StatusCallback"] = self.status_url
        answer = await post(
            http,
            f"{self.api_url}/2010-04-01/Accounts/{self.account_sid}/Messages.json",
            seconds=self.timeout,
            data=form,
            headers=self._basic(),
        )
        code = answer.dig("code")
        check(answer, code=code, opted_out=str(code) in _OPTED_OUT)
        return answer.id("sid")

    async def fetch(self, http: ClientSession, media: Media, limit: int) -> bytes:
        source = Source(self.api_url, _API_HOSTS | _MEDIA_HOSTS, self._basic(), told=_API_HOSTS)
        return await fetch(http, source, media.reference, limit=limit)

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return await twilio_account.connect(http, self._account(), address)

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return await twilio_account.examine(http, self._account(), address)

    def _what(self, outbound: Outbound) -> dict[str, str]:
        """The words, the file with them, or the approved wording with its values by number."""
        file, template = outbound.attachment, outbound.template
        if template:
            if file:
                raise SendFailed("a template of Twilio's carries no file of ours", retry=False)
            values = {str(place): value for place, value in enumerate(template.values, start=1)}
            return {"ContentSid": template.name} | ({"ContentVariables": json.dumps(values)} if values else {})
        if file:
            demand(file, self.carries)
        return {"Body": outbound.text} | ({"MediaUrl": file.url} if file else {})

    def _basic(self) -> dict[str, str]:
        return {"Authorization": encode_basic_auth(self.account_sid, self.auth_token)}

    def _account(self) -> twilio_account.Account:
        return twilio_account.Account(
            self.account_sid, self.from_number, self.status_url, self.api_url, self.timeout, self._basic()
        )


def _media(form: Fields) -> Iterator[Media]:
    """The files in the order in which they came; Twilio numbers them from 0, ten at most."""
    for number in range(10):
        if not form.has(f"MediaUrl{number}"):
            return
        yield Media(form.reference(f"MediaUrl{number}"), form.kind(f"MediaContentType{number}"))


def _delivery(external_id: str, status: str, form: Fields) -> list[Inbound | Delivery]:
    if status not in _STATES:  # queued, sending and the like: nothing became of it yet
        return []
    code = form.optional_text("ErrorCode")
    known = code.isascii() and code.isdigit() and len(code) <= 7 and code != "0"
    return [
        Delivery(
            external_id,
            _STATES[status],
            reason=f"code {code}" if known else "",
            opted_out=code in _OPTED_OUT,
        )
    ]


@lru_cache(maxsize=256)
def _signers(auth_token: str, url: str) -> tuple[hmac.HMAC, hmac.HMAC]:
    """Fed with the address without and with its port: Twilio signs either. ValueError if it is no address."""
    parts = urlparse(url)
    bare = parts._replace(netloc=parts.netloc.split(":")[0]) if parts.port else parts
    default = 443 if parts.scheme == "https" else 80
    full = parts if parts.port else parts._replace(netloc=f"{parts.netloc}:{default}")
    key = auth_token.encode()
    return hmac.new(key, bare.geturl().encode(), "sha1"), hmac.new(key, full.geturl().encode(), "sha1")
