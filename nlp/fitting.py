"""Fitting the classifier: one logistic regression a category, out-of-fold scores for calibration and thresholds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.calibration import choose_thresholds, scale
from nlp.classifier import Classifier, as_probability
from nlp.features import learn_vocabulary

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of it that is done, 0 to 1."""

MANY_TEXTS = 3000
"""From here on the newest fifth stands for the unseen, and rare words are left out; below, five folds do."""

LOWEST_THRESHOLD = 0.15
UNKNOWN = -4.0
"""The bias of a category nobody has given a text for: never said, yet listed."""


@dataclass(frozen=True)
class Sample:
    """A text as its words, the categories it is about, and how much it counts (1: as much as any other)."""

    words: tuple[str, ...]
    categories: frozenset[str]
    weight: float = 1.0


@dataclass(frozen=True)
class _Fit:
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]


def fit(samples: Sequence[Sample], codes: Sequence[str], progress: Progress) -> Classifier:
    """Learn from samples in the order in which they came (oldest first)."""
    many = len(samples) >= MANY_TEXTS
    vocabulary = learn_vocabulary(
        [sample.words for sample in samples], in_words=2 if many else 1, in_pieces=3 if many else 2
    )
    matrix = vocabulary.vectors([sample.words for sample in samples])
    truth = np.array([[code in sample.categories for code in codes] for sample in samples], dtype=bool)
    truth = truth.reshape(len(samples), len(codes))
    weight = np.array([sample.weight for sample in samples])
    held = _folds(samples, many=many)
    linear = np.full(truth.shape, UNKNOWN)
    for number, fold in enumerate(held):
        part = _fit_all(matrix[~fold], truth[~fold], weight[~fold], strength=_strength(len(samples)))
        linear[fold] = matrix[fold] @ part.weights + part.bias
        progress("categories", (number + 1) / (len(held) + 1))
    seen = np.logical_or.reduce(held) & (weight >= 1) if held else np.zeros(len(samples), dtype=bool)
    slope, shift = scale(linear[seen], truth[seen]) if seen.any() else (np.ones(len(codes)), np.zeros(len(codes)))
    chance = as_probability(linear, slope, shift)
    thresholds = (
        choose_thresholds(chance[seen].astype(np.float64), truth[seen], LOWEST_THRESHOLD)
        if seen.any()
        else np.full(len(codes), 0.5)
    )
    whole = _fit_all(matrix, truth, weight, strength=_strength(len(samples)))
    progress("categories", 1.0)
    return Classifier(
        codes=tuple(codes),
        vocabulary=vocabulary,
        weights=whole.weights,
        bias=whole.bias,
        slope=slope.astype(np.float32),
        shift=shift.astype(np.float32),
        thresholds=thresholds.astype(np.float32),
    )


def _strength(texts: int) -> float:
    """The inverse of regularisation: few texts are trusted more each, since each stands for a whole category."""
    return 2.0 if texts >= MANY_TEXTS else 8.0


def _folds(samples: Sequence[Sample], *, many: bool) -> list[NDArray[np.bool_]]:
    if many:
        fold = np.zeros(len(samples), dtype=bool)
        fold[-len(samples) // 5 :] = True
        return [fold]
    if len(samples) < 10:
        return []
    turns: dict[frozenset[str], int] = {}
    fold_of = np.zeros(len(samples), dtype=int)
    for at, sample in enumerate(samples):
        turn = turns.get(sample.categories, 0)
        turns[sample.categories] = turn + 1
        fold_of[at] = turn % 5
    return [fold_of == number for number in range(5) if (fold_of == number).any()]


def _fit_all(matrix: csr_matrix, truth: NDArray[np.bool_], weight: NDArray[np.float64], *, strength: float) -> _Fit:
    from sklearn.linear_model import LogisticRegression  # heavy to import, and only training needs it

    weights = np.zeros((matrix.shape[1], truth.shape[1]), dtype=np.float32)
    bias = np.full(truth.shape[1], UNKNOWN, dtype=np.float32)
    for column in range(truth.shape[1]):
        own = truth[:, column]
        if own.any() and not own.all():
            model = LogisticRegression(C=strength, solver="liblinear").fit(matrix, own, sample_weight=weight)
            weights[:, column] = model.coef_[0]
            bias[column] = model.intercept_[0]
    return _Fit(weights, bias)
