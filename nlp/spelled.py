"""Numbers that are said in words, digit by digit or in pairs: "zero seven two two", "sifuri saba", "trente-sept douze"
(`digit_words` of `nlp/data/personal.yaml`).

So many digits in a row count nothing; they are somebody's number. Who counts "one two three four" gives none away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlp.lexicon import languages_of, read_data

LEAST_DIGITS = 7
"""Digits of the shortest phone number."""
LEAST_UNITS = 3
"""Words for single digits among them: "twenty, thirty, forty, fifty" are sums."""

_SEPARATORS = r"\s,.\-–—/।;:!?()'\""
_WORD = re.compile(rf"[^{_SEPARATORS}]+")
_WIDEST_GAP = 3


@dataclass(slots=True)
class _Run:
    """Words in a row that say digits."""

    start: int
    end: int
    digits: int = 0
    said: int = 0
    """Words among them, not written digits."""
    units: int = 0
    alone: str = ""
    """The digits that stand behind no ten."""
    repeat: int = 1
    """How often the next one is meant: "double four"."""
    open: bool = False
    """Whether a unit that follows belongs to a ten: "seventy two"."""

    @property
    def is_number(self) -> bool:
        counted = self.alone in "0123456789" and len(self.alone) == self.digits
        return self.digits >= LEAST_DIGITS and self.said > LEAST_UNITS and self.units >= LEAST_UNITS and not counted


class Spelled:
    """Finds numbers said in words of some languages, and English."""

    def __init__(self, languages: Sequence[str]) -> None:
        listed = read_data("personal.yaml")["digit_words"]
        spoken = [listed[code] for code in languages_of(languages, listed)]
        self._units = {
            word: str(digit)
            for words in spoken
            for digit, said in enumerate(words["units"])
            for word in str(said).split()
        }
        self._tens = {word for words in spoken for word in words.get("tens", "").split()}
        self._teens = {word for words in spoken for word in words.get("teens", "").split()}
        self._times = {word: 2 for words in spoken for word in words.get("double", "").split()}
        self._times |= {word: 3 for words in spoken for word in words.get("triple", "").split()}
        self._all = frozenset(self._units) | self._tens | self._teens | self._times.keys()

    def find(self, lower: str) -> list[tuple[int, int]]:
        """Where such numbers stand in a text in small letters."""
        parted = lower.replace(",", " ").replace("-", " ").replace(".", " ").split()
        if sum(map(self._all.__contains__, parted)) <= LEAST_UNITS:
            return []
        return [(run.start, run.end) for run in self._runs(lower) if run.is_number]

    def _runs(self, lower: str) -> Iterator[_Run]:
        run = _Run(0, 0)
        for match in _WORD.finditer(lower):
            word = match.group()
            if word not in self._all and not word.isdigit():
                yield run
                run = _Run(match.end(), match.end())
                continue
            if run.start == run.end or match.start() - run.end > _WIDEST_GAP:
                yield run
                run = _Run(match.start(), match.end())
            run.end = match.end()
            self._add(run, word)
        yield run

    def _add(self, run: _Run, word: str) -> None:
        if word in self._times:
            run.repeat, run.said = self._times[word], run.said + 1
            return
        if word in self._units:
            if not run.open:
                run.digits += run.repeat
                run.alone += self._units[word] * run.repeat
            run.units += run.repeat
            run.open = False
        elif word.isdigit():
            run.digits += len(word)
        else:
            run.digits += 2
            run.open = word in self._tens
        run.said += not word.isdigit()
        run.repeat = 1
