"""Names of people, where the text itself says that one follows: after an introduction or a title, before an honorific.

No good recogniser of names exists for most languages people text in, so what no rule covers stays: a report is "not
reviewed for names" until a person has read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from nlp.analysis import Span
from nlp.fold import fold, tokens
from nlp.lexicon import Hit, Lexicon, as_pattern, languages_of, read_data

Cue = Literal["said", "weak", "title", "honorific", "surname"]
_LISTS: tuple[tuple[Cue, str], ...] = (
    ("said", "introductions"),
    ("weak", "weak_introductions"),
    ("title", "titles"),
    ("honorific", "after_name"),
    ("surname", "surnames"),
)
LONGEST = 3
JOINS = frozenset(" .'-’")


class Names:
    """Finds names by the cues of the languages, from `nlp/data/personal.yaml`."""

    def __init__(self, languages: Sequence[str]) -> None:
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

    def find(self, text: str) -> list[Span]:
        """Spans of names; overlapping ones are possible."""
        folded = fold(text)
        found = tokens(folded)
        words = [word for word, _, _ in found]
        hits = self._cues.find(words)
        if not hits and not any(word in before for before, _ in self._speaking for word in words):
            return []
        reading = _Reading(text, words, [folded.original(start, end) for _, start, end in found])
        spans = [reading.span(*named) for hit in hits if (named := self._named(reading, hit))]
        return spans + [reading.span(*named) for named in self._spoken(reading)]

    def _named(self, reading: _Reading, hit: Hit[Cue]) -> tuple[int, int] | None:
        """First word and end of the name that a cue points to."""
        if hit.key == "said":
            return self._following(reading, hit.end, capitals=False, least=1)
        if hit.key == "weak":
            return self._following(reading, hit.end, capitals=True, least=2)
        if hit.key == "title":
            return self._following(reading, hit.end, capitals=True, least=1)
        start = hit.start - 1
        capitals = hit.key == "honorific" and start >= 0 and reading.has_case(start)
        if start < 0 or not reading.joined(start) or not self._may_be_name(reading, start, capitals=capitals):
            return None
        return start, hit.end if hit.key == "surname" else hit.start

    def _following(self, reading: _Reading, start: int, *, capitals: bool, least: int) -> tuple[int, int] | None:
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
            end = min(end, start + 1)
        if end - start < least or (capitals and reading.shouting):
            return None
        following = reading.words[end - 1 : end + 1]
        return None if self._place_nouns.intersection(following) else (start, end)

    def _may_be_name(self, reading: _Reading, at: int, *, capitals: bool) -> bool:
        word = reading.words[at]
        if word in self._not_names or word[0].isdigit() or reading.masked(at):
            return False
        return reading.capital(at) if capitals else True

    def _spoken(self, reading: _Reading) -> list[tuple[int, int]]:
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


class _Reading:
    """A text with its folded words and where each stands."""

    def __init__(self, text: str, words: list[str], places: list[tuple[int, int]]) -> None:
        self.text = text
        self.words = words
        self._places = places
        self.shouting = text.isupper()

    def span(self, first: int, end: int) -> Span:
        return Span(self._places[first][0], self._places[end - 1][1], "name")

    def capital(self, at: int) -> bool:
        return self.text[self._places[at][0]].isupper()

    def has_case(self, at: int) -> bool:
        letter = self.text[self._places[at][0]]
        return letter.lower() != letter.upper()

    def masked(self, at: int) -> bool:
        start = self._places[at][0]
        return start > 0 and self.text[start - 1] == "["

    def joined(self, at: int) -> bool:
        """Whether only what may stand inside a name is between this word and the next."""
        return at + 1 < len(self._places) and JOINS.issuperset(self.text[self._places[at][1] : self._places[at + 1][0]])

    def follows(self, at: int) -> bool:
        """Whether the word comes after a cue with at most a colon, dash or comma between."""
        between = self.text[self._places[at - 1][1] : self._places[at][0]]
        return len(between) <= 4 and JOINS.union(":,-–\n").issuperset(between)
