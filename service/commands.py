"""Which texts command us: a command word, alone or among polite words, in any language of the programme.

"Stop.", "stop please" and "Acha, asante" stop; "STOP 12345" and "stop this bill" do not (the lesson of
medic/cht-core#476 and Spoke#1016). Carrier words work in every programme, because the carrier acts on them anyway.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from service.programme import Programme

CARRIER_STOPS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
"""https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out"""
OPENING = ("stop", "start", "help", "status", "forget", "quote")
ANSWERS = ("yes", "no")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, case and punctuation aside. Combining marks stay: Indic vowels are marks."""
    folded = unicodedata.normalize("NFC", text).casefold()
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in folded if c != "'")
    return tuple(kept.split())


def command(programme: Programme, text: str) -> str | None:
    """stop, start, help, status, forget or quote, if that is all the text says."""
    return _only(programme, text, OPENING)


def yes_or_no(programme: Programme, text: str) -> str | None:
    """yes or no, if that is all the text says."""
    return _only(programme, text, ANSWERS)


def number(text: str) -> int | None:
    """The number a text is, in any script's digits: "2", "2.", "(२)"."""
    found = re.fullmatch(r"\D{0,2}(\d{1,2})\D{0,2}", text.strip())
    if found is None or any(unicodedata.category(c)[0] == "L" for c in text):
        return None
    return int(found[1])


def _only(programme: Programme, text: str, wanted: Iterable[str]) -> str | None:
    words = words_of(text)
    if not words or len(words) > 6:
        return None
    said = " ".join(words)
    polite = _phrases(programme, "polite")
    for name in wanted:
        phrases = _phrases(programme, name) | (CARRIER_STOPS if name == "stop" else frozenset())
        for phrase in phrases:
            rest = _without(said, phrase)
            if rest is not None and _is_polite(rest, polite):
                return name
    return None


def _phrases(programme: Programme, name: str) -> frozenset[str]:
    return frozenset(
        " ".join(words_of(phrase)) for spoken in programme.messages.values() for phrase in spoken.commands[name]
    )


def _without(said: str, phrase: str) -> str | None:
    """What is left of a text without one phrase of it; None if the phrase is not there as whole words."""
    padded = f" {said} "
    if f" {phrase} " not in padded:
        return None
    return padded.replace(f" {phrase} ", " ", 1).strip()


def _is_polite(rest: str, polite: frozenset[str]) -> bool:
    for phrase in sorted(polite, key=len, reverse=True):
        rest = f" {rest} ".replace(f" {phrase} ", "  ")
    return not rest.strip()
