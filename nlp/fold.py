"""Folding: one plain spelling for the many ways people write a name, with the way back to what they wrote.

Case, accents, compatibility forms and punctuation go; digits become ASCII; the scripts of India that share the layout
of ISCII (Unicode chapter 12, https://www.unicode.org/versions/latest/core-spec/chapter-12/) become Latin letters.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_ASCII = {code: " " for code in range(128) if not chr(code).isalnum()}
_ASCII |= {code: chr(code).lower() for code in range(128) if chr(code).isalnum()}

_INDIC = re.compile(r"[\u0900-\u0D7F\u200C\u200D]+")
_TOKEN = re.compile(r"[^\d ]+|\d+[^\d ]*")

_VOWELS = {
    0x05: "a", 0x06: "aa", 0x07: "i", 0x08: "i", 0x09: "u", 0x0A: "u", 0x0B: "ri", 0x0D: "e", 0x0E: "e", 0x0F: "e",
    0x10: "ai", 0x11: "o", 0x12: "o", 0x13: "o", 0x14: "au",
}  # fmt: skip
_SIGNS = {
    0x3E: "aa", 0x3F: "i", 0x40: "i", 0x41: "u", 0x42: "u", 0x43: "ri", 0x45: "e", 0x46: "e", 0x47: "e", 0x48: "ai",
    0x49: "o", 0x4A: "o", 0x4B: "o", 0x4C: "au",
}  # fmt: skip
_LETTERS = (
    "k", "kh", "g", "gh", "n", "ch", "chh", "j", "jh", "n", "t", "th", "d", "dh", "n", "t", "th", "d", "dh", "n", "n",
    "p", "ph", "b", "bh", "m", "y", "r", "r", "l", "l", "l", "v", "sh", "sh", "s", "h",
)  # fmt: skip
_CONSONANTS = dict(zip(range(0x15, 0x3A), _LETTERS, strict=True))
_NUKTA = {"k": "q", "kh": "kh", "g": "g", "j": "z", "d": "r", "dh": "rh", "ph": "f", "y": "y"}
_NUKTA_LETTERS = dict(zip(range(0x58, 0x60), ("q", "kh", "g", "z", "r", "rh", "f", "y"), strict=True))
_NASALS, _VIRAMA, _NUKTA_SIGN = (0x01, 0x02), 0x4D, 0x3C
_KEEPS_FINAL_VOWEL = 0x0B80
"""From Tamil on, the scripts of Dravidian languages, which speak the vowel at the end of a word."""

LONGEST_KEPT = 30
"""Letters of a word whose Latin spelling is remembered: longer ones are no words, and would fill the memory."""


@dataclass(frozen=True, slots=True)
class Folded:
    """The folded text. `offsets[i]` is where its character i stands in the original; None when they are the same."""

    text: str
    offsets: Sequence[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that `start:end` of the folded text came from."""
        if self.offsets is None:
            return start, end
        last = self.offsets[end - 1] if end > start else self.offsets[start]
        after = bisect_right(self.offsets, last, min(end, len(self.offsets) - 1))
        return self.offsets[start], self.offsets[min(after, len(self.offsets) - 1)]


Token = tuple[str, int, int]
"""A folded word or number, with its start and end in the folded text."""


def fold(text: str) -> Folded:
    """The text in lower case Latin letters where we can, ASCII digits, and single characters of space for the rest."""
    if text.isascii():
        return Folded(text.translate(_ASCII))
    pieces: list[str] = []
    offsets: list[int] = []
    position = 0
    for run in _INDIC.finditer(text):
        _fold_letters(text, position, run.start(), pieces, offsets)
        letters = run.group()
        for piece, offset in _romanise_word(letters) if len(letters) <= LONGEST_KEPT else _romanise(letters):
            pieces.append(piece)
            offsets.extend([run.start() + offset] * len(piece))
        position = run.end()
    _fold_letters(text, position, len(text), pieces, offsets)
    offsets.append(len(text))
    return Folded("".join(pieces), offsets)


def tokens(folded: Folded) -> list[Token]:
    """Its words and numbers; a letter followed by a digit is a boundary ("Ward12"), the other way is not ("4b")."""
    return [(match.group(), *match.span()) for match in _TOKEN.finditer(folded.text)]


def words(text: str) -> list[str]:
    """The folded words and numbers of the text alone."""
    return _TOKEN.findall(fold(text).text)


def _fold_letters(text: str, start: int, end: int, pieces: list[str], offsets: list[int]) -> None:
    for offset in range(start, end):
        piece = _fold_letter(text[offset])
        pieces.append(piece)
        if len(piece) == 1:
            offsets.append(offset)
        else:
            offsets.extend([offset] * len(piece))


@lru_cache(maxsize=20_000)
def _fold_letter(letter: str) -> str:
    kept = []
    for part in unicodedata.normalize("NFKD", letter.casefold()):
        category = unicodedata.category(part)
        if category == "Mn" and unicodedata.combining(part):
            continue
        if category == "Nd":
            kept.append(str(unicodedata.decimal(part)))
        elif category[0] in "LNM":
            kept.append(_STROKES.get(part, part))
        elif category != "Cf":
            kept.append(" ")
    return "".join(kept)


_STROKES = {
    "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ŋ": "ng",
}  # fmt: skip


@lru_cache(maxsize=20_000)
def _romanise_word(run: str) -> tuple[tuple[str, int], ...]:
    return tuple(_romanise(run))


def _romanise(run: str) -> list[tuple[str, int]]:
    """Syllables in Latin letters with their offsets in the run; unspoken vowels left out as in Hindi."""
    parts: list[tuple[str, int]] = []
    for offset, letter in enumerate(run):
        code = ord(letter) & 0x7F if letter not in "\u200c\u200d" else -1
        if code in _CONSONANTS:
            parts += [(_CONSONANTS[code], offset), ("~", offset)]
        elif code in _NUKTA_LETTERS:
            parts += [(_NUKTA_LETTERS[code], offset), ("~", offset)]
        elif code in _VOWELS:
            parts.append((_VOWELS[code], offset))
        elif code in _SIGNS or code == _VIRAMA:
            if parts and parts[-1][0] == "~":
                parts.pop()
            if code in _SIGNS:
                parts.append((_SIGNS[code], offset))
        elif code in _NASALS:
            parts.append(("n", offset))
        elif code == _NUKTA_SIGN and len(parts) > 1:
            parts[-2] = (_NUKTA.get(parts[-2][0], parts[-2][0]), parts[-2][1])
        elif 0x66 <= code <= 0x6F:
            parts.append((str(code - 0x66), offset))
        elif code in (0x64, 0x65):
            parts.append((" ", offset))
    return _speak(parts, keeps_final=ord(run[0]) >= _KEEPS_FINAL_VOWEL)


def _speak(parts: list[tuple[str, int]], *, keeps_final: bool) -> list[tuple[str, int]]:
    """Each inherent vowel ("~") spoken as "a" or left out: at the end of a word, and in VC~CV."""
    silent: set[int] = set()
    for place in range(len(parts) - 1, -1, -1):
        if parts[place][0] != "~" or keeps_final:
            continue
        after = [_is_vowel(parts, other, silent) for other in (place + 1, place + 2)]
        before = [_is_vowel(parts, other, silent) for other in (place - 1, place - 2)]
        at_end = after[0] is None and before[1] is not None
        if at_end or (after == [False, True] and before == [False, True]):
            silent.add(place)
    spoken = [part for place, part in enumerate(parts) if place not in silent]
    return [("a" if piece == "~" else piece, offset) for piece, offset in spoken]


def _is_vowel(parts: list[tuple[str, int]], place: int, silent: set[int]) -> bool | None:
    """None outside the word."""
    if not 0 <= place < len(parts) or parts[place][0] == " ":
        return None
    piece = parts[place][0]
    return place not in silent and (piece == "~" or piece[0] in "aeiou")
