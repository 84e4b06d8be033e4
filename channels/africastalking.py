"""SMS through Africa's Talking.

http://docs.africastalking.com/sms/notifications (incoming messages, delivery reports)
http://docs.africastalking.com/sms/sending/nodejs (sending; https://developers.africastalking.com/ for status codes)

Africa's Talking signs nothing. So the address you give it as callback must end in `/PATH_SECRET`, or have
`?secret=PATH_SECRET`: at least 128 random bits, compared in constant time; HTTPS only. Whoever learns it can forge
texts, so keep it out of proxy logs, and let only Africa's Talking's addresses through where you can.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from aiohttp import ClientSession

from channels.base import Delivery, DeliveryState, Inbound, Outbound, Reply, Webhook, setting
from channels.payload import Fields
from channels.proof import demand_secret_in_url, demand_strength
from channels.sending import TIMEOUT, check, post, refusal

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
_TEMPORARY = frozenset({500, 501})


@dataclass(frozen=True)
class AfricasTalking:
    username: str = setting("Name of the application; sandbox for the sandbox.")
    api_key: str = setting("API key of the application.", secret=True)
    path_secret: str = setting("Ends the callback address: at least 128 random bits.", secret=True)
    sender: str = setting("Short code or sender id texts come from; empty for the account's.", default="")
    api_url: str = setting("Address of the API.", default="https://api.africastalking.com")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)

    type: ClassVar[str] = "africastalking"
    max_length: ClassVar[int] = 1600
    segmented: ClassVar[bool] = True
    idempotent: ClassVar[bool] = False
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        demand_strength("path_secret", self.path_secret)

    def authenticate(self, hook: Webhook) -> None:
        demand_secret_in_url(hook, self.path_secret)

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        form = Fields(hook.form)
        external_id = form.id("id")
        if form.has("status"):
            return _delivery(external_id, form)
        return [Inbound(form.id("from"), form.text("text"), external_id, form.iso_time("date"))]

    def reply(self, hook: Webhook) -> Reply:
        return Reply()

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        form = {"username": self.username, "to": outbound.to, "message": outbound.text}
        if self.sender:
            form["from"] = self.sender
        answer = await post(
            http,
            f"{self.api_url}/version1/messaging",
            seconds=self.timeout,
            data=form,
            headers={"apiKey": self.api_key, "Accept": "application/json"},
        )
        check(answer)
        recipient = ("SMSMessageData", "Recipients", 0)
        if answer.dig("SMSMessageData", "Recipients") == []:
            raise refusal(answer, code=answer.dig("SMSMessageData", "Message"))
        code: Any = answer.dig(*recipient, "statusCode")
        if isinstance(code, int) and code not in _ACCEPTED:
            raise refusal(answer, code=code, retry=code in _TEMPORARY, opted_out=code == _BLACKLISTED)
        return answer.id(*recipient, "messageId")


def _delivery(external_id: str, form: Fields) -> list[Inbound | Delivery]:
    state = _STATES.get(form.text("status"))
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
