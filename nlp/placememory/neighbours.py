"""Located texts that a text is like: cosine over the pieces of words, as one sparse product for a batch.

A piece is three to five letters of a word with its ends. What many texts hold says little about the place and costs
the most time, so it is left out: the product stays cheap as texts grow in number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from nlp.geo import Floats

SIZES = (3, 4, 5)
MOST_SHARE, LEAST_CAP, MOST_CAP = 0.05, 20, 500
"""A piece is used when at most this share of texts hold it, within these bounds."""
CACHED_WORDS = 50_000

Ints = NDArray[np.int32]


@dataclass
class Neighbours:
    """A sparse matrix of pieces by texts, with columns of length one."""

    pieces: dict[str, int] = field(repr=False)
    weights: Floats = field(repr=False)
    """Inverse document frequency of each piece."""
    texts: sparse.csr_matrix = field(repr=False)
    _words: dict[str, Ints] = field(default_factory=dict, repr=False, compare=False)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_words": {}}

    def similar(self, texts: Sequence[Sequence[str]]) -> sparse.csr_matrix:
        """Cosines, a row for each text (its folded words) and a column for each text learned from."""
        return _rows([self._numbers(words) for words in texts], self.weights) @ self.texts

    def _numbers(self, words: Sequence[str]) -> Ints:
        return np.concatenate([self._of_word(word) for word in words]) if words else _NONE

    def _of_word(self, word: str) -> Ints:
        known = self._words.get(word)
        if known is None:
            found = [self.pieces[piece] for piece in pieces_of(word) if piece in self.pieces]
            known = np.array(found, dtype=np.int32)
            if len(self._words) < CACHED_WORDS:
                self._words[word] = known
        return known


_NONE = np.zeros(0, dtype=np.int32)


def learn_neighbours(texts: Sequence[Sequence[str]]) -> Neighbours:
    """From texts as folded words."""
    held: Counter[str] = Counter()
    for words in texts:
        held.update({piece for word in set(words) for piece in pieces_of(word)})
    most = min(max(MOST_SHARE * len(texts), LEAST_CAP), MOST_CAP)
    kept = sorted(piece for piece, count in held.items() if count <= most)
    pieces = {piece: number for number, piece in enumerate(kept)}
    weights = np.log((1 + len(texts)) / (1 + np.array([held[piece] for piece in kept], dtype=float))) + 1.0
    learned = Neighbours(pieces, weights, sparse.csr_matrix((len(pieces), 0)))
    rows = _rows([learned._numbers(words) for words in texts], weights)
    return Neighbours(pieces, weights, rows.T.tocsr())


def pieces_of(word: str) -> Iterable[str]:
    """The pieces of one word."""
    ended = f" {word} "
    for size in SIZES:
        for start in range(len(ended) - size + 1):
            yield ended[start : start + size]


def _rows(numbers: Sequence[Ints], weights: Floats) -> sparse.csr_matrix:
    starts = np.zeros(len(numbers) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in numbers], out=starts[1:])
    columns = np.concatenate(numbers) if numbers else _NONE
    rows = sparse.csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(numbers), len(weights)))
    rows.sum_duplicates()
    rows.data = (1.0 + np.log(rows.data)) * weights[rows.indices]
    lengths = np.sqrt(np.add.reduceat(np.append(rows.data**2, 0.0), rows.indptr[:-1])) if len(columns) else np.zeros(0)
    filled = np.diff(rows.indptr)
    if len(columns):
        rows.data /= np.repeat(np.where(filled > 0, lengths, 1.0), filled)
    return rows
