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
from nlp.meaning import View, learn_view, open_encoder
from nlp.relating import Relation, learn_relation
from nlp.telling import emphasis

Floats = NDArray[np.float64]
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

    def scores(self, matrix: csr_matrix) -> Floats:
        return np.asarray(matrix @ self.weights + self.bias, dtype=np.float64)


@dataclass(frozen=True)
class _Taught:
    """What there is to learn from, a row a text: its words, its embedding where there is a sentence model, its categories, and
    how much it counts."""

    matrix: csr_matrix
    embedded: NDArray[np.float32] | None
    truth: NDArray[np.bool_]
    weight: Floats

    def of(self, rows: NDArray[np.bool_]) -> _Taught:
        embedded = None if self.embedded is None else self.embedded[rows]
        return _Taught(self.matrix[rows], embedded, self.truth[rows], self.weight[rows])


@dataclass(frozen=True)
class _Views:
    """One linear score a category from the words, and one from the embedding where there is a sentence model."""

    words: _Fit
    meaning: View | None

    def scores(self, taught: _Taught) -> Floats:
        """Texts x categories; those from the embedding stand behind the others, in further columns."""
        linear = self.words.scores(taught.matrix)
        if self.meaning is None or taught.embedded is None:
            return linear
        return np.hstack([linear, self.meaning(taught.embedded)])

    def scaled(self, slope: Floats, shift: Floats) -> _Views:
        """Views whose sum is the mean of these, calibrated."""
        part = slope if self.meaning is None else slope / 2
        weights, bias = self.words.weights * part, self.words.bias * part + shift
        meaning = None if self.meaning is None else self.meaning.scaled(part)
        return _Views(_Fit(weights.astype(np.float32), bias.astype(np.float32)), meaning)


def fit(samples: Sequence[Sample], codes: Sequence[str], progress: Progress, sentences: str = "") -> Classifier:
    """Learn from samples: one regression a category; then, on scores of texts that were held back, what the scores mean and
    from where on to say a category. `sentences` is the folder of a sentence model, a second view, or empty."""
    way = _way(samples)
    words = [sample.words for sample in samples]
    vocabulary = learn_vocabulary(words, in_words=way.in_words, in_pieces=way.in_pieces, rarity=way.rarity)
    truth = np.array([code in sample.categories for sample in samples for code in codes], dtype=bool)
    taught = _Taught(
        vocabulary.vectors(words),
        open_encoder(sentences)([sample.text for sample in samples]) if sentences else None,
        truth.reshape(len(samples), len(codes)),
        np.array([sample.weight for sample in samples]),
    )
    fold_of = folds_of(samples, way.folds)
    unseen = _unseen(taught, fold_of, way, progress)
    views = _learn(taught, way)
    progress("categories", 1.0)
    relation: Relation | None = None
    thresholds, in_language = np.full(len(codes), UNMEASURED), {}
    message = np.array([sample.is_message for sample in samples], dtype=bool)
    if message.any():
        unseen, truth = unseen[message], taught.truth[message]
        if way.related:
            chance = _chance_unseen(unseen, truth, fold_of[message] == 0)
            relation = learn_relation(unseen, truth)
        else:
            linear = np.mean(np.split(unseen, 1 if taught.embedded is None else 2, axis=1), axis=0)
            slope, shift = scale(linear, truth)
            chance = as_probability(linear * slope + shift)
            views = views.scaled(slope, shift)
        thresholds = choose_thresholds(chance.astype(np.float64), truth, way.lowest_threshold)
        in_language = _by_language(samples, message, chance, truth, way)
    return Classifier(
        codes=tuple(codes),
        vocabulary=vocabulary,
        weights=views.words.weights,
        bias=views.words.bias,
        thresholds=thresholds.astype(np.float32),
        relation=relation,
        meaning=views.meaning,
        sentences=sentences,
        in_language=in_language,
    )


def _learn(taught: _Taught, way: _Way) -> _Views:
    words = _fit_all(taught.matrix, taught.truth, taught.weight, way)
    if taught.embedded is None:
        return _Views(words, None)
    return _Views(words, learn_view(taught.embedded, taught.truth, taught.weight))


def _unseen(taught: _Taught, fold_of: NDArray[np.int64], way: _Way, progress: Progress) -> Floats:
    """The scores of each text by what learned from the other folds."""
    texts, categories = taught.truth.shape
    found = np.full((texts, categories * (1 if taught.embedded is None else 2)), UNKNOWN)
    for number in range(way.folds):
        out = fold_of == number
        if out.any() and not out.all():
            found[out] = _learn(taught.of(~out), way).scores(taught.of(out))
        progress("categories", (number + 1) / (way.folds + 1))
    return found


def _by_language(
    samples: Sequence[Sample],
    message: NDArray[np.bool_],
    chance: NDArray[np.float32],
    truth: NDArray[np.bool_],
    way: _Way,
) -> dict[str, NDArray[np.float32]]:
    """Thresholds for languages in which enough was decided."""
    spoken = np.array([sample.language for sample in samples])[message]
    found = {}
    for language in _languages(samples):
        chosen = choose_thresholds_in(spoken == language, chance.astype(np.float64), truth, way.lowest_threshold)
        found[language] = chosen.astype(np.float32)
    return found


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
