"""The text of a report with what decided about it marked: masks, places, words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

MASK = re.compile(r"\[[a-z_ ]+\]")
Sort = Literal["plain", "mask", "place", "word"]


@dataclass(frozen=True)
class Piece:
    """A part of the text: plain, or marked as a mask of something personal, a place, or a word that decided."""

    text: str = field(repr=False)
    sort: Sort


def mark_evidence(text: str, places: Iterable[str], words: Iterable[str]) -> list[Piece]:
    """The text in pieces. Where marks overlap the earlier and longer one stands; letter case does not matter."""
    marks: list[tuple[int, int, Sort]] = [(m.start(), m.end(), "mask") for m in MASK.finditer(text)]
    wanted: Iterable[str]
    sort: Sort
    for sort, wanted in (("place", places), ("word", words)):
        for each in filter(None, wanted):
            found = re.finditer(re.escape(each), text, re.IGNORECASE)
            marks += [(m.start(), m.end(), sort) for m in found if _is_whole(text, m.start(), m.end())]
    pieces, at = [], 0
    for start, end, sort in sorted(marks, key=lambda mark: (mark[0], -mark[1])):
        if start >= at:
            pieces += [Piece(text[at:start], "plain"), Piece(text[start:end], sort)]
            at = end
    return [piece for piece in (*pieces, Piece(text[at:], "plain")) if piece.text]


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether no word goes on to either side. Vowel signs, which `\\w` leaves out, belong to the word."""
    return not any(unicodedata.category(beside)[0] in "LMN" for beside in (text[:start][-1:], text[end:][:1]) if beside)
