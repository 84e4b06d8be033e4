"""When the name of a small place outside the programme is a country's, a day's, a company's, somebody's, or a word
(`nlp/data/elsewhere.yaml`, `everyday.yaml`): lists of whole countries hold villages that are called as anything is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nlp.fold import words
from nlp.lexicon import languages_of, read_data

LONGEST = 3
"""Words in the longest phrase that stands beside a name."""
STRANGER, OF_SOMEBODY, WORD, WORD_THERE, SMALL_WORDS = 0.8, 0.5, 0.55, 0.4, 0.4
"""What the support of a name loses that is something else's, that people bear, that is a word, one beside a cue, or that only
words in small letters make."""

Phrases = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Elsewhere:
    """Folded words of some languages. `strangers` are joined, as names are looked up."""

    strangers: frozenset[str]
    everyday: frozenset[str]
    given: frozenset[str]
    kin: Phrases
    to_somebody: frozenset[str]
    belongs: frozenset[str]
    settled_before: Phrases
    settled_after: Phrases

    def loss(
        self, name: Sequence[str], before: Sequence[str], after: Sequence[str], *, placed: bool, capital: bool
    ) -> float:
        """What the support of a small place's name loses between these words. `placed`: a cue says that it happened there."""
        if _ends(self.settled_before, before) or _begins(self.settled_after, after):
            return 0.0
        if "".join(name) in self.strangers:
            return STRANGER
        if len(name) > 1:
            return SMALL_WORDS if not capital and self.everyday.issuperset(name) else 0.0
        if _ends(self.kin, before):
            return STRANGER
        if name[0] in self.given and not (placed and self._is_there(before[-1:], after[:1])):
            return OF_SOMEBODY
        if name[0] in self.everyday:
            return WORD_THERE if placed else WORD
        return 0.0

    def _is_there(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Whether these words beside somebody's name would not be said of a person."""
        return self.to_somebody.isdisjoint(before) and self.belongs.isdisjoint(after)


def _ends(phrases: Phrases, spoken: Sequence[str]) -> bool:
    return any(tuple(spoken[-size:]) in phrases for size in range(1, LONGEST + 1))


def _begins(phrases: Phrases, spoken: Sequence[str]) -> bool:
    return any(tuple(spoken[:size]) in phrases for size in range(1, LONGEST + 1))


@lru_cache(maxsize=64)
def elsewhere_for(languages: tuple[str, ...]) -> Elsewhere:
    """Those of these languages (BCP 47) and English; of all when none is given."""
    data, people, words_of_ours = (read_data(f"{name}.yaml") for name in ("elsewhere", "people", "everyday"))
    strangers = {
        "".join(phrase) for name in ("countries", "calendar", "companies") for phrase in _phrases(data[name], languages)
    }
    given = {
        word
        for listed in (people["given"], people["also_words"])
        for code in languages_of(languages, listed)
        for word in words(listed[code])
    }
    return Elsewhere(
        frozenset(strangers),
        frozenset(word for code in languages_of(languages, words_of_ours) for word in words_of_ours[code].split()),
        frozenset(given),
        _phrases(data["kin"], languages),
        _single(data["to_somebody"], languages),
        _single(data["belongs"], languages),
        _phrases(data["settled_before"], languages),
        _phrases(data["settled_after"], languages),
    )


def _single(listed: dict[str, Any], languages: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for phrase in _phrases(listed, languages) for word in phrase)


def _phrases(listed: dict[str, Any], languages: tuple[str, ...]) -> Phrases:
    return frozenset(
        tuple(words(phrase)) for code in languages_of(languages, listed) for phrase in listed[code].split(",")
    )
