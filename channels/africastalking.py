"""SMS through Africa's Talking.

https://docs.africastalking.com/sms/notifications (incoming messages, delivery reports)
https://developers.africastalking.com/docs/sms/sending/bulk (sending)

Africa's Talking signs nothing. So the address you give it as callback must end in `/PATH_SECRET`, or have
`?secret=PATH_SECRET`: at least 128 random bits, compared in constant time; HTTPS only. Whoever learns it can forge
texts, so keep it out of proxy logs, and name Africa's Talking's addresses in `allowed_addresses` where you know them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from aiohttp import ClientSession

from channels.africastalking_sms import examine_account, read_delivery, send_sms
from channels.base import Delivery, Inbound, Outbound, Reply, Webhook, setting
from channels.payload import Fields
from channels.proof import demand_secret_in_url, demand_strength
from channels.sending import TIMEOUT


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
    carries: ClassVar[Mapping[str, int | None]] = {}

    def __post_init__(self) -> None:
        demand_strength("path_secret", self.path_secret)

    def authenticate(self, hook: Webhook) -> None:
        demand_secret_in_url(hook, self.path_secret)

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        """Texts and delivery reports. That somebody blocked the sender id or took out a premium subscription is ignored
        on purpose: the first shows when we next text them, and we sell nothing.
        """
        form = Fields(hook.form)
        if form.has("status"):
            return list(read_delivery(form))
        if form.has("phoneNumber") and not form.has("id"):
            return []
        external_id = form.id("id")
        return [Inbound(form.id("from"), form.text("text"), external_id, form.iso_time("date"))]

    def reply(self, hook: Webhook) -> Reply:
        return Reply()

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        return await send_sms(http, self, outbound)

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return (
            "Africa's Talking is set up by hand: open SMS, then SMS Callback URLs, in its dashboard.",
            f"Give it, as Incoming Messages and as Delivery Reports, this address: {address}/PATH_SECRET",
            "Write the value of path_secret in place of PATH_SECRET. Show the whole address to nobody.",
        )

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return await examine_account(http, self, address)
