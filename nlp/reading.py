"""A text with its folded words and where each stands, for those who look for names in it."""

from __future__ import annotations

from nlp.analysis import Span
from nlp.fold import fold, tokens

JOINS = frozenset(" .'-’")


class Reading:
    """The text, its words as folded, and how each is written."""

    def __init__(self, text: str) -> None:
        folded = fold(text)
        found = tokens(folded)
        self.text = text
        self.words = [word for word, _, _ in found]
        self._places = [folded.original(start, end) for _, start, end in found]
        self.shouting = text.isupper()
        self.small = text.islower()

    def span(self, first: int, end: int) -> Span:
        return Span(self._places[first][0], self._places[end - 1][1], "name")

    def capital(self, at: int) -> bool:
        return self.text[self._places[at][0]].isupper()

    def has_case(self, at: int) -> bool:
        letter = self.text[self._places[at][0]]
        return letter.lower() != letter.upper()

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
        """Whether only what may stand inside a name is between this word and the next."""
        return at + 1 < len(self._places) and JOINS.issuperset(self.text[self._places[at][1] : self._places[at + 1][0]])

    def follows(self, at: int) -> bool:
        """Whether the word comes after a cue with at most a colon, dash or comma between."""
        between = self.text[self._places[at - 1][1] : self._places[at][0]]
        return len(between) <= 4 and JOINS.union(":,-–\n").issuperset(between)

    def colon(self, at: int) -> bool:
        """Whether a colon is all that parts the word from the one before it."""
        return 0 < at < len(self.words) and self.text[self._places[at - 1][1] : self._places[at][0]].strip() == ":"
