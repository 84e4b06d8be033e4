"""Texts as rows of counted features (`nlp/detector.py`), for detectors to learn from: each text is looked through once,
however many detectors do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.detector import group_features, pair_features, word_features
from nlp.features import level
from nlp.fold import words
from nlp.rulebook import Rulebook


class Counted:
    """What texts say, as a detector hears it, and how often."""

    def __init__(self, rules: Rulebook) -> None:
        self._rules = rules
        self._numbers: dict[str, int] = {}
        self._words: dict[str, list[int]] = {}
        self._rows: dict[str, NDArray[np.int64]] = {}

    def matrix(self, texts: Sequence[str]) -> tuple[list[str], csr_matrix]:
        """The names of the features of these texts, in the order they appear in, and texts x features."""
        rows = [self._row(text) for text in texts]
        ends = np.cumsum([0, *map(len, rows)])
        distinct, first, place = np.unique(np.concatenate(rows), return_index=True, return_inverse=True)
        order = np.argsort(first)
        column = np.empty(len(order), dtype=np.int32)
        column[order] = np.arange(len(order), dtype=np.int32)
        every = list(self._numbers)
        names = [every[number] for number in distinct[order]]
        matrix = csr_matrix((np.ones(len(place)), column[place], ends), shape=(len(texts), len(names)))
        matrix.sum_duplicates()
        return names, matrix

    def _row(self, text: str) -> NDArray[np.int64]:
        """The numbers of its features, one as often as it is said."""
        if text not in self._rows:
            self._rows[text] = np.array(self._numbers_of(text), dtype=np.int64)
        return self._rows[text]

    def _numbers_of(self, text: str) -> list[int]:
        folded = words(text)
        found, leveled = self._rules.find(folded), level(folded)
        numbers = self._numbered([*pair_features(leveled, found), *group_features(found)])
        for word in dict.fromkeys(leveled):
            if word not in self._words:
                self._words[word] = self._numbered(word_features(word))
            numbers += self._words[word]
        return numbers

    def _numbered(self, features: Iterable[str]) -> list[int]:
        return [self._numbers.setdefault(feature, len(self._numbers)) for feature in features]
