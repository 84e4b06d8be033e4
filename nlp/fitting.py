"""Fitting the classifier: one logistic regression a category, calibrated on texts each had not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.calibration import choose_thresholds, scale
from nlp.classifier import Classifier, as_probability
from nlp.features import learn_vocabulary
from nlp.relating import Relation, learn_relation

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of it that is done, 0 to 1."""

MANY_TEXTS = 3000
UNKNOWN = -4.0
"""The bias of a category nobody has given a text for: never said, yet listed."""

ALWAYS = 20
"""How many texts a category must be given to, and none refused, until it is as likely as not to be about any text."""

UNMEASURED = 0.5
"""The threshold where nothing could be held back to choose one."""


@dataclass(frozen=True)
class Sample:
    """A text as its words, the categories it is about, and how much it counts. What is no message does not calibrate."""

    words: tuple[str, ...]
    categories: frozenset[str]
    weight: float = 1.0
    is_message: bool = True


@dataclass(frozen=True)
class _Way:
    """How to fit, by the number of texts. Few stand for a whole category each: rare words are kept and count more, single
    texts are trusted more. Chosen on written samples (few) and on disaster messages (many)."""

    folds: int
    strength: float
    in_words: int
    in_pieces: int
    rarity: float
    dual: bool
    related: bool
    """Whether categories are related to each other (`nlp/relating.py`): it takes many texts to learn that."""
    lowest_threshold: float
    """Few texts are clearer, and more evenly spread over categories, than what people will text: thresholds that are best for
    them are too low."""


_FEW = _Way(folds=5, strength=8, in_words=1, in_pieces=2, rarity=1.5, dual=False, related=False, lowest_threshold=0.35)
_MANY = _Way(folds=3, strength=1.4, in_words=2, in_pieces=3, rarity=1, dual=True, related=True, lowest_threshold=0.08)


@dataclass(frozen=True)
class _Fit:
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def scores(self, matrix: csr_matrix) -> NDArray[np.float64]:
        return np.asarray(matrix @ self.weights + self.bias, dtype=np.float64)


def fit(samples: Sequence[Sample], codes: Sequence[str], progress: Progress) -> Classifier:
    """Learn from samples: one regression a category; then, on scores of texts that were held back, what the scores mean and
    from where on to say a category."""
    way = _MANY if len(samples) >= MANY_TEXTS else _FEW
    words = [sample.words for sample in samples]
    vocabulary = learn_vocabulary(words, in_words=way.in_words, in_pieces=way.in_pieces, rarity=way.rarity)
    matrix = vocabulary.vectors(words)
    truth = np.array([code in sample.categories for sample in samples for code in codes], dtype=bool)
    truth = truth.reshape(len(samples), len(codes))
    weight = np.array([sample.weight for sample in samples])
    message = np.array([sample.is_message for sample in samples], dtype=bool)
    fold_of = _folds(samples, way.folds)
    linear = np.full(truth.shape, UNKNOWN)
    for number in range(way.folds):
        out = fold_of == number
        if out.any() and not out.all():
            linear[out] = _fit_all(matrix[~out], truth[~out], weight[~out], way).scores(matrix[out])
        progress("categories", (number + 1) / (way.folds + 1))
    whole = _fit_all(matrix, truth, weight, way)
    progress("categories", 1.0)
    relation: Relation | None = None
    thresholds = np.full(len(codes), UNMEASURED)
    if message.any():
        linear, truth, fold_of = linear[message], truth[message], fold_of[message]
        if way.related:
            chance = _chance_unseen(linear, truth, fold_of == 0)
            relation = learn_relation(linear, truth)
        else:
            slope, shift = scale(linear, truth)
            chance = as_probability(linear * slope + shift)
            whole = _Fit((whole.weights * slope).astype(np.float32), (whole.bias * slope + shift).astype(np.float32))
        thresholds = choose_thresholds(chance.astype(np.float64), truth, way.lowest_threshold)
    return Classifier(
        codes=tuple(codes),
        vocabulary=vocabulary,
        weights=whole.weights,
        bias=whole.bias,
        thresholds=thresholds.astype(np.float32),
        relation=relation,
    )


def _chance_unseen(
    linear: NDArray[np.float64], truth: NDArray[np.bool_], part: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Probabilities by a relation learned from the texts on the other side of `part`, to choose thresholds by."""
    chance = np.zeros(linear.shape, dtype=np.float32)
    for side in (part, ~part):
        if side.any() and not side.all():
            chance[side] = as_probability(learn_relation(linear[~side], truth[~side])(linear[side]))
    return chance


def _folds(samples: Sequence[Sample], folds: int) -> NDArray[np.int64]:
    """Texts of the same categories take turns, so that each fold has some of every category; who begins rotates."""
    turns: dict[frozenset[str], int] = {}
    fold_of = []
    for sample in samples:
        turn = turns.get(sample.categories, len(turns))
        turns[sample.categories] = turn + 1
        fold_of.append(turn % folds)
    return np.array(fold_of, dtype=np.int64)


def _fit_all(matrix: csr_matrix, truth: NDArray[np.bool_], weight: NDArray[np.float64], way: _Way) -> _Fit:
    from sklearn.linear_model import LogisticRegression  # heavy to import, and only training needs it

    weights = np.zeros((matrix.shape[1], truth.shape[1]), dtype=np.float32)
    bias = np.full(truth.shape[1], UNKNOWN, dtype=np.float32)
    for column in range(truth.shape[1]):
        own = truth[:, column]
        if not own.any():
            continue
        if own.all():
            bias[column] = np.log((len(own) + 1) / ALWAYS)
        else:
            model = LogisticRegression(
                C=way.strength, solver="liblinear", dual=way.dual, tol=0.1 if way.dual else 1e-4, random_state=0
            )
            model.fit(matrix, own, sample_weight=weight)
            weights[:, column] = model.coef_[0]
            bias[column] = model.intercept_[0]
    return _Fit(weights, bias)
