"""SMS by Africa's Talking, for the channels that send by it: handing a text over, delivery reports, the account.

https://developers.africastalking.com/docs/sms/sending/bulk (sending; a status code for each recipient)
https://docs.africastalking.com/sms/deliveryreports (id, status, failureReason)
https://developers.africastalking.com/docs/application (the account's balance: GET /version1/user)
"""

from __future__ import annotations

import re
from typing import Any, Protocol

from aiohttp import ClientSession

from channels.base import Delivery, DeliveryState, Outbound, SendFailed
from channels.connecting import address_faults, unreachable, unreadable
from channels.payload import Fields
from channels.sending import ask, check, post, refusal

_STATES: dict[str, DeliveryState] = {
    "Sent": "sent",
    "Submitted": "sent",
    "Buffered": "sent",
    "Success": "delivered",
    "Rejected": "failed",
    "Failed": "failed",
    "Expired": "failed",
    "AbsentSubscriber": "failed",
}
_ACCEPTED = frozenset({100, 101, 102})
_BLACKLISTED = 406
_NOT_NOW = 409
"""A number in Nigeria whose owner wants no advertising, at an hour in which its operators let none through."""
_TEMPORARY = frozenset({_NOT_NOW, 500, 501})
_ACCOUNT = frozenset({402, 405, "InvalidSenderId", "InsufficientBalance"})
"""Of the account and not of the text: its sender id is not known, or it is empty. The words where nobody was tried."""
_EMPTY = re.compile(r"[A-Z]{3} ?-?0(\.0+)?")


class Account(Protocol):
    """The settings of an application at Africa's Talking."""

    @property
    def username(self) -> str: ...
    @property
    def api_key(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def api_url(self) -> str: ...
    @property
    def timeout(self) -> float: ...


async def send_sms(http: ClientSession, account: Account, outbound: Outbound) -> str:
    """Hand one text over; the id its delivery reports will name. Raises SendFailed."""
    form = {"username": account.username, "to": outbound.to, "message": outbound.text}
    if account.sender:
        form["from"] = account.sender
    answer = await post(
        http,
        f"{account.api_url}/version1/messaging",
        seconds=account.timeout,
        data=form,
        headers={"apiKey": account.api_key, "Accept": "application/json"},
    )
    check(answer, retry=answer.status == _NOT_NOW)
    recipient = ("SMSMessageData", "Recipients", 0)
    if answer.dig("SMSMessageData", "Recipients") == []:
        said = str(answer.dig("SMSMessageData", "Message"))
        raise refusal(answer, code=said, fault="keys" if said in _ACCOUNT else None)
    code: Any = answer.dig(*recipient, "statusCode")
    if isinstance(code, int) and code not in _ACCEPTED:
        raise refusal(
            answer,
            code=code,
            retry=code in _TEMPORARY,
            opted_out=code == _BLACKLISTED,
            fault="keys" if code in _ACCOUNT else None,
        )
    return answer.id(*recipient, "messageId")


def read_delivery(form: Fields) -> list[Delivery]:
    """What a delivery report says; nothing for a status we do not know."""
    external_id, state = form.id("id"), _STATES.get(form.text("status"))
    if state is None:
        return []
    why = form.optional_text("failureReason")
    return [
        Delivery(
            external_id,
            state,
            reason=why if why.isascii() and why.isalpha() and len(why) <= 40 else "",
            opted_out=why.lower() == "userinblacklist",
        )
    ]


async def examine_account(http: ClientSession, account: Account, address: str) -> tuple[str, ...]:
    """What is wrong with our address, the key or the balance."""
    faults = address_faults(address, "Africa's Talking")
    try:
        answer = await ask(
            http,
            "GET",
            f"{account.api_url}/version1/user",
            seconds=account.timeout,
            params={"username": account.username},
            headers={"apiKey": account.api_key, "Accept": "application/json"},
        )
    except SendFailed as failed:
        return (*faults, unreachable("Africa's Talking", failed))
    if answer.status in (401, 403):
        return (*faults, "Africa's Talking does not know username and api_key together: make a new key, copy both.")
    balance = answer.dig("UserData", "balance")
    if not isinstance(balance, str):
        return (*faults, unreadable("Africa's Talking", answer.status))
    if _EMPTY.fullmatch(balance) or "-" in balance:
        return (*faults, "The account at Africa's Talking is empty, so that no text goes out: top it up.")
    return faults
