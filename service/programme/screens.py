"""The words on the screens of a USSD menu: which there are, that phones can show them, and that they fit.

A screen holds 182 characters of the GSM alphabet. Other scripts are shown by few phones and fit badly, so a language
that needs one has no `ussd` part; whoever speaks it may choose another on the first screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from channels import CHANNELS
from channels.africastalking_ussd import menu
from channels.screens import Speech
from channels.segments import count
from service.programme.faults import Fault
from service.programme.files import Reader
from service.programme.schema import ChannelEntry, Messages, Rules

_CHOICES = ("language", "welcome", "report", "progress", "stop")
_ENDS = ("thanks", "thanks_stopped", "thanks_away", "none", "away")
USSD = (*_CHOICES, "ask", "ask_again", *_ENDS)
"""Every text of the `ussd` part; none has a slot."""
SHARED = ("status", "stopped")
"""Texts that are sent, and shown on a screen too."""
SCREEN = 182


def speech_of(rules: Rules, messages: Mapping[str, Messages]) -> tuple[Speech, ...]:
    """The words of each language that has screens, in the programme's order."""
    spoken = [(tag, messages[tag]) for tag in rules.languages if tag in messages and messages[tag].ussd]
    return tuple(
        Speech(
            language=tag,
            screens={**words.ussd, **{key: words.texts[key] for key in SHARED}},
            states=words.states,
            stop=words.commands["stop"][0],
        )
        for tag, words in spoken
    )


def faults(
    reader: Reader, rules: Rules, messages: Mapping[str, Messages], channels: Sequence[ChannelEntry]
) -> list[Fault]:
    """What is wrong in the `ussd` parts of messages/*.yaml."""
    found: list[Fault] = []
    for tag, words in messages.items():
        file = f"messages/{tag}.yaml"
        for key in words.ussd:
            if key not in USSD:
                line = reader.line_of(file, ("ussd", key))
                found.append(Fault(file, line, f"ussd.{key}", "is not known; check the spelling"))
        for key in USSD if words.ussd else ():
            if key not in words.ussd:
                found.append(Fault(file, reader.line_of(file, ("ussd",)), f"ussd.{key}", "is missing; write it"))
    talking = [entry for entry in channels if entry.type in CHANNELS and _shows(entry.type)]
    if talking and not any(words.ussd for words in messages.values()):
        file = f"messages/{rules.languages[0]}.yaml"
        remedy = f"is missing; the channel {talking[0].name} needs it in one language at least"
        found.append(Fault(file, 1, "ussd", remedy))
    complete = all(key in words.texts for words in messages.values() if words.ussd for key in SHARED)
    if not found and complete and all(words.commands.get("stop") for words in messages.values()):
        found += _long_screens(reader, rules, messages)
    return found


def _shows(type: str) -> bool:
    return hasattr(CHANNELS[type], "show_standing")


def _long_screens(reader: Reader, rules: Rules, messages: Mapping[str, Messages]) -> Iterator[Fault]:
    spoken = speech_of(rules, messages)
    for speech in spoken:
        file = f"messages/{speech.language}.yaml"
        longest = {"reference": "K7-4QF", "state": max(speech.states.values(), key=len, default="")}
        shown = {("ussd", key): speech.screens[key] for key in ("ask", "ask_again", *_ENDS)}
        shown |= {("texts", key): speech.screens[key] for key in SHARED}
        shown["ussd", "welcome"] = menu(spoken, speech)
        for (part, key), screen in shown.items():
            text = screen.replace("{reference}", longest["reference"]).replace("{state}", longest["state"])
            size = count(text)
            if size.encoding != "GSM-7":
                remedy = (
                    "has letters few phones show on a USSD screen; write it in the GSM alphabet, or drop the ussd part"
                )
            elif size.units > SCREEN:
                what = "with its choices " if key == "welcome" else ""
                remedy = (
                    f"{what}is longer than one USSD screen ({SCREEN} characters) by {size.units - SCREEN}; shorten it"
                )
            else:
                continue
            yield Fault(file, reader.line_of(file, (part, key)), f"{part}.{key}", remedy)
