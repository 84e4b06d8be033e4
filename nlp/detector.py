"""Whether a text is told like accounts of one sensitive kind: a linear score over its words, how they stand together, and
which groups of the rules it speaks of.

Rules need somebody to have thought of a phrase; weights learned from examples (`nlp/detecting.py`) also hear many small
words that together are told by nobody else. All weights are in one table, so that a text costs a look-up a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise, repeat
from math import exp

from nlp.features import CACHED_WORDS, pieces
from nlp.lexicon import Hit, starting

STAND_INS = ("male", "victim", "first_person")
"""Groups of `nlp/data/sensitive.yaml` whose words stand for each other beside another word: "man touched" and "boys touched"
are one thing. A word of several groups is of the last."""

PASSAGE, STEP = 40, 20
"""Words. A long text is also read in passages that overlap: what happened may be one sentence among many of other things."""
SURER = 5 / 6
"""What remains of a passage's probability: it has less around it to tell otherwise. Chosen with PASSAGE on invented accounts of
six to twelve sentences and on messages from disasters."""

Found = Mapping[str, Sequence[Hit[str]]]
"""Where phrases of each group stand in the words of a text (`nlp/rulebook.py`)."""


def word_features(word: str) -> list[str]:
    """What one word says, wherever it stands: itself and its pieces, which carry over to other forms and spellings."""
    return ["w:" + word, *("c:" + piece for piece in dict.fromkeys(pieces(word)))]


def pair_features(words: Sequence[str], found: Found) -> list[str]:
    """What words say together: those side by side, and those with one between them."""
    classed = list(words)
    for group in STAND_INS:
        for hit in found.get(group, ()):
            if hit.end == hit.start + 1:
                classed[hit.start] = "<" + group + ">"
    apart = [f"s:{one} {two}" for one, two in zip(classed, classed[2:], strict=False)]
    return [f"p:{one} {two}" for one, two in pairwise(classed)] + apart


def group_features(found: Found) -> list[str]:
    """Which groups of the rules the text speaks of at all."""
    return ["g:" + group for group in found]


def _within(found: Found, begin: int) -> Found:
    """What was found in the passage from there on, by its places in the passage."""
    return {
        group: own
        for group, hits in found.items()
        if (
            own := [
                Hit(hit.key, hit.start - begin, hit.end - begin)
                for hit in starting(hits, begin, begin + PASSAGE)
                if hit.end <= begin + PASSAGE
            ]
        )
    }


@dataclass(frozen=True)
class Detector:
    """`weights` by feature; with `bias` they add up to the log odds that a text is told like accounts of `kind`."""

    kind: str
    weights: Mapping[str, float]
    bias: float
    among: tuple[Detector, ...] = ()
    """Where it listens for several kinds: one a kind, which tells accounts of it from those of the others."""
    _words: dict[str, float] = field(default_factory=dict, repr=False, compare=False)
    """What words met so far say by themselves."""

    def __getstate__(self) -> dict[str, object]:
        return {"kind": self.kind, "weights": self.weights, "bias": self.bias, "among": self.among, "_words": {}}

    def probability(self, words: Sequence[str], found: Found) -> float:
        """0 to 1, for a text as its words (`nlp.features.level`) and what the rules found in them: that of the whole, or of the
        likeliest passage of a long text."""
        passages = range(0, len(words) - STEP, STEP) if len(words) > PASSAGE else ()
        likely = [SURER * self._probability(words[at : at + PASSAGE], _within(found, at)) for at in passages]
        return max(self._probability(words, found), *likely, 0.0)

    def _probability(self, words: Sequence[str], found: Found) -> float:
        shared = chain(pair_features(words, found), group_features(found))
        linear = self.bias + sum(map(self._of_word, set(words))) + sum(map(self.weights.get, shared, repeat(0.0)))
        return 1 / (1 + exp(-max(min(linear, 30.0), -30.0)))

    def named(self, words: Sequence[str], found: Found) -> str:
        """The kind of an account that it hears."""
        return max(self.among, key=lambda one: one.probability(words, found)).kind if self.among else self.kind

    def reasons(self, words: Sequence[str], most: int = 3) -> list[str]:
        """The words of the text that by themselves spoke most for it, strongest first."""
        ranked = sorted(dict.fromkeys(words), key=self._of_word, reverse=True)[:most]
        return [word for word in ranked if self._of_word(word) > 0] or ranked[:1]

    def _of_word(self, word: str) -> float:
        known = self._words.get(word)
        if known is None:
            if len(self._words) >= CACHED_WORDS:
                self._words.clear()
            known = self._words[word] = sum(self.weights.get(feature, 0.0) for feature in word_features(word))
        return known
