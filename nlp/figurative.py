"""Strong words that mean nothing of the kind: "the heat is killing us", "shot a video" (`nlp/data/figurative.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from nlp.fold import words as fold_words
from nlp.lexicon import Lexicon, languages_of, read_data

Strong = tuple[int, int]
"""Where the strong words stand in their phrase."""

_PARTS = re.compile(r"\[([^\]]*)\]|([^\[\]]+)")


def without_figures(words: list[str], languages: tuple[str, ...], blank: str, *, doers: bool) -> list[str]:
    """The folded words, those that are strong only in a figure of speech replaced by a blank one. Where it is asked what somebody
    did, `doers` leaves out also what hunger, prices or the heat do."""
    hits = _figures(languages, doers=doers).find(words)
    if not hits:
        return words
    plain = list(words)
    for hit in hits:
        start, end = hit.start + hit.key[0], hit.start + hit.key[1]
        plain[start:end] = [blank] * (end - start)
    return plain


@lru_cache(maxsize=64)
def _figures(languages: tuple[str, ...], *, doers: bool) -> Lexicon[Strong]:
    data = read_data("figurative.yaml")
    written = dict.fromkeys((*data["phrases"], *data["subjects"]))
    lists: dict[Strong, list[str]] = {}
    for code in languages_of(languages, written):
        said = _listed(data["phrases"].get(code, ""))
        acts = _listed(data["acts"].get(code, "")) if doers else []
        said += [f"{subject} {act}" for subject in _listed(data["subjects"].get(code, "")) for act in acts]
        for phrase in said:
            for strong in _strong_of(phrase):
                lists.setdefault(strong, []).append(re.sub(r"[\[\]]", "", phrase))
    return Lexicon(lists.items())


def _listed(phrases: str) -> list[str]:
    return [phrase.strip() for phrase in phrases.split(",") if phrase.strip()]


def _strong_of(phrase: str) -> Iterator[Strong]:
    """Of each part in brackets; of the whole phrase without any."""
    at = 0
    found = False
    for strong, plain in _PARTS.findall(phrase):
        size = _size(strong or plain)
        if strong:
            found = True
            yield at, at + size
        at += size
    if not found:
        yield 0, at


def _size(part: str) -> int:
    return sum(len(fold_words(word.replace("*", ""))) for word in part.split())
