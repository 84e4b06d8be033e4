"""Which categories a text is about: linear scores over words and pieces of words, calibrated, with a threshold each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.features import Vocabulary
from nlp.meaning import View, open_encoder
from nlp.relating import Relation

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Classifier:
    """One linear score a category: `codes`, the columns of `weights` (features x categories), and the rest are in the same
    order. With a `relation` the scores of all categories are weighed against each other. The logistic function of a score is
    a calibrated probability; a category is said from its threshold on, which may be another in some languages.
    """

    codes: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Scores
    bias: Scores
    thresholds: Scores
    relation: Relation | None = None
    meaning: View | None = None
    """Scores from sentence embeddings beside those from words, where a sentence model is set."""
    sentences: str = ""
    """The folder of that sentence model."""
    in_language: Mapping[str, Scores] = field(default_factory=dict)
    """Thresholds for the languages in which many texts were decided."""

    def says(self, scores: Scores, languages: Sequence[str]) -> NDArray[np.bool_]:
        """Which of these scores reach their threshold, each row a text in the language at its place."""
        limits = [self.in_language.get(language, self.thresholds) for language in languages]
        return scores >= np.array(limits, dtype=np.float32).reshape(scores.shape)

    def scores(self, texts: Sequence[Sequence[str]], written: Sequence[str] = ()) -> Scores:
        """Probabilities, texts x categories. A text is given as its words (`nlp.features.split`); `written` are the same
        texts as they stand, which only a classifier with a sentence model reads."""
        linear = self.vocabulary.vectors(texts) @ self.weights + self.bias
        if self.meaning is not None:
            meant = self.meaning(open_encoder(self.sentences)(written))
            linear = linear + meant if self.relation is None else np.hstack([linear, meant])
        return as_probability(linear if self.relation is None else self.relation(linear))

    def reasons(self, words: Sequence[str], categories: Sequence[int], most: int = 3) -> list[list[str]]:
        """For each of these categories (by place in `codes`) the words of the text that spoke most for it, strongest first."""
        distinct = [word for word in dict.fromkeys(words) if self.vocabulary.columns(word)]
        if not distinct:
            return [[] for _ in categories]
        columns = [self.vocabulary.columns(word) for word in distinct]
        starts = np.cumsum([0] + [len(own) for own in columns[:-1]])
        every = np.fromiter(chain.from_iterable(columns), dtype=np.int64)
        spoken = self.weights[every[:, None], categories] * self.vocabulary.weights[every, None]
        found = []
        for gains in np.add.reduceat(spoken, starts, axis=0).T:
            ranked = np.argsort(-gains, kind="stable")[:most]
            found.append([distinct[at] for at in ranked if gains[at] > 0.25 * gains[ranked[0]] > 0])
        return found


def as_probability(linear: NDArray[np.floating[Any]]) -> Scores:
    """The logistic function."""
    chance: Scores = (1 / (1 + np.exp(-np.clip(linear, -30, 30)))).astype(np.float32)
    return chance
