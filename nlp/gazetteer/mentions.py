"""Finding the names of places in a text: longest first, with proof as needed for words that may be something else."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import pairwise

from nlp.fold import Token, fold, tokens
from nlp.gazetteer.cues import EVERYDAY, LONGEST, relation
from nlp.gazetteer.search import Gazetteer, Match
from nlp.gazetteer.spelling import GENERIC

MOST_WORDS = 5
"""Words in the longest name we look for."""
ENOUGH = 0.5
"""The support, from 0 to 1, from which on a word is taken for a name."""

MASK = re.compile(r"[\[<][a-z_]{2,20}[\]>]")
_BREAK = re.compile(r"[!?;:\n()|]|(?<=\w{4})\.\s")


@dataclass(frozen=True, slots=True)
class Named:
    """A name in a text at `start:end` of it. `support` is how sure we are that it names a place at all."""

    text: str
    start: int
    end: int
    key: str
    matches: tuple[Match, ...]
    support: float
    relation: str | None
    """"in", "near", "behind", "opposite", "between", or None when nothing says."""
    number: str = ""
    """A number that follows the name and that no entry knows: a street, block or house of it."""


@dataclass(slots=True)
class _Text:
    raw: str
    tokens: list[Token]
    spans: list[tuple[int, int]]
    gaps: list[bool]
    """Whether a name may go on over the gap after each token."""
    cased: bool
    everyday: Collection[str] = field(default_factory=frozenset)


def find_names(text: str, gazetteer: Gazetteer, everyday: Collection[str] = frozenset()) -> list[Named]:
    """The names of places in the text, in order, none inside another. `everyday` words need more support."""
    read = _read(text, everyday)
    found: list[Named] = []
    place = 0
    while place < len(read.tokens):
        size, matches = _longest(read, place, gazetteer)
        if matches:
            named = _name(read, place, size, matches)
            if named.support >= ENOUGH:
                found.append(named)
                place += size
                continue
        place += 1
    return found


def _read(text: str, everyday: Collection[str]) -> _Text:
    folded = fold(text)
    kept = tokens(folded)
    spans = [(start, end) if folded.offsets is None else folded.original(start, end) for _, start, end in kept]
    masks = [match.span() for match in MASK.finditer(text)] if "[" in text or "<" in text else []
    if masks:
        clear = [not any(start < right and left < end for left, right in masks) for start, end in spans]
        kept = [token for token, keep in zip(kept, clear, strict=True) if keep]
        spans = [span for span, keep in zip(spans, clear, strict=True) if keep]
    gaps = [_goes_on(text, this[1], that[0]) for this, that in pairwise(spans)]
    return _Text(text, kept, spans, gaps, text != text.lower() and text != text.upper(), everyday)


def _goes_on(text: str, end: int, start: int) -> bool:
    if start - end <= 1:
        return start == end or text[end] not in "!?;:\n()|"
    return start - end <= 4 and not _BREAK.search(text, max(0, end - 4), start)


def _longest(read: _Text, place: int, gazetteer: Gazetteer) -> tuple[int, tuple[Match, ...]]:
    key = ""
    keys: list[str] = []
    for size in range(min(MOST_WORDS, len(read.tokens) - place)):
        if size and not read.gaps[place + size - 1]:
            break
        key += read.tokens[place + size][0]
        keys.append(key)
    for size in range(len(keys), 0, -1):
        if len(keys[size - 1]) >= 3:
            matches = gazetteer.exact(keys[size - 1])
            if matches:
                return size, matches
    return _longest_alike(read, place, keys, gazetteer)


def _longest_alike(read: _Text, place: int, keys: list[str], gazetteer: Gazetteer) -> tuple[int, tuple[Match, ...]]:
    for size in range(min(3, len(keys)), 0, -1):
        last = read.tokens[place + size - 1][0]
        if size > 1 and (_is_everyday(read, place) or last in read.everyday or last in EVERYDAY):
            continue
        if size > 1 and not any(gazetteer.knows_part(token[0]) for token in read.tokens[place : place + size]):
            continue
        if size == 1 and _is_everyday(read, place):
            continue
        matches = gazetteer.alike(keys[size - 1])
        if matches:
            return size, matches
    return 0, ()


def _is_everyday(read: _Text, place: int) -> bool:
    word = read.tokens[place][0]
    return word in EVERYDAY or word in read.everyday


def _name(read: _Text, place: int, size: int, matches: tuple[Match, ...]) -> Named:
    start, end = read.spans[place][0], read.spans[place + size - 1][1]
    before = [token[0] for token in read.tokens[max(0, place - LONGEST) : place]]
    after = [token[0] for token in read.tokens[place + size : place + size + LONGEST]]
    how = relation(before, after)
    number = ""
    if after and after[0][0].isdigit() and len(after[0]) <= 4 and read.gaps[place + size - 1]:
        number = after[0]
    key = "".join(token[0] for token in read.tokens[place : place + size])
    support = _support(read, place, size, key, matches, how)
    return Named(read.raw[start:end], start, end, key, matches, support, how, number)


def _support(read: _Text, place: int, size: int, key: str, matches: tuple[Match, ...], how: str | None) -> float:
    best = max(matches, key=lambda match: (match.full, match.likeness))
    support = 0.62 if best.full else 0.5
    support -= 1.2 * (1.0 - best.likeness)
    if read.cased:
        start = read.spans[place][0]
        capital = read.raw[start].isupper()
        first = place == 0 or not read.gaps[place - 1]
        support += (0.05 if first else 0.18) if capital else -0.2
    if how:
        support += 0.15
    if size > 1 or any(letter.isdigit() for letter in key):
        support += 0.12
    elif _is_everyday(read, place) or key in GENERIC:
        support -= 0.4
    if len(key) <= 4:
        support -= 0.15 if len(key) == 4 else 0.35
    elif len(key) >= 8:
        support += 0.05
    return max(0.0, min(1.0, support))
