"""Setting a Twilio number or messaging service up, and what can be wrong with the account.

https://www.twilio.com/docs/iam/api/account (status, type)
https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource (SmsUrl)
https://www.twilio.com/docs/messaging/api/service-resource (InboundRequestUrl, StatusCallback; UseInboundWebhookOnNumber)
https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides (rc, rp)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession

from channels.base import SendFailed
from channels.connecting import address_faults, elsewhere, unreachable, unreadable
from channels.sending import Answer, ask, check

RETRIES = "#rc=5&rp=all"
"""Ends an address Twilio calls: it tries five times more after any failure, within 15 seconds, not once and only where it
found no connection. It is read by Twilio alone: neither called nor signed."""


@dataclass(frozen=True)
class Account:
    sid: str
    from_number: str
    status_url: str
    api_url: str
    seconds: float
    headers: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        return f"{self.api_url}/2010-04-01/Accounts/{self.sid}"

    @property
    def service_url(self) -> str:
        """Messaging services have a host of their own beside that of the API."""
        return f"{self.api_url.replace('://api.', '://messaging.', 1)}/v1/Services/{self.from_number}"

    @property
    def has_service(self) -> bool:
        return self.from_number.startswith("MG")

    @property
    def is_whatsapp(self) -> bool:
        return self.from_number.startswith("whatsapp:")

    async def ask(self, http: ClientSession, method: str, url: str, **request: Any) -> Answer:
        return await ask(http, method, url, seconds=self.seconds, headers=self.headers, **request)


async def connect(http: ClientSession, account: Account, address: str) -> tuple[str, ...]:
    """Have Twilio call the address for the number or the service."""
    if account.is_whatsapp:
        return (
            f"In Twilio's console under Messaging > Senders > WhatsApp senders, type {address} as webhook URL for"
            " incoming messages and as status callback URL.",
        )
    if account.has_service:
        form = {
            "InboundRequestUrl": address + RETRIES,
            "InboundMethod": "POST",
            "StatusCallback": address + RETRIES,
            "UseInboundWebhookOnNumber": "false",
        }
        _accepted(await account.ask(http, "POST", account.service_url, data=form))
        return (f"Twilio now calls {address} for all numbers of this messaging service, and reports deliveries there.",)
    number = await _number(http, account)
    if number is None:
        raise SendFailed("the account has no number as from_number", retry=False)
    url = f"{account.url}/IncomingPhoneNumbers/{number.get('sid')}.json"
    _accepted(await account.ask(http, "POST", url, data={"SmsUrl": address + RETRIES, "SmsMethod": "POST"}))
    lines = (f"Twilio now calls {address} for texts to this number.",)
    return lines if account.status_url else (*lines, f"To hear what becomes of our texts, set status_url to {address}.")


async def examine(http: ClientSession, account: Account, address: str) -> tuple[str, ...]:
    faults = address_faults(address, "Twilio")
    try:
        answer = await account.ask(http, "GET", f"{account.url}.json")
        if answer.status in (401, 403, 404):
            return (*faults, "Twilio does not accept auth_token for account_sid: copy both from the console.")
        if answer.status != 200 or answer.dig("sid") != account.sid:
            return (*faults, unreadable("Twilio", answer.status))
        if answer.dig("status") != "active":
            return (*faults, "The account is suspended or closed: see Twilio's console for why.")
        if answer.dig("type") == "Trial":
            faults += ("This is a trial account, which texts verified numbers only: upgrade it in the console.",)
        if account.status_url and account.status_url != address:
            faults += ("The status_url is not this channel's address, so we hear of no delivery: set it to that.",)
        return (*faults, *await _examine_sender(http, account, address))
    except SendFailed as failed:
        return (*faults, unreachable("Twilio", failed))


async def _examine_sender(http: ClientSession, account: Account, address: str) -> tuple[str, ...]:
    """Whether the address registered is ours. That of a WhatsApp sender can only be seen in the console."""
    if account.is_whatsapp:
        return ()
    if account.has_service:
        answer = await account.ask(http, "GET", account.service_url)
        if answer.status == 404:
            return ("The account has no messaging service as from_number: copy its SID from the console.",)
        if answer.dig("sid") != account.from_number:
            return (unreadable("Twilio", answer.status),)
        if answer.dig("use_inbound_webhook_on_number") is True:
            return ("The service leaves texts to the addresses of its numbers: run `answerable channel setup` for it.",)
        return elsewhere("Twilio", _called(answer.dig("inbound_request_url")), address)
    number = await _number(http, account)
    if number is None:
        return ("The account has no number as from_number, so nothing arrives: check it in the console.",)
    if number.get("sms_method") not in (None, "POST"):
        return ("Twilio calls us with GET, which we cannot check: run `answerable channel setup` for this channel.",)
    return elsewhere("Twilio", _called(number.get("sms_url")), address)


def _called(registered: object) -> str:
    """A registered address without what Twilio reads of it alone."""
    return str(registered or "").partition("#")[0]


async def _number(http: ClientSession, account: Account) -> dict[str, Any] | None:
    """The number texts come from, as the account has it; None if it has none such."""
    url = f"{account.url}/IncomingPhoneNumbers.json"
    answer = await account.ask(http, "GET", url, params={"PhoneNumber": account.from_number})
    check(answer, code=answer.dig("code"))
    found = answer.dig("incoming_phone_numbers")
    if not isinstance(found, list):
        raise SendFailed("the provider's answer was not understood", retry=False)
    return found[0] if found and isinstance(found[0], dict) and isinstance(found[0].get("sid"), str) else None


def _accepted(answer: Answer) -> None:
    check(answer, code=answer.dig("code"))
    if not isinstance(answer.dig("sid"), str):
        raise SendFailed("the provider's answer was not understood", retry=False)
