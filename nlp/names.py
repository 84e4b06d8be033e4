"""Names of people: after an introduction, a title or a word for kin, before an honorific, and common names alone.

No good recogniser of names exists for most languages people text in, so what no rule covers stays: a text in a language
that no rule was written for is "not reviewed for names" until a person has read it (`covers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from nlp.analysis import Span
from nlp.fold import words as fold_words
from nlp.lexicon import Hit, Lexicon, as_pattern, languages_of, read_data
from nlp.ordinary import ordinary_words
from nlp.people import People
from nlp.reading import Reading

Cue = Literal["said", "label", "weak", "kin", "courtesy", "title", "honorific", "surname"]
_LISTS: tuple[tuple[Cue, str], ...] = (
    ("said", "introductions"),
    ("label", "labels"),
    ("weak", "weak_introductions"),
    ("kin", "kin"),
    ("courtesy", "courtesies"),
    ("title", "titles"),
    ("honorific", "after_name"),
    ("surname", "surnames"),
)
Asked = Literal["any", "listed", "sure"]
"""What a word without a capital must be to begin a name: any but an ordinary word, a listed name, or one that is no word too."""
ASKED: dict[Cue, Asked] = {
    "said": "any",
    "courtesy": "any",
    "label": "listed",
    "kin": "listed",
    "title": "listed",
    "weak": "sure",
}
LONGEST = 3
MOST_INITIALS = 2
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
        courteous = (
            str(word) for code in languages_of(languages, data["courtesies"]) for word in data["courtesies"][code]
        )
        self._not_names = frozenset(word for line in (*data["not_names"], *courteous) for word in as_pattern(line))
        self._not_name_starts = tuple(data["not_name_starts"])
        self._place_nouns = frozenset(word for line in data["place_nouns"] for word in as_pattern(line))
        place_heads = frozenset(word for line in data["place_heads"] for word in as_pattern(line))
        self._place_words = self._place_nouns | place_heads
        self._speaking = [
            ({as_pattern(word)[0] for word in pair["before"]}, {as_pattern(word)[0] for word in pair["after"]})
            for pair in data["speaking"]
        ]
        self._ordinary = ordinary_words(tuple(languages))
        self._people = People(languages, self._not_names, self._place_nouns, place_heads, self._ordinary)
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
        if hit.key in ("honorific", "surname"):
            return self._preceding(reading, hit)
        asked = ASKED[hit.key]
        if hit.key == "label" and reading.colon(hit.end):
            asked = "any"
        elif hit.key == "courtesy" and len(reading.words[hit.start]) == 1:
            if not reading.abbreviated(hit.start):
                return None
            asked = "listed"  # "m." is also how Kreyòl ends "of mine."
        named = self._following(reading, hit.end, asked)
        if named is None or hit.key in ("said", "courtesy", "title") or self._fits(reading, named[0], asked):
            return named
        return named if hit.key != "label" and named[1] - named[0] > 1 and self._strange(reading, *named) else None

    def _strange(self, reading: Reading, first: int, end: int) -> bool:
        """Whether none of these words is an everyday one, as in "call Nairobi Water"."""
        words = reading.words[first:end]
        return all(word in self._people.family or word not in self._ordinary for word in words)

    def _preceding(self, reading: Reading, hit: Hit[Cue]) -> tuple[int, int] | None:
        start = hit.start - 1
        if start < 0 or not reading.joined(start) or not self._may_be_name(reading, start):
            return None
        if not reading.raised(start) and not self._fits(reading, start, "any" if hit.key == "surname" else "sure"):
            return None
        return start, hit.end if hit.key == "surname" else hit.start

    def _following(self, reading: Reading, start: int, asked: Asked) -> tuple[int, int] | None:
        """The words of a name from `start` on."""
        words = reading.words
        if start >= len(words) or (start > 0 and not reading.follows(start)):
            return None
        first = start
        while first - start < MOST_INITIALS and len(words[first]) == 1 and reading.joined(first):
            first += 1  # "a k singh"
        if not self._fits(reading, first, asked if first == start else "listed", raised=first == start):
            return None
        end = first + 1
        while end < len(words) and end - first < LONGEST and self._goes_on(reading, first, end, asked):
            end += 1
        if asked == "any":
            return start, end
        return None if self._place_nouns.intersection(words[end - 1 : end + 1]) else (start, end)

    def _goes_on(self, reading: Reading, first: int, at: int, asked: Asked) -> bool:
        if not reading.joined(at - 1) or (asked == "any" and reading.words[at] in self._place_words):
            return False
        if len(reading.words[at]) == 1 and reading.joined(at):
            return at + 1 < len(reading.words) and self._fits(reading, at + 1, "sure", raised=reading.raised(first))
        if reading.raised(first):
            return self._may_be_name(reading, at) and (reading.capital(at) or self._fits(reading, at, "sure"))
        return self._fits(reading, at, asked if asked == "any" else "listed")

    def _fits(self, reading: Reading, at: int, asked: Asked, *, raised: bool = False) -> bool:
        """Whether a word is what is asked of a name; with `raised` a capital will do as well."""
        if not self._may_be_name(reading, at):
            return False
        word = reading.words[at]
        if raised and reading.raised(at):
            return True
        if asked == "sure":
            return self._people.sure(word)
        if asked == "any":
            return word in self._people.family or word not in self._ordinary
        return self._people.known(word)

    def _may_be_name(self, reading: Reading, at: int) -> bool:
        word = reading.words[at]
        if word in self._not_names or word[0].isdigit() or reading.masked(at):
            return False
        return not word.startswith(self._not_name_starts)

    def _spoken(self, reading: Reading) -> list[tuple[int, int]]:
        """ "main Sunita Devi bol rahi hoon": what stands between the two."""
        found = []
        for before, after in self._speaking:
            for start, word in enumerate(reading.words):
                if word not in before:
                    continue
                for end in range(start + 2, min(start + 2 + LONGEST, len(reading.words))):
                    if reading.words[end] in after and all(
                        self._fits(reading, at, "any", raised=True) for at in range(start + 1, end)
                    ):
                        found.append((start + 1, end))
        return found
