"""The words of a text, as commands and names are compared: without case, width, punctuation or what nobody sees."""

from __future__ import annotations

import unicodedata

_NUKTAS = "\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc"


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, case, width and punctuation aside. Combining marks stay: Indic vowels are marks. Not
    the dot below of Devanagari and its kin, which some phones cannot write and many people leave out."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(_kept(sign) for sign in folded)
    return tuple(word for word in kept.split() if any(unicodedata.category(c)[0] in "LN" for c in word))


def _kept(sign: str) -> str:
    """The sign itself in a word; nothing for what nobody sees; else the end of a word."""
    category = unicodedata.category(sign)
    if category == "Cf" or sign in "'’" or sign in _NUKTAS or "\ufe00" <= sign <= "\ufe0f":
        return ""
    return sign if category[0] in "LMN" else " "
