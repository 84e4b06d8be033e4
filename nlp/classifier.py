"""Which categories a text is about: linear scores over words and pieces of words, calibrated, with a threshold each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.features import Vocabulary

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Classifier:
    """One line a category: `codes`, columns of `weights` (features x categories), and the rest are in the same order.

    `slope` and `shift` turn a linear score into a probability (Platt scaling); a category counts as said from its
    `thresholds` value on.
    """

    codes: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Scores
    bias: Scores
    slope: Scores
    shift: Scores
    thresholds: Scores

    def scores(self, texts: Sequence[Sequence[str]]) -> Scores:
        """Probabilities, texts x categories. A text is given as its words (`nlp.features.split`)."""
        linear = self.vocabulary.vectors(texts) @ self.weights + self.bias
        return as_probability(linear, self.slope, self.shift)

    def reasons(self, words: Sequence[str], category: int, most: int = 3) -> list[str]:
        """The words of the text that spoke most for the category, strongest first."""
        distinct = list(dict.fromkeys(words))
        own = self.weights[:, category]
        idf = self.vocabulary.weights
        gains = [float(sum(idf[column] * own[column] for column in self.vocabulary.columns(word))) for word in distinct]
        strongest = max(gains, default=0.0)
        ranked = sorted(range(len(distinct)), key=lambda at: -gains[at])
        return [distinct[at] for at in ranked[:most] if gains[at] > 0.25 * strongest > 0]


def as_probability(linear: Scores, slope: Scores, shift: Scores) -> Scores:
    """The logistic function of the calibrated linear scores."""
    return (1 / (1 + np.exp(-np.clip(linear * slope + shift, -30, 30)))).astype(np.float32)
