"""The plain recipe that our categories must be ahead of: TF-IDF of words and of pieces of words, and a logistic regression a
category; with a sentence model, averaged with a logistic regression on its embeddings."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_union

from nlp.meaning import open_encoder

STRENGTH = 2.0
"""C of the regressions: of 1, 2 and 4 the one with the best micro F1 on all development messages, so a strict rival there."""

Floats = NDArray[np.float64]


def plain_scores(
    learned: Sequence[str], truth: NDArray[np.bool_], asked: Sequence[Sequence[str]], sentences: str = ""
) -> list[Floats]:
    """Probabilities (texts x categories) for each of the lists of texts in `asked`. `truth` is what the learned texts are
    about, texts x categories; `sentences` the folder of a sentence model, or empty."""
    features = make_union(
        TfidfVectorizer(sublinear_tf=True, min_df=2),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2),
    )
    by_words = _regressions(features.fit_transform(learned), truth)
    found = [by_words.predict_proba(features.transform(texts)) for texts in asked]
    if not sentences:
        return found
    encode = open_encoder(sentences)
    by_meaning = _regressions(encode(learned), truth)
    meant = [by_meaning.predict_proba(encode(texts)) for texts in asked]
    return [(one + other) / 2 for one, other in zip(found, meant, strict=True)]


def _regressions(vectors: object, truth: NDArray[np.bool_]) -> OneVsRestClassifier:
    # The dual problem with this tolerance is minutes faster and no worse.
    one = LogisticRegression(C=STRENGTH, solver="liblinear", dual=True, tol=0.1, random_state=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Label .* is present in all training examples")
        return OneVsRestClassifier(one).fit(vectors, truth.astype(int))
