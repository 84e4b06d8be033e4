"""How a text opens, and which reports it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from service import references
from service.commands import past_courtesy
from service.programme import Programme
from service.programme.words import words_of

HOW_FAR_WORDS = 10
"""A longer text that opens by asking after a report tells something too."""
_REFERENCE = re.compile(
    rf"(?<![^\W_])([{references.SIGNS}]{{2}})\s?[-–]\s?([{references.SIGNS}]{{3}})(?![^\W_])", re.IGNORECASE
)


def opens_with_addition(programme: Programme, text: str) -> bool:
    """Does it open with a word such as also, in any language of the programme, and say more?"""
    return any(len(words) > len(signs) for words, signs in _openings(programme, text, "follow_up"))


def opens_with_how_far(programme: Programme, text: str) -> bool:
    """Does it open by asking after a report, in any language of the programme?"""
    return any(_openings(programme, text, "how_far"))


def is_how_far(programme: Programme, text: str) -> bool:
    """Does it ask after a report and say nothing else, greetings and thanks aside?"""
    return any(list(words) == list(signs) for words, signs in _openings(programme, text, "how_far"))


def _openings(programme: Programme, text: str, name: str) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """The words of the text and each sign it opens with; greetings and thanks may stand before it, or belong to it."""
    for words in {words_of(text[:300]), past_courtesy(programme, text)}:
        yield from ((words, signs) for signs in _signs(programme, name) if _opens(words, signs))


def _signs(programme: Programme, name: str) -> list[list[str]]:
    return [phrase.split() for phrase in programme.signs(name)]


def _opens(words: Sequence[str], signs: Sequence[str]) -> bool:
    return len(words) >= len(signs) and all(s in ("*", w) for s, w in zip(signs, words, strict=False))


def references_in(text: str) -> list[str]:
    """Every reference the text may name, as they are written."""
    return list(dict.fromkeys(f"{a}-{b}" for a, b in _REFERENCE.findall(text[:2000].upper())))


def without_references(text: str) -> str:
    """The text, cut to length, without the references in it."""
    return _REFERENCE.sub(" ", text[:2000])


def holds_contrast(programme: Programme, text: str) -> bool:
    """Does it hold a word such as but or not, in any language of the programme?"""
    words = past_courtesy(programme, text)
    signs = _signs(programme, "contrast")
    return any(_opens(words[start:], sign) for start in range(len(words)) for sign in signs)
