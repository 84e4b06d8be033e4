"""Whether a text is told like accounts of one sensitive kind: a linear score over its words, how they stand together, and
which groups of the rules it speaks of.

Rules need somebody to have thought of a phrase; weights learned from examples (`nlp/detecting.py`) also hear many small
words that together are told by nobody else. All weights are in one table, so that a text costs a look-up a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, repeat

from nlp.features import CACHED_WORDS, pieces
from nlp.lexicon import Hit, starting
from nlp.odds import from_log_odds

STAND_INS = ("male", "victim", "first_person")
"""Groups of `nlp/data/sensitive.yaml` whose words stand for each other beside another word: "man touched" and "boys touched"
are one thing. A word of several groups is of the last."""

PASSAGE, STEP = 40, 20
"""Words. A long text is also read in passages that overlap: what happened may be one sentence among many of other things."""
SURER = 5 / 6
"""What remains of a passage's probability: it has less around it to tell otherwise. Chosen with PASSAGE on invented accounts of
six to twelve sentences and on messages from disasters."""

JUST_READ = 500
"""Words whose pieces are kept for the next detector that reads the same text."""

Found = Mapping[str, Sequence[Hit[str]]]
"""Where phrases of each group stand in the words of a text (`nlp/rulebook.py`)."""


@lru_cache(maxsize=JUST_READ)
def word_features(word: str) -> tuple[str, ...]:
    """What one word says, wherever it stands: itself and its pieces, which carry over to other forms and spellings."""
    return ("w:" + word, *["c:" + piece for piece in dict.fromkeys(pieces(word))])


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


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, or a part of a long one, as every detector reads it."""

    words: Set[str]
    together: Sequence[str]
    """Features of words together, and of groups."""
    trust: float
    """What remains of its probability."""


def passages(words: Sequence[str], found: Found) -> list[Passage]:
    """The whole of a text first, as its words (`nlp.features.level`) and what the rules found in them."""
    parts = range(0, len(words) - STEP, STEP) if len(words) > PASSAGE else ()
    whole = _passage(words, found, 1.0)
    return [whole, *(_passage(words[at : at + PASSAGE], _within(found, at), SURER) for at in parts)]


def _passage(words: Sequence[str], found: Found, trust: float) -> Passage:
    return Passage(set(words), [*pair_features(words, found), *group_features(found)], trust)


class _Words(dict[str, float]):
    """What words met so far say by themselves; a dictionary, as a text is read word by word."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = weights

    def __missing__(self, word: str) -> float:
        if len(self) >= CACHED_WORDS:
            self.clear()
        said = self[word] = sum(map(self._weights.get, word_features(word), repeat(0.0)))
        return said


@dataclass(frozen=True)
class Detector:
    """`weights` by feature; with `bias` they add up to the log odds that a text is told like accounts of `kind`."""

    kind: str
    weights: Mapping[str, float]
    bias: float
    among: tuple[Detector, ...] = ()
    """Where it listens for several kinds: one a kind, which tells accounts of it from those of the others."""
    spoken: tuple[str, ...] = ()
    """Languages of the accounts it learned from."""
    _words: _Words = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_words", _Words(self.weights))

    def __reduce__(self) -> tuple[type[Detector], tuple[object, ...]]:
        return Detector, (self.kind, self.weights, self.bias, self.among, self.spoken)

    @property
    def kinds(self) -> Set[str]:
        """What it listens for."""
        return {one.kind for one in self.among} or {self.kind}

    def probability(self, text: Sequence[Passage]) -> float:
        """0 to 1: that of the whole, or of the likeliest passage of a long text."""
        return max(passage.trust * self._probability(passage) for passage in text)

    def _probability(self, passage: Passage) -> float:
        alone = sum(map(self._words.__getitem__, passage.words))
        linear = self.bias + alone + sum(map(self.weights.get, passage.together, repeat(0.0)))
        return from_log_odds(linear)

    def named(self, text: Sequence[Passage]) -> str:
        """The kind of an account that it hears."""
        return max(self.among, key=lambda one: one.probability(text)).kind if self.among else self.kind

    def reasons(self, words: Sequence[str], most: int = 3) -> list[str]:
        """The words of the text that by themselves spoke most for it, strongest first."""
        ranked = sorted(dict.fromkeys(words), key=self._words.__getitem__, reverse=True)[:most]
        return [word for word in ranked if self._words[word] > 0] or ranked[:1]
