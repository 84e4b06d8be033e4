"""A short menu on any phone, by USSD through Africa's Talking: report, status, stop.

https://developers.africastalking.com/docs/ussd/handle_sessions (sessionId, phoneNumber, serviceCode, text; CON, END)
https://developers.africastalking.com/docs/ussd/events (the note at the end of a session)

Each request brings all that was typed in its session, joined by `*`, so no session is kept here and none is lost. What
we say later goes out by SMS of the same application, whose delivery reports may come to this address too. Where people can
text back, `sms_channel` says on which channel: who dials and who texts is one person then, whose STOP holds for both.

Africa's Talking signs nothing, so the callback must end in `/PATH_SECRET`, as that of its SMS.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Literal

from aiohttp import ClientSession

from channels.africastalking_sms import examine_account, read_delivery, send_sms
from channels.base import Delivery, Inbound, Outbound, Reply, Webhook, setting
from channels.payload import MAX_ID, Fields
from channels.proof import demand_secret_in_url, demand_strength
from channels.screens import Speech, Standing
from channels.sending import TIMEOUT

Step = Literal["menu", "ask", "ask_again", "report", "status", "stop"]
_CHOICES: dict[str, Step] = {"1": "report", "2": "status", "3": "stop"}
_UNSEEN: dict[Step, str] = {"report": "thanks_away", "status": "away", "stop": "stopped"}
"""The last screen of a session where nobody can say now where the person stands."""


@dataclass(frozen=True)
class Moment:
    """Where a session is: the step, the language chosen, and for a report its words."""

    step: Step
    speech: Speech
    words: str = field(default="", repr=False)


@dataclass(frozen=True)
class AfricasTalkingUssd:
    username: str = setting("Name of the application; sandbox for the sandbox.")
    api_key: str = setting("API key of the application.", secret=True)
    path_secret: str = setting("Ends the callback address: at least 128 random bits.", secret=True)
    sender: str = setting("Short code or sender id our replies come from; empty for the account's.", default="")
    sms_channel: str = setting(
        "Name of this programme's africastalking channel, by which we reply to who dials, and on which they can text back;"
        " empty only if nobody can text your short code: a STOP sent there would not hold here.",
        default="",
    )
    api_url: str = setting("Address of the API.", default="https://api.africastalking.com")
    timeout: float = setting("Seconds a send may take in all.", default=TIMEOUT)
    speech: tuple[Speech, ...] = field(default=(), repr=False, compare=False)
    """The programme's words, the first language first; set by whoever opens the channel."""

    type: ClassVar[str] = "africastalking_ussd"
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
        """A report, or the wish to get no more texts. The note at the end of a session is ignored on purpose."""
        form = Fields(hook.form)
        if form.has("id"):
            return list(read_delivery(form))
        session, sender = form.id("sessionId"), form.id("phoneNumber")
        if not form.has("text"):
            form.text("status")
            return []
        moment = self._moment(form.text("text"))
        text = {"report": moment.words, "stop": moment.speech.stop}.get(moment.step)
        return [] if text is None else [Inbound(sender, text, f"{moment.step}:{session}"[:MAX_ID])]

    def reply(self, hook: Webhook) -> Reply:
        form = Fields(hook.form)
        if not form.has("text"):
            return Reply()
        moment = self._moment(form.text("text"))
        screens = moment.speech.screens
        if moment.step == "menu":
            return Reply(f"CON {menu(self.speech, moment.speech)}")
        if moment.step in ("ask", "ask_again"):
            return Reply(f"CON {screens[moment.step]}")
        return Reply(f"END {screens[_UNSEEN[moment.step]]}")

    def needs_standing(self, hook: Webhook) -> str | None:
        """Who asks how far their report is, and who reports: only some of them are texted."""
        form = Fields(hook.form)
        needs = form.has("text") and self._moment(form.text("text")).step in ("status", "report")
        return form.id("phoneNumber") if needs else None

    def show_standing(self, hook: Webhook, standing: Standing) -> Reply:
        moment = self._moment(Fields(hook.form).text("text"))
        screens, states = moment.speech.screens, moment.speech.states
        if moment.step == "report" or (standing.state and not standing.reference):
            return Reply(f"END {screens['thanks_stopped' if standing.stopped else 'thanks']}")
        if not standing.state:
            return Reply(f"END {screens['none']}")
        words = {"reference": standing.reference, "state": states[standing.state]}
        return Reply(f"END {screens['status'].format_map(words)}")

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        return await send_sms(http, self, outbound)

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return (
            "Africa's Talking is set up by hand: open USSD, then Service Codes, in its dashboard.",
            f"Give your code, as Callback URL, this address: {address}/PATH_SECRET",
            "Write the value of path_secret in place of PATH_SECRET. Show the whole address to nobody.",
            "If people can text your short code too, name the africastalking channel it comes to as sms_channel.",
        )

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        return await examine_account(http, self, address)

    def _moment(self, typed: str) -> Moment:
        """Where all that was typed leads. A choice that is none shows the menu again; words may hold any `*`."""
        speech, rest = self.speech[0], typed
        while rest:
            choice, star, rest = rest.partition("*")
            number = chosen(choice)
            step = _CHOICES.get(number)
            if step == "report":
                # Stars at the beginning are empty answers: each had us ask again.
                words = rest.lstrip("* \t\r\n").rstrip()
                return Moment("report" if words else "ask_again" if star else "ask", speech, words)
            if step is not None:
                return Moment(step, speech)
            speech = _others(self.speech, speech).get(number, speech)
        return Moment("menu", speech)


def chosen(typed: str) -> str:
    """The number typed for a choice, in any script's digits: "2", "2.", "(२)", "２ ", "2k"; "" where it is none.

    One letter is a slip of the thumb; more are words, and a number among them chooses nothing.
    """
    folded = unicodedata.normalize("NFKC", typed)
    numbers = re.findall(r"\d+", folded)
    letters = sum(unicodedata.category(sign).startswith("L") for sign in folded)
    return str(int(numbers[0])) if len(numbers) == 1 and letters <= 1 and len(numbers[0]) <= 2 else ""


def menu(spoken: tuple[Speech, ...], speech: Speech) -> str:
    """The first screen in a language: three choices, and the other languages of the programme."""
    words = speech.screens
    lines = [words["welcome"], f"1 {words['report']}", f"2 {words['progress']}", f"3 {words['stop']}"]
    others = _others(spoken, speech)
    return "\n".join((*lines, *(f"{number} {other.screens['language']}" for number, other in others.items())))


def _others(spoken: tuple[Speech, ...], speech: Speech) -> dict[str, Speech]:
    """The languages to change to, by the number to type."""
    others = [other for other in spoken if other.language != speech.language]
    return {str(number): other for number, other in enumerate(others, start=1 + len(_CHOICES))}
