"""Strong words that mean nothing of the kind: "the heat is killing us", "shot a video" (`nlp/data/figurative.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from nlp.fold import words as fold_words
from nlp.lexicon import Hit, Lexicon, languages_of, read_data

Strong = tuple[int, int, bool]
"""Where the strong words stand in their phrase, and whether they are strong where hunger, prices or the heat do them."""

_PARTS = re.compile(r"\[([^\]]*)\]|([^\[\]]+)")


def figures_in(words: Sequence[str], languages: tuple[str, ...]) -> list[Hit[Strong]]:
    """The figures of speech among folded words."""
    return _figures(languages).find(words)


def without(figures: Sequence[Hit[Strong]], words: list[str], blank: str, *, doers: bool) -> list[str]:
    """The words, those that are strong only in these figures of speech replaced by a blank one. Where it is asked what somebody
    did, `doers` leaves out also what hunger, prices or the heat do."""
    if not figures:
        return words
    plain = list(words)
    for start, (begin, end, by_doer) in ((hit.start, hit.key) for hit in figures):
        if doers or not by_doer:
            plain[start + begin : start + end] = [blank] * (end - begin)
    return plain


@lru_cache(maxsize=64)
def _figures(languages: tuple[str, ...]) -> Lexicon[Strong]:
    data = read_data("figurative.yaml")
    written = dict.fromkeys((*data["phrases"], *data["subjects"]))
    lists: dict[Strong, list[str]] = {}
    for code in languages_of(languages, written):
        subjects, acts = (_listed(data[what].get(code, "")) for what in ("subjects", "acts"))
        done = [f"{subject} {act}" for subject in subjects for act in acts]
        for said, by_doer in ((_listed(data["phrases"].get(code, "")), False), (done, True)):
            for phrase in said:
                for begin, end in _strong_of(phrase):
                    lists.setdefault((begin, end, by_doer), []).append(re.sub(r"[\[\]]", "", phrase))
    return Lexicon(lists.items())


def _listed(phrases: str) -> list[str]:
    return [phrase.strip() for phrase in phrases.split(",") if phrase.strip()]


def _strong_of(phrase: str) -> Iterator[tuple[int, int]]:
    """The first word and the end of each part in brackets; of the whole phrase without any."""
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
