"""Finding phrases of many lists in a text in one pass over its words, whatever the number of phrases.

A phrase is words as people write them; they are folded like the text. In a word `*` stands for any letters ("harass*",
"wa*we"); alone it stands for any one word. `^` is the beginning of the text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Generic, TypeVar

import yaml

from nlp.fold import words as fold_words

Key = TypeVar("Key", bound=Hashable)
Pattern = tuple[str, ...]

CACHED_WORDS = 10_000
FIRST = 3
"""Letters by which prefixes are told apart at first sight."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times faster, where libyaml is
START = "^"


@dataclass(frozen=True, slots=True)
class Hit(Generic[Key]):
    """Words `start:end` of the text are a phrase of the list `key`."""

    key: Key
    start: int
    end: int


def starting(hits: Sequence[Hit[Key]], first: int, last: int) -> Sequence[Hit[Key]]:
    """Those of the hits, which are in order of their start, that start at the words `first` to `last`."""
    return hits[bisect_left(hits, first, key=_start) : bisect_right(hits, last, key=_start)]


def _start(hit: Hit[Any]) -> int:
    return hit.start


Entry = tuple[int, Pattern, Key]
"""A phrase's place among those that begin with the same word, its words (without `^`) and its list."""


class Lexicon(Generic[Key]):
    """Lists of phrases, each under a key."""

    def __init__(self, lists: Iterable[tuple[Key, Iterable[str]]]) -> None:
        self._anywhere: _Index[Key] = _Index()
        self._at_start: _Index[Key] = _Index()
        for key, phrases in lists:
            for phrase in phrases:
                self._add(phrase, key)

    def _add(self, phrase: str, key: Key) -> None:
        pattern = as_pattern(phrase)
        anchored = pattern[:1] == (START,)
        pattern = pattern[anchored:]
        if not pattern or pattern[0] == "*":
            raise ValueError(f"a phrase must begin with a word: {phrase!r}")
        (self._at_start if anchored else self._anywhere).add(pattern, key)

    def find(self, words: Sequence[str]) -> list[Hit[Key]]:
        """Every phrase that stands in the words, in order of its start. A phrase at the beginning starts at 0."""
        hits: list[Hit[Key]] = []
        if words:
            self._at_start.find(words, 0, hits)
        nothing = self._anywhere.nothing
        for start in [start for start, word in enumerate(words) if word not in nothing]:
            self._anywhere.find(words, start, hits)
        return hits


@dataclass(slots=True)
class _Begun(Generic[Key]):
    """The phrases that begin with one word: those of it alone, those by their second word, those with a star there."""

    alone: list[Entry[Key]]
    by_second: dict[str, list[Entry[Key]]]
    starred: list[Entry[Key]]

    def going_on(self, word: str) -> Sequence[Entry[Key]]:
        """Those that may go on with this word."""
        known = self.by_second.get(word, ())
        return (*known, *self.starred) if self.starred else known


class _Index(Generic[Key]):
    """Phrases by how they begin."""

    def __init__(self) -> None:
        self._exact: dict[str, list[tuple[Pattern, Key]]] = {}
        self._prefix: dict[str, list[tuple[Pattern, Key]]] = {}
        self._lengths: list[int] = []
        """How many letters the prefixes have: each once, the fewest first."""
        self._starts: set[str] = set()
        """The first letters of the prefixes, as most words begin with none of them."""
        self._known: dict[str, _Begun[Key]] = {}
        """What begins with words that were asked for."""
        self.nothing: set[str] = set()
        """Words that were asked for, and with which no phrase begins: nearly all of a text."""

    def add(self, pattern: Pattern, key: Key) -> None:
        first = pattern[0]
        begin = first.split("*")[0]
        if "*" in first:
            self._starts.add(begin[:FIRST])
            if len(begin) not in self._lengths:
                insort(self._lengths, len(begin))
        entries = (self._prefix if "*" in first else self._exact).setdefault(begin, [])
        if (pattern, key) not in entries:
            entries.append((pattern, key))

    def find(self, words: Sequence[str], start: int, hits: list[Hit[Key]]) -> None:
        """Add the phrases that stand in the words from `start` on."""
        word = words[start]
        begun = self._known.get(word) or self._begin(word)
        if begun is None:
            return
        found = begun.alone
        going_on = begun.going_on(words[start + 1]) if start + 1 < len(words) else ()
        if going_on:
            fits = (
                entry for entry in going_on if start + len(entry[1]) <= len(words) and _fits(entry[1], words, start)
            )
            found = sorted((*found, *fits), key=_place)
        hits += [Hit(key, start, start + len(pattern)) for _, pattern, key in found]

    def _begin(self, word: str) -> _Begun[Key] | None:
        entries = list(self._exact.get(word, ()))
        for length in self._lengths:
            if length > len(word) or (length >= FIRST and word[:FIRST] not in self._starts):
                break
            begun_so = self._prefix.get(word[:length])
            if begun_so is not None:
                entries += [entry for entry in begun_so if _is_like(entry[0][0], word)]
        if not entries:
            if len(self.nothing) >= CACHED_WORDS:
                self.nothing.clear()
            self.nothing.add(word)
            return None
        begun: _Begun[Key] = _Begun([], {}, [])
        for place, (pattern, key) in enumerate(entries):
            entry = (place, pattern, key)
            if len(pattern) == 1:
                begun.alone.append(entry)
            elif "*" in pattern[1]:
                begun.starred.append(entry)
            else:
                begun.by_second.setdefault(pattern[1], []).append(entry)
        if len(self._known) >= CACHED_WORDS:
            self._known.clear()
        self._known[word] = begun
        return begun


def _place(entry: Entry[Any]) -> int:
    return entry[0]


def _fits(pattern: Pattern, words: Sequence[str], start: int) -> bool:
    for offset in range(1, len(pattern)):
        part, word = pattern[offset], words[start + offset]
        if part != word and not ("*" in part and _is_like(part, word)):
            return False
    return True


def _is_like(part: str, word: str) -> bool:
    if "*" not in part:
        return part == word
    begin, _, end = part.partition("*")
    return len(word) >= len(begin) + len(end) and word.startswith(begin) and word.endswith(end)


@lru_cache(maxsize=CACHED_WORDS)
def as_pattern(phrase: str) -> Pattern:
    """The words of a phrase, folded, with their stars. Remembered, as many programmes ask for the same."""
    pattern: list[str] = []
    for part in phrase.split():
        if part in ("*", START):
            pattern.append(part)
            continue
        begin, star, end = part.partition("*")
        folded = fold_words(begin) or [""]
        folded[-1] += star + "".join(fold_words(end))
        pattern += [word for word in folded if word]
    return tuple(pattern)


@cache
def read_data(name: str) -> Any:
    """A data file of `nlp/data`, parsed. Do not change the result: it is shared."""
    text = files("nlp.data").joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 (a safe loader either way)


def languages_of(programme: Sequence[str], written: Iterable[str]) -> tuple[str, ...]:
    """Which of the languages a data file is written for concern a programme: its own and English; all without one."""
    if not programme:
        return tuple(written)
    wanted = {"en"} | {code for language in programme for code in (language, language.split("-")[0])}
    return tuple(code for code in written if code in wanted or code.split("-")[0] in wanted)
