"""SMS through Infobip.

https://www.infobip.com/docs/api/channels/sms/inbound-sms/receive-inbound-sms-messages (what arrives)
https://www.infobip.com/docs/api/channels/sms/sms-messaging/logs-and-status-reports/receive-outbound-sms-message-report
https://www.infobip.com/docs/api/channels/sms/outbound-sms/send-sms-messages (sending)
https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes (what its statuses and errors mean)
https://www.infobip.com/docs/api/platform/account-management/get-account-balance (whether the key is known)

Not every account can have its webhooks signed. So the address you give Infobip must end in `/PATH_SECRET`, or have
`?secret=PATH_SECRET`: at least 128 random bits, compared in constant time; HTTPS only. Whoever learns it can forge
texts, so keep it out of proxy logs, and name Infobip's addresses in `allowed_addresses` where you know them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from aiohttp import ClientSession

from channels.base import Delivery, DeliveryState, Inbound, Outbound, Reply, SendFailed, Webhook, setting
from channels.connecting import address_faults, unreachable, unreadable
from channels.payload import Fields, read_each, read_json
from channels.proof import demand_secret_in_url, demand_strength
from channels.sending import TIMEOUT, ask, check, post, refusal

_STATES: dict[str, DeliveryState] = {
    "PENDING": "sent",
    "DELIVERED": "delivered",
    "UNDELIVERABLE": "failed",
    "EXPIRED": "failed",
    "REJECTED": "failed",
}
_AT_OPERATOR = 2
"""A status in the group DELIVERED of which only the operator is known to have the text."""
_BLOCKLISTED = 14
_ACCOUNT = (11, 12, 13, 17, 19)
"""Statuses of the account and not of the text: its sender or route is not allowed, its credit or package is used up."""
_TOO_MANY_TO_ONE, _SYSTEM_ERROR = 20, 21
_OPTED_OUT = frozenset({"573", "603", "2052"})
"""Errors of a report: the person blocks this sender, sent it a word that stops it, or is on our blocklist there."""


@dataclass(frozen=True)
class Infobip:
    api_url: str = setting("Your own address of the API, such as https://abc123.api.infobip.com.")
    api_key: str = setting("API key with the scope sms:message:send.", secret=True)
    path_secret: str = setting("Ends the webhook address: at least 128 random bits.", secret=True)
    sender: str = setting("Your number or sender id.")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "infobip"
    max_length: ClassVar[int] = 1600
    segmented: ClassVar[bool] = True
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[Mapping[str, int | None]] = {}

    def __post_init__(self) -> None:
        demand_strength("path_secret", self.path_secret)

    def authenticate(self, hook: Webhook) -> None:
        demand_secret_in_url(hook, self.path_secret)

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        return read_each((_events, result) for result in read_json(hook.body).objects("results"))

    def reply(self, hook: Webhook) -> Reply:
        return Reply()

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        message = {"sender": self.sender, "destinations": [{"to": outbound.to}], "content": {"text": outbound.text}}
        answer = await post(
            http,
            f"{self.api_url}/sms/3/messages",
            seconds=self.timeout,
            json={"messages": [message]},
            headers={"Authorization": f"App {self.api_key}", "Accept": "application/json"},
        )
        check(answer, code=answer.dig("errorCode") or answer.dig("requestError", "serviceException", "messageId"))
        status = ("messages", 0, "status")
        if answer.dig(*status, "groupName") in ("REJECTED", "UNDELIVERABLE"):
            code = answer.dig(*status, "id")
            raise refusal(
                answer,
                code=code,
                retry=code in (_TOO_MANY_TO_ONE, _SYSTEM_ERROR),
                opted_out=code == _BLOCKLISTED,
                fault="keys" if code in _ACCOUNT else None,
            )
        return answer.id("messages", 0, "messageId")

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return (
            "Infobip is set up by hand, in its portal.",
            f"For your number, forward inbound messages by HTTP to this address, as MO_JSON_2: {address}/PATH_SECRET",
            "Under Subscriptions give the same address for SMS delivery reports.",
            "Write the value of path_secret in place of PATH_SECRET. Show the whole address to nobody.",
        )

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        faults = address_faults(address, "Infobip")
        headers = {"Authorization": f"App {self.api_key}", "Accept": "application/json"}
        url = f"{self.api_url}/account/1/balance"
        try:
            answer = await ask(http, "GET", url, seconds=self.timeout, headers=headers)
        except SendFailed as failed:
            return (*faults, unreachable("Infobip", failed))
        if answer.status == 401:
            return (*faults, "Infobip does not know the api_key: make a new one in its portal, and copy it whole.")
        if answer.status == 403 and answer.dig("requestError", "serviceException") is not None:
            # The key may have the one scope that sending needs, and that is right.
            return faults
        balance = answer.dig("balance")
        if isinstance(balance, bool) or not isinstance(balance, (int, float)):
            return (*faults, unreadable("Infobip", answer.status))
        if balance <= 0:
            return (*faults, "The account at Infobip is empty, so that texts may not go out: top it up.")
        return faults


def _events(result: Fields) -> list[Inbound | Delivery]:
    external_id = result.id("messageId")
    if not result.has("status"):
        # `text` is the whole text; `cleanText` lacks the first word where a keyword is set up.
        return [Inbound(result.id("from"), result.text("text"), external_id, result.iso_time("receivedAt"))]
    status = result.object("status")
    state, number = _STATES.get(status.text("groupName")), status.id("id") if status.has("id") else ""
    if state is None:
        return []
    error = result.optional_object("error")
    code = error.id("id") if error.has("id") else "0"
    known = code.isascii() and code.isdigit() and len(code) <= 7 and code != "0"
    return [
        Delivery(
            external_id,
            "sent" if number == str(_AT_OPERATOR) else state,
            result.iso_time("doneAt"),
            f"code {code}" if known else "",
            opted_out=state == "failed" and (code in _OPTED_OUT or number == str(_BLOCKLISTED)),
        )
    ]
