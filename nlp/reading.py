"""A text with its folded words and where each stands, for those who look for names in it."""

from __future__ import annotations

from functools import cached_property

from nlp.analysis import Span
from nlp.fold import fold, tokens

JOINS = frozenset(" .'-’")
LONGEST_SHORT = 3
"""Letters of an abbreviated name, as in "Jn. Rabel"."""
SENTENCE_ENDS = frozenset(".!?:;\n")


class Reading:
    """The text, its words as folded, and how each is written."""

    def __init__(self, text: str) -> None:
        folded = fold(text)
        found = tokens(folded)
        self.text = text
        self.words = [word for word, _, _ in found]
        self._places = [folded.original(start, end) for _, start, end in found]
        self.shouting = text.isupper()

    def span(self, first: int, end: int) -> Span:
        return Span(self._places[first][0], self._places[end - 1][1], "name")

    def capital(self, at: int) -> bool:
        return self.text[self._places[at][0]].isupper()

    @cached_property
    def small(self) -> bool:
        """Whether no word has a capital but at the beginning of a sentence, so that capitals tell no name from a word."""
        return not any(self.proper(at) and not self._begins_sentence(at) for at in range(len(self.words)))

    def _begins_sentence(self, at: int) -> bool:
        return at == 0 or not SENTENCE_ENDS.isdisjoint(self.text[self._places[at - 1][1] : self._places[at][0]])

    def has_case(self, at: int) -> bool:
        letter = self.text[self._places[at][0]]
        return letter.lower() != letter.upper()

    def raised(self, at: int) -> bool:
        """Written with a capital, where capitals tell something."""
        return self.capital(at) and not self.shouting

    def proper(self, at: int) -> bool:
        """Written with a capital in a text that tells names from words so."""
        return (
            self.capital(at)
            and not self.shouting
            and not self.text[self._places[at][0] : self._places[at][1]].isupper()
        )

    def masked(self, at: int) -> bool:
        start = self._places[at][0]
        return start > 0 and self.text[start - 1] == "["

    def joined(self, at: int) -> bool:
        """Whether only what may stand inside a name is between this word and the next; a full stop only behind what may be
        an abbreviation."""
        if at + 1 >= len(self._places):
            return False
        start, end = self._places[at]
        between = self.text[end : self._places[at + 1][0]]
        return JOINS.issuperset(between) and ("." not in between or end - start <= LONGEST_SHORT)

    def follows(self, at: int) -> bool:
        """Whether the word comes after a cue with at most a colon, dash or comma between."""
        between = self.text[self._places[at - 1][1] : self._places[at][0]]
        return len(between) <= 4 and JOINS.union(":,-–\n").issuperset(between)

    def abbreviated(self, at: int) -> bool:
        """Whether a full stop stands right behind the word."""
        return self.text.startswith(".", self._places[at][1])

    def colon(self, at: int) -> bool:
        """Whether a colon is all that parts the word from the one before it."""
        return 0 < at < len(self.words) and self.text[self._places[at - 1][1] : self._places[at][0]].strip() == ":"
