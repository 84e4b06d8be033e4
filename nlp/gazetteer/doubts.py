"""When a name of a place is something else: a thing, a number of something, or somebody (`nlp/data/doubts.yaml`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from nlp.fold import words
from nlp.gazetteer.spelling import GENERIC
from nlp.lexicon import languages_of, read_data

MOST_ACT = 3
"""Words in the longest act."""
COUNTED, SAYING, WITH_ARTICLE, THING, THING_SURE, SOMEBODY = 0.45, 0.5, 0.45, 0.35, 0.15, 0.35
"""What the support of a name loses that is likely the number of something, a word in a saying, a thing with its article, a thing,
one with support, or somebody."""

Words: TypeAlias = "Sequence[str]"
Around: TypeAlias = "tuple[tuple[str, ...], tuple[str, ...]]"
"""What stands before and after a word in a saying."""


@dataclass(frozen=True)
class Doubts:
    """Folded words of some languages."""

    things: frozenset[str]
    article_after: frozenset[str]
    of_a_name: frozenset[str]
    counted: frozenset[str]
    numbering: frozenset[str]
    measures: frozenset[str]
    acts: frozenset[tuple[str, ...]]
    sayings: Mapping[str, Sequence[Around]]
    """By each word of a saying."""

    def loss(
        self, name: Words, before: Words, after: Words, articles: frozenset[str],
        *, sure: bool, alone: bool, first: bool, known: bool,
    ) -> float:  # fmt: skip
        """What the support of a name loses. `sure`: a cue or a capital in the midst of a text speaks for it; `alone`: nothing
        else is said; `first`: a sentence begins with it; `known`: it is a large town, which all call by its name alone."""
        if self._is_counted(name, before, after, articles):
            return COUNTED
        if len(name) > 1:
            return 0.0
        if name[0] in self.sayings and self._is_said(name[0], before, after):
            return SAYING
        if name[0] in self.things:
            if after and after[0] in self.article_after:
                return WITH_ARTICLE
            if alone or known:
                return 0.0
            return THING_SURE if sure or (before and before[-1] in self.of_a_name) else THING
        return SOMEBODY if first and not sure and self._is_somebody(after) else 0.0

    def _is_counted(self, name: Words, before: Words, after: Words, articles: frozenset[str]) -> bool:
        """Whether a name says only a kind and a number, of something else: "house 4B", "phase 4 of the project"."""
        if not any(letter.isdigit() for letter in name[-1]) or not all(map(self._says_no_name, name)):
            return False
        counted = before[-2:-1] if before and before[-1] in self.numbering else before[-1:]
        belongs = len(after) > 1 and after[0] in _BELONGS and after[1] in articles
        return bool(counted and counted[0] in self.counted) or bool(after and after[0] in self.measures) or belongs

    def _is_said(self, word: str, before: Words, after: Words) -> bool:
        return any(
            tuple(before[len(before) - len(head) :]) == head and tuple(after[: len(tail)]) == tail
            for head, tail in self.sayings[word]
        )

    def _is_somebody(self, after: Words) -> bool:
        """Whether these words behind a name say what a person did or is."""
        return any(tuple(after[:size]) in self.acts for size in range(1, MOST_ACT + 1))

    def _says_no_name(self, word: str) -> bool:
        return word[0].isdigit() or word in self.things or word in self.numbering or word in GENERIC


_BELONGS = frozenset(("of", "on", "in"))


@lru_cache(maxsize=64)
def doubts_for(languages: tuple[str, ...]) -> Doubts:
    """Those of these languages (BCP 47) and English; of all when none is given."""
    data = read_data("doubts.yaml")
    listed = {
        name: [tuple(words(phrase)) for code in languages_of(languages, spoken) for phrase in spoken[code].split(",")]
        for name, spoken in data.items()
    }
    single = {name: frozenset(word for phrase in phrases for word in phrase) for name, phrases in listed.items()}
    return Doubts(
        single["things"], single["article_after"], single["of_a_name"], single["counted"], single["numbering"],
        single["measures"], frozenset(listed["acts"]), _around(listed["sayings"]),
    )  # fmt: skip


def _around(sayings: Iterable[tuple[str, ...]]) -> dict[str, list[Around]]:
    found: dict[str, list[Around]] = {}
    for said in sayings:
        for place, word in enumerate(said):
            found.setdefault(word, []).append((said[:place], said[place + 1 :]))
    return found
