"""Fitting the classifier: one logistic regression a category, calibrated on texts each had not seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.calibration import choose_thresholds, choose_thresholds_in, scale
from nlp.classifier import Classifier, as_probability
from nlp.features import learn_vocabulary
from nlp.meaning import learn_view, open_encoder
from nlp.relating import Relation, learn_relation
from nlp.telling import emphasis

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of it that is done, 0 to 1."""

SOME_DECISIONS, MANY_TEXTS = 500, 3000
UNKNOWN = -4.0
"""The bias of a category nobody has given a text for: never said, yet listed."""

ALWAYS = 20
"""How many texts a category must be given to, and none refused, until it is as likely as not to be about any text."""

UNMEASURED = 0.5
"""The threshold where nothing could be held back to choose one."""

ENOUGH_IN_LANGUAGE = 200
"""From so many decided texts in a language on, its categories have thresholds of their own."""


@dataclass(frozen=True)
class Sample:
    """A text as its words, the categories it is about, and how much it counts. What is no message does not calibrate;
    `decided` tells what people texted from what the programme wrote. `language` is empty where no difference is made."""

    words: tuple[str, ...]
    categories: frozenset[str]
    text: str = ""
    weight: float = 1.0
    is_message: bool = True
    decided: bool = False
    is_translation: bool = False
    """Of the sample before it."""
    language: str = ""


@dataclass(frozen=True)
class _Way:
    """How to fit, by the number of texts. Few stand for a whole category each: rare words are kept and count more, single
    texts are trusted more. Of what words tell, the samples a programme wrote say nothing (they are chosen to differ), some
    decisions much, many less than they could show otherwise. Chosen on the gold texts' floors (few) and on disaster
    messages held back in training (some, many)."""

    folds: int
    strength: float
    in_words: int
    in_pieces: int
    rarity: float
    temper: float
    """How far the emphasis of telling words goes (`nlp/telling.py`)."""
    related: bool
    """Whether categories are related to each other (`nlp/relating.py`): it takes many texts to learn that."""
    lowest_threshold: float
    """Few texts are clearer, and more evenly spread over categories, than what people will text: thresholds that are best for
    them are too low."""


_FEW = _Way(folds=5, strength=8, in_words=1, in_pieces=2, rarity=1.5, temper=0, related=False, lowest_threshold=0.35)
_SOME = _Way(folds=5, strength=2, in_words=1, in_pieces=2, rarity=1, temper=1, related=True, lowest_threshold=0.35)
_MANY = _Way(folds=3, strength=1, in_words=2, in_pieces=3, rarity=1, temper=0.5, related=True, lowest_threshold=0.08)


@dataclass(frozen=True)
class _Fit:
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def scores(self, matrix: csr_matrix) -> NDArray[np.float64]:
        return np.asarray(matrix @ self.weights + self.bias, dtype=np.float64)


def fit(samples: Sequence[Sample], codes: Sequence[str], progress: Progress, sentences: str = "") -> Classifier:
    """Learn from samples: one regression a category; then, on scores of texts that were held back, what the scores mean and
    from where on to say a category. `sentences` is the folder of a sentence model, a second view, or empty."""
    way = _way(samples)
    words = [sample.words for sample in samples]
    vocabulary = learn_vocabulary(words, in_words=way.in_words, in_pieces=way.in_pieces, rarity=way.rarity)
    matrix = vocabulary.vectors(words)
    truth = np.array([code in sample.categories for sample in samples for code in codes], dtype=bool)
    truth = truth.reshape(len(samples), len(codes))
    weight = np.array([sample.weight for sample in samples])
    message = np.array([sample.is_message for sample in samples], dtype=bool)
    fold_of = folds_of(samples, way.folds)
    embedded = open_encoder(sentences)([sample.text for sample in samples]) if sentences else None
    linear, meant = np.full(truth.shape, UNKNOWN), np.full(truth.shape, UNKNOWN)
    for number in range(way.folds):
        out = fold_of == number
        if out.any() and not out.all():
            linear[out] = _fit_all(matrix[~out], truth[~out], weight[~out], way).scores(matrix[out])
            if embedded is not None:
                meant[out] = learn_view(embedded[~out], truth[~out], weight[~out])(embedded[out])
        progress("categories", (number + 1) / (way.folds + 1))
    whole = _fit_all(matrix, truth, weight, way)
    meaning = None if embedded is None else learn_view(embedded, truth, weight)
    progress("categories", 1.0)
    relation: Relation | None = None
    thresholds = np.full(len(codes), UNMEASURED)
    in_language: dict[str, NDArray[np.float32]] = {}
    if message.any():
        linear, meant, truth, fold_of = linear[message], meant[message], truth[message], fold_of[message]
        if way.related:
            linear = linear if meaning is None else np.hstack([linear, meant])
            chance = _chance_unseen(linear, truth, fold_of == 0)
            relation = learn_relation(linear, truth)
        else:
            linear = linear if meaning is None else (linear + meant) / 2
            slope, shift = scale(linear, truth)
            chance = as_probability(linear * slope + shift)
            part = slope if meaning is None else slope / 2
            whole = _Fit((whole.weights * part).astype(np.float32), (whole.bias * part + shift).astype(np.float32))
            meaning = None if meaning is None else meaning.scaled(part)
        thresholds = choose_thresholds(chance.astype(np.float64), truth, way.lowest_threshold)
        spoken = np.array([sample.language for sample in samples])[message]
        for language in _languages(samples):
            own = spoken == language
            chosen = choose_thresholds_in(own, chance.astype(np.float64), truth, way.lowest_threshold)
            in_language[language] = chosen.astype(np.float32)
    return Classifier(
        codes=tuple(codes),
        vocabulary=vocabulary,
        weights=whole.weights,
        bias=whole.bias,
        thresholds=thresholds.astype(np.float32),
        relation=relation,
        meaning=meaning,
        sentences=sentences,
        in_language=in_language,
    )


def _way(samples: Sequence[Sample]) -> _Way:
    if len(samples) >= MANY_TEXTS:
        return _MANY
    decided = sum(sample.decided for sample in samples)
    return _SOME if decided >= max(SOME_DECISIONS, len(samples) / 2) else _FEW


def _languages(samples: Sequence[Sample]) -> list[str]:
    """Those in which people decided enough."""
    count = Counter(sample.language for sample in samples if sample.decided and sample.is_message)
    known = count.keys() - {"", "und"}
    return sorted(language for language in known if count[language] >= ENOUGH_IN_LANGUAGE)


def _chance_unseen(
    linear: NDArray[np.float64], truth: NDArray[np.bool_], part: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Probabilities by a relation learned from the texts on the other side of `part`, to choose thresholds by."""
    chance = np.zeros(truth.shape, dtype=np.float32)
    for side in (part, ~part):
        if side.any() and not side.all():
            chance[side] = as_probability(learn_relation(linear[~side], truth[~side])(linear[side]))
    return chance


def folds_of(samples: Sequence[Sample], folds: int) -> NDArray[np.int64]:
    """Texts of the same categories take turns, so that each fold has some of every category; who begins rotates. A
    translation stays with what it translates, which comes before it."""
    turns: dict[frozenset[str], int] = {}
    fold_of: list[int] = []
    for sample in samples:
        if sample.is_translation:
            fold_of.append(fold_of[-1])
            continue
        turn = turns.get(sample.categories, len(turns))
        turns[sample.categories] = turn + 1
        fold_of.append(turn % folds)
    return np.array(fold_of, dtype=np.int64)


def _fit_all(matrix: csr_matrix, truth: NDArray[np.bool_], weight: NDArray[np.float64], way: _Way) -> _Fit:
    from sklearn.linear_model import LogisticRegression  # heavy to import, and only training needs it

    weights = np.zeros((matrix.shape[1], truth.shape[1]), dtype=np.float32)
    bias = np.full(truth.shape[1], UNKNOWN, dtype=np.float32)
    telling = emphasis(matrix, truth, weight, way.temper)
    for column in range(truth.shape[1]):
        own = truth[:, column]
        if not own.any():
            continue
        if own.all():
            bias[column] = np.log((len(own) + 1) / ALWAYS)
        else:
            # The dual problem has as many unknowns as texts, not as features: a minute becomes seconds.
            model = LogisticRegression(C=way.strength, solver="liblinear", dual=True, tol=0.1, random_state=0)
            emphasised = csr_matrix(
                (matrix.data * telling[matrix.indices, column], matrix.indices, matrix.indptr), shape=matrix.shape
            )
            model.fit(emphasised, own, sample_weight=weight)
            weights[:, column] = model.coef_[0] * telling[:, column]
            bias[column] = model.intercept_[0]
    return _Fit(weights, bias)
