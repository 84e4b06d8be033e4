"""How many SMS segments a text costs: GSM-7 where its alphabet suffices, UCS-2 otherwise.

3GPP TS 23.038 (alphabet, section 6.2.1) and 23.040 (a split text gives 6 octets of each part to the header):
https://www.twilio.com/docs/glossary/what-is-gsm-7-character-encoding
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The characters of the GSM alphabet that cost one septet."""
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Those that cost two: an escape and a character, which no segment may part."""

_WHOLE: dict[Encoding, int] = {"GSM-7": 160, "UCS-2": 70}
_PART: dict[Encoding, int] = {"GSM-7": 153, "UCS-2": 67}
_ELLIPSIS = "..."
_ZERO_WIDTH_JOINER = "\u200d"


@dataclass(frozen=True)
class Count:
    """What a text costs. `units` are septets in GSM-7 and 16-bit code units in UCS-2."""

    encoding: Encoding
    units: int
    segments: int


def count(text: str) -> Count:
    """Encoding, units and segments of a text. The empty text is one segment: an SMS without a word."""
    encoding = _encoding(text)
    costs = [_cost(character, encoding) for character in text]
    units = sum(costs)
    if units <= _WHOLE[encoding]:
        return Count(encoding, units, 1)
    segments, room = 1, _PART[encoding]
    for cost in costs:
        if cost > room:
            segments, room = segments + 1, _PART[encoding]
        room -= cost
    return Count(encoding, units, segments)


def fits_one_segment(text: str) -> bool:
    """Whether a text goes out as a single SMS."""
    return count(text).segments == 1


def outside_gsm(text: str) -> str:
    """The characters, each once, that GSM-7 does not have: one of them makes the whole text cost twice as much."""
    return "".join(dict.fromkeys(c for c in text if c not in BASIC and c not in EXTENDED))


def shorten(text: str, units: int) -> str:
    """The text itself if it costs at most `units`, else as much of its beginning as fits before three dots.

    Cut at the end of a word where that loses no more than half of it, and not between a letter and its marks.
    """
    if count(text).units <= units:
        return text
    dots = _ELLIPSIS if units >= 2 * len(_ELLIPSIS) else ""
    kept = _beginning(text, units - len(dots))
    ways = [_at_a_word(text, kept).rstrip(), _at_a_character(text, kept).rstrip(), kept]
    # A shorter beginning can cost more: without its one foreign letter it is GSM-7, where some characters cost two.
    return next(way + dots for way in ways if count(way + dots).units <= units)


def _at_a_word(text: str, kept: str) -> str:
    word = kept.rfind(" ")
    ends_well = text[len(kept)].isspace()
    return kept[:word] if 2 * word >= len(kept) and not ends_well else _at_a_character(text, kept)


def _at_a_character(text: str, kept: str) -> str:
    end = len(kept)
    while end and (_joins(text[end]) or text[end - 1] == _ZERO_WIDTH_JOINER):
        end -= 1
    return text[:end]


def _joins(character: str) -> bool:
    return character == _ZERO_WIDTH_JOINER or unicodedata.category(character).startswith("M")


def _beginning(text: str, units: int) -> str:
    """The longest beginning that costs at most `units` in the encoding of that beginning."""
    longest, septets, code_units, in_gsm = 0, 0, 0, True
    for position, character in enumerate(text, 1):
        in_gsm = in_gsm and (character in BASIC or character in EXTENDED)
        septets += _cost(character, "GSM-7")
        code_units += _cost(character, "UCS-2")
        if (septets if in_gsm else code_units) <= units:
            longest = position
        elif code_units > units:
            break
    return text[:longest]


def _encoding(text: str) -> Encoding:
    return "GSM-7" if all(character in BASIC or character in EXTENDED for character in text) else "UCS-2"


def _cost(character: str, encoding: Encoding) -> int:
    if encoding == "GSM-7":
        return 2 if character in EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1
