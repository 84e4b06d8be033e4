"""The words of a text, as commands and names are compared: without case, width, punctuation or what nobody sees."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_NUKTAS = "\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc"


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, case, width and punctuation aside. Combining marks stay: Indic vowels are marks. Not
    the dot below of Devanagari and its kin, which some phones cannot write and many people leave out."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return tuple(word for word in "".join(map(_kept, folded)).split() if any(map(_is_spoken, word)))


@lru_cache(maxsize=4096)
def _kept(sign: str) -> str:
    """The sign itself in a word; nothing for what nobody sees; else the end of a word."""
    category = unicodedata.category(sign)
    if category == "Cf" or sign in "'’" or sign in _NUKTAS or "\ufe00" <= sign <= "\ufe0f":
        return ""
    return sign if category[0] in "LMN" else " "


@lru_cache(maxsize=4096)
def _is_spoken(sign: str) -> bool:
    """Is it a letter or a digit, and not only a mark on one?"""
    return unicodedata.category(sign)[0] in "LN"
