"""Marks above and below letters, as many as writing needs: hundreds on one letter reach over the lines around it.

Only what is drawn: what is stored, searched and exported stays as it was written.
"""

from __future__ import annotations

import unicodedata
from collections import Counter

ON_A_SIDE = 2
"""Vietnamese and Greek put two above one letter, Yoruba one on each side."""
SAME, IN_ALL = 2, 8
"""Of signs that have their own place around a letter, as vowels have in Thai, Hindi and Burmese: no word has one of them twice,
nor more than these."""
_SIDES = (
    dict.fromkeys((214, 216, 228, 230, 232, 234), "above")
    | dict.fromkeys((202, 218, 220, 222, 233), "below")
    | {1: "through"}
)
"""By the classes in which Unicode puts marks that pile up (https://www.unicode.org/reports/tr44/#Canonical_Combining_Class_Values)."""


def drawn(text: str | None) -> str:
    """The text with no more marks on a letter than can be read; empty for none."""
    if text is None or text.isascii():
        return text or ""
    kept: list[str] = []
    piled: Counter[str] = Counter()
    for sign in text:
        if not unicodedata.category(sign).startswith("M"):
            piled.clear()
        elif _is_too_much(sign, piled):
            continue
        kept.append(sign)
    return "".join(kept)


def _is_too_much(sign: str, piled: Counter[str]) -> bool:
    """Count a mark on the letter it stands on; are there as many already as are drawn?"""
    side = "around" if unicodedata.category(sign) == "Me" else _SIDES.get(unicodedata.combining(sign))
    if side is not None:
        piled[side] += 1
        return piled[side] > ON_A_SIDE
    piled[sign] += 1
    piled["within"] += 1
    return piled[sign] > SAME or piled["within"] > IN_ALL
