"""Emerging themes: words that accounts without a category share, and that other accounts hardly use.

A theme is a handful of such words and the accounts that hold one of them, so that a person sees at once why they stand
together. Words are compared as they sound, whatever their spelling. The measure is the log-likelihood ratio of Dunning
(Computational Linguistics 19:1, 1993, "Accurate methods for the statistics of surprise and coincidence").
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlp.fold import words
from nlp.gazetteer.spelling import sound
from nlp.little import little_words

SHORTEST = 4
"""Letters of the shortest word that can name a theme."""
STEM = 5
"""Letters of its sound by which a word and its forms are one."""
LIFT, SURPRISE = 3.0, 5.0
"""How much commoner a word must be than elsewhere, and how unlikely by chance (5.0 is about one in forty)."""
SHARED = 0.5
"""The share of its accounts with which a further word joins a theme."""
MOST_WORDS = 6


@dataclass(frozen=True)
class Theme:
    """`members` are numbers of the texts that were given; `words` are spelt as most people do, the strongest first."""

    members: tuple[int, ...]
    words: tuple[str, ...]
    people: int


@dataclass(frozen=True)
class _Word:
    """A word by its sound: the texts that hold it, how it is mostly spelt, and how surprising its use here is."""

    texts: frozenset[int]
    spelt: str
    surprise: float


def find_themes(
    texts: Sequence[str],
    people: Sequence[int],
    elsewhere: Sequence[str],
    *,
    least_people: int,
    silent: frozenset[str] = frozenset(),
) -> list[Theme]:
    """The themes of texts without a category, the strongest first. `people` says who wrote each text.

    `elsewhere` are texts that have a category. Each theme, and each of its words, is used by at least `least_people`.
    `silent` are words that name none, as `silent_words` gives them.
    """
    strong = _strong_words(texts, people, elsewhere, least_people, silent)
    themes: list[Theme] = []
    free = frozenset(range(len(texts)))
    for word in strong:
        core = word.texts & free
        joined = [other for other in strong if other is word or _joins(other, core, free)]
        members = frozenset[int]().union(*(other.texts for other in joined)) & free
        count = len({people[number] for number in members})
        if len({people[number] for number in core}) < least_people:
            continue
        shown = dict.fromkeys(other.spelt for other in (word, *joined))
        themes.append(Theme(tuple(sorted(members)), tuple(shown)[:MOST_WORDS], count))
        free -= members
    return themes


def silent_words(languages: Sequence[str], courtesies: Iterable[str]) -> frozenset[str]:
    """Words that say nothing of what a text is about: the little ones of some languages, and those of greetings and thanks.

    Compared as they are spelt, not as they sound: so "thank" leaves "tank" alone.
    """
    courteous = {word for phrase in courtesies for word in words(phrase)}
    return frozenset(map(_spelling, little_words(languages) | courteous))


def _spelling(word: str) -> str:
    """Devanagari writes the long vowel that many leave out in Latin letters."""
    return word.replace("aa", "a")


def _strong_words(
    texts: Sequence[str], people: Sequence[int], elsewhere: Sequence[str], least_people: int, silent: frozenset[str]
) -> list[_Word]:
    """The words that are much commoner here than elsewhere, the most surprising first."""
    holding: dict[str, set[int]] = defaultdict(set)
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for number, text in enumerate(texts):
        for heard, word in _words_of(text).items():
            if _spelling(word) in silent:
                continue
            holding[heard].add(number)
            spelt[heard][word] += 1
    outside = Counter(heard for text in elsewhere for heard in _words_of(text))
    found = []
    for heard, numbers in holding.items():
        if len({people[number] for number in numbers}) < least_people:
            continue
        here, there = len(numbers), outside[heard]
        if _lift(here, len(texts), there, len(elsewhere)) >= LIFT:
            surprise = _surprise(here, len(texts), there, len(elsewhere))
            if surprise >= SURPRISE:
                found.append(_Word(frozenset(numbers), spelt[heard].most_common(1)[0][0], surprise))
    return sorted(found, key=lambda word: (-word.surprise, word.spelt))


def _words_of(text: str) -> dict[str, str]:
    """The words of a text that can name a theme, by their sound. What stands in brackets is a mask of personal data."""
    plain = "".join(part.partition("]")[2] if place else part for place, part in enumerate(text.split("[")))
    return {sound(word)[:STEM]: word for word in words(plain) if len(word) >= SHORTEST and not word[0].isdigit()}


def _joins(other: _Word, core: frozenset[int], free: frozenset[int]) -> bool:
    mine = other.texts & free
    return bool(mine) and len(mine & core) >= SHARED * len(mine)


def _lift(here: int, size: int, there: int, others: int) -> float:
    return ((here + 0.5) / (size + 1)) / ((there + 0.5) / (others + 1))


def _surprise(here: int, size: int, there: int, others: int) -> float:
    """Dunning's log-likelihood ratio of a word's use here and elsewhere."""
    total = here + there
    expected = (size * total / (size + others), others * total / (size + others))
    return 2 * sum(seen * math.log(seen / usual) for seen, usual in zip((here, there), expected, strict=True) if seen)
