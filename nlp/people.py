"""Names of people that nothing introduces: common names of a language, with support from what stands beside them.

The lists are small (`nlp/data/people.yaml`): a name that is not on them is found only behind a given name that is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from nlp.gazetteer.spelling import SAINTS
from nlp.lexicon import Lexicon, as_pattern, languages_of, read_data
from nlp.reading import Reading

LONGEST, SHORTEST = 3, 3
Side = Literal["before", "after"]


class People:
    """The common names of the languages."""

    def __init__(
        self,
        languages: Sequence[str],
        not_names: Collection[str],
        place_nouns: Collection[str],
        place_heads: Collection[str],
        ordinary: Collection[str],
    ) -> None:
        data = read_data("people.yaml")
        self._also_words = _words(data["also_words"], languages)
        self.given = _words(data["given"], languages) | self._also_words
        self.family = self.given | _words(data["family"], languages)
        self._not_names = not_names
        self._ordinary = ordinary
        self._place_nouns = place_nouns
        self._place_heads = place_heads
        sides: tuple[Side, ...] = ("before", "after")
        self._beside: Lexicon[Side] = Lexicon(
            (
                side,
                (
                    phrase
                    for code in languages_of(languages, data["beside"][side])
                    for phrase in data["beside"][side][code]
                ),
            )
            for side in sides
        )

    def known(self, word: str) -> bool:
        """Whether a folded word is a listed name, and not as well a word that people write every day."""
        return word in self.family and not (word in self._also_words and word in self._ordinary)

    def sure(self, word: str) -> bool:
        """Whether a folded word is a given name and nothing else."""
        return word in self.given and word not in self._also_words

    def find(self, reading: Reading) -> list[tuple[int, int]]:
        """First word and end of each name: two names beside each other, or one with support. Without capitals to tell by, a
        name that is no word suffices."""
        words = reading.words
        firsts = [at for at, word in enumerate(words) if word in self.given and not reading.masked(at)]
        if not firsts:
            return []
        spoken = self._beside.find(words)
        before = {hit.end for hit in spoken if hit.key == "before"}
        after = {hit.start for hit in spoken if hit.key == "after"}
        found: list[tuple[int, int]] = []
        past = 0
        for at in firsts:
            if at < past:
                continue
            end = at + 1
            while end < len(words) and end - at < LONGEST and self._goes_on(reading, at, end):
                end += 1
            past = end
            alone = end == at + 1
            around = words[max(0, at - 1) : at] + (words[end : end + 1] if reading.joined(end - 1) else [])
            if (at and (words[at - 1] in SAINTS or words[at - 1] in self._place_heads)) or any(
                word in self._place_nouns for word in around
            ):
                continue
            beside = _raised(reading, at) and (at in before or end in after)
            shown = beside or reading.proper(at) or (reading.small and self.sure(words[at]))
            if not alone or (words[at] not in self._also_words and shown):
                found.append((self._first(reading, at), end))
        return found

    def _first(self, reading: Reading, at: int) -> int:
        """The first word of a name that ends in a common one: "Jennifer Otieno"."""
        before = at - 1
        known = before < 0 or reading.words[before] in self._not_names or reading.words[before] in self._place_nouns
        if known or not (reading.joined(before) and reading.proper(before) and reading.proper(at)):
            return at
        return before if before > 0 and len(reading.words[before]) >= SHORTEST else at

    def _goes_on(self, reading: Reading, first: int, at: int) -> bool:
        """Whether the word continues the name that begins with `first`: known as one, or at least written like one."""
        word = reading.words[at]
        if not reading.joined(at - 1) or word in self._not_names or word in self._place_nouns or reading.masked(at):
            return False
        if word in self.family:
            return not {word, reading.words[first]} <= self._also_words or reading.raised(at)
        written = reading.has_case(at) and reading.capital(at) and reading.capital(first) and not reading.shouting
        return written and at == first + 1 and reading.words[first] not in self._also_words


def _words(listed: dict[str, str], languages: Sequence[str]) -> frozenset[str]:
    return frozenset(word for code in languages_of(languages, listed) for word in as_pattern(listed[code]))


def _raised(reading: Reading, at: int) -> bool:
    """Written with a capital, or where capitals tell nothing."""
    return reading.capital(at) or not reading.has_case(at) or reading.small
