"""Names of people: after an introduction or a title, before an honorific, and common names that stand without one.

No good recogniser of names exists for most languages people text in, so what no rule covers stays: a text in a language
that no rule was written for is "not reviewed for names" until a person has read it (`covers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from nlp.analysis import Span
from nlp.fold import words as fold_words
from nlp.lexicon import Hit, Lexicon, as_pattern, languages_of, read_data
from nlp.people import People
from nlp.reading import Reading

Cue = Literal["said", "label", "weak", "title", "job", "honorific", "surname"]
_LISTS: tuple[tuple[Cue, str], ...] = (
    ("said", "introductions"),
    ("label", "labels"),
    ("weak", "weak_introductions"),
    ("title", "titles"),
    ("job", "jobs"),
    ("honorific", "after_name"),
    ("surname", "surnames"),
)
LONGEST = 3
AROUND = 4
"""Words in the longest name of a place that a person's name may be part of."""


def covers(language: str) -> bool:
    """Whether names are looked for in texts of a language (BCP 47): somebody wrote down how it introduces people."""
    return language in read_data("personal.yaml")["introductions"]


class Names:
    """Finds names by the cues of the languages, from `nlp/data/personal.yaml`, and common names, from `people.yaml`.

    A name inside the name of one of `places` ("Mama Lucy Hospital") is that of the place and stays.
    """

    def __init__(self, languages: Sequence[str], places: Iterable[str] = ()) -> None:
        data = read_data("personal.yaml")
        self._cues: Lexicon[Cue] = Lexicon(
            (cue, (str(phrase) for code in languages_of(languages, data[name]) for phrase in data[name][code]))
            for cue, name in _LISTS
        )
        self._not_names = frozenset(word for line in data["not_names"] for word in as_pattern(line))
        self._place_nouns = frozenset(word for line in data["place_nouns"] for word in as_pattern(line))
        self._speaking = [
            ({as_pattern(word)[0] for word in pair["before"]}, {as_pattern(word)[0] for word in pair["after"]})
            for pair in data["speaking"]
        ]
        self._people = People(languages, self._not_names, self._place_nouns)
        self._places = frozenset("".join(fold_words(place)) for place in places)

    def find(self, text: str) -> list[Span]:
        """Spans of names; overlapping ones are possible."""
        reading = Reading(text)
        found = [named for hit in self._cues.find(reading.words) if (named := self._named(reading, hit))]
        found += self._spoken(reading)
        found = [named for named in found if not self._is_of_a_place(reading, *named, least=1)]
        found += [named for named in self._people.find(reading) if not self._is_of_a_place(reading, *named, least=0)]
        return [reading.span(*named) for named in found]

    def _is_of_a_place(self, reading: Reading, first: int, end: int, *, least: int) -> bool:
        """Whether these words, with so many others around them, are the name of a place."""
        if not self._places:
            return False
        words = reading.words
        return any(
            "".join(words[start:stop]) in self._places
            for start in range(max(0, end - AROUND), first + 1)
            for stop in range(end, min(len(words), start + AROUND) + 1)
            if (stop - start) - (end - first) >= least
        )

    def _named(self, reading: Reading, hit: Hit[Cue]) -> tuple[int, int] | None:
        """First word and end of the name that a cue points to."""
        if hit.key == "said":
            return self._following(reading, hit.end, capitals=False, least=1)
        if hit.key == "label":
            return self._following(reading, hit.end, capitals=False, least=1) if reading.colon(hit.end) else None
        if hit.key == "weak":
            return self._following(reading, hit.end, capitals=True, least=2)
        if hit.key == "title":
            return self._following(reading, hit.end, capitals=True, least=1)
        if hit.key == "job":
            named = self._following(reading, hit.end, capitals=True, least=1)
            return named if named and (reading.has_case(hit.end) or self._listed(reading, hit.end)) else None
        start = hit.start - 1
        capitals = hit.key == "honorific" and start >= 0 and reading.has_case(start)
        if start < 0 or not reading.joined(start) or not self._may_be_name(reading, start, capitals=capitals):
            return None
        return start, hit.end if hit.key == "surname" else hit.start

    def _following(self, reading: Reading, start: int, *, capitals: bool, least: int) -> tuple[int, int] | None:
        if start > 0 and start < len(reading.words) and not reading.follows(start):
            return None
        end = start
        while end < len(reading.words) and end - start < LONGEST:
            if end > start and not reading.joined(end - 1):
                break
            strict = (capitals and reading.has_case(end)) or (end > start and reading.capital(start))
            if not self._may_be_name(reading, end, capitals=strict):
                break
            end += 1
        if capitals and all(not reading.has_case(at) for at in range(start, end)):
            end = min(end, start + 2 if self._listed(reading, start + 1) else start + 1)
        if end - start < least or (capitals and reading.shouting):
            return None
        following = reading.words[end - 1 : end + 1]
        return None if self._place_nouns.intersection(following) else (start, end)

    def _listed(self, reading: Reading, at: int) -> bool:
        return at < len(reading.words) and reading.words[at] in self._people.family

    def _may_be_name(self, reading: Reading, at: int, *, capitals: bool) -> bool:
        word = reading.words[at]
        if word in self._not_names or word[0].isdigit() or reading.masked(at):
            return False
        return reading.capital(at) if capitals else True

    def _spoken(self, reading: Reading) -> list[tuple[int, int]]:
        """ "main Sunita Devi bol rahi hoon": what stands between the two."""
        found = []
        for before, after in self._speaking:
            for start, word in enumerate(reading.words):
                if word not in before:
                    continue
                for end in range(start + 2, min(start + 2 + LONGEST, len(reading.words))):
                    if reading.words[end] in after and all(
                        self._may_be_name(reading, at, capitals=False) for at in range(start + 1, end)
                    ):
                        found.append((start + 1, end))
        return found
