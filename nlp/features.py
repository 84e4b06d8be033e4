"""Texts as sparse vectors: words, pairs of words and pieces of words, weighted by TF-IDF, each kind normalised apart.

Words are folded first (`nlp/fold.py`), so that case, accents and script do not count: "पानी", "paani" and "Pani" share
pieces. Masks such as [phone] are left out. Pieces are the 3 to 5 letters of a word with its borders, which is what
carries over to misspelt and inflected words (Munro and Manning 2010, https://aclanthology.org/N10-1075/).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.fold import words

MASK = re.compile(r"\[[a-z]+\]")
_REPEATS = re.compile(r"(.)\1{2,}")
_DIGITS = re.compile(r"\d")
SIZES = (3, 4, 5)
LONGEST_WORD = 30
CACHED_WORDS = 10_000


def split(text: str) -> list[str]:
    """The words of a text as the classifier sees them."""
    return level(words(MASK.sub(" ", text) if "[" in text else text))


def level(found: Sequence[str]) -> list[str]:
    """Folded words with any digit as 0 and a letter at most twice in a row."""
    return [_level(word) for word in found]


@lru_cache(maxsize=CACHED_WORDS)
def _level(word: str) -> str:
    return _REPEATS.sub(r"\1\1", _DIGITS.sub("0", word[:LONGEST_WORD]))


def pieces(word: str) -> list[str]:
    """The parts of one word of 3 to 5 characters, borders marked by a space."""
    bounded = f" {word} "
    return [bounded[at : at + size] for size in SIZES for at in range(len(bounded) - size + 1)]


class Vocabulary:
    """Which words, pairs and pieces count, and how much each (inverse document frequency). Fixed once learned."""

    def __init__(self, names: dict[str, int], weights: NDArray[np.float32]) -> None:
        """`names` gives the column of "w:word", "p:one two" and "c:piece", in the order of the columns."""
        self.names = names
        self.weights = weights
        self._is_piece = np.fromiter((name[0] == "c" for name in names), dtype=bool, count=len(names))
        self._pieces: dict[str, tuple[int, ...]] = {}

    def __getstate__(self) -> dict[str, object]:
        return {"names": self.names, "weights": self.weights, "_is_piece": self._is_piece, "_pieces": {}}

    def __len__(self) -> int:
        return len(self.weights)

    def widened(self, texts: Iterable[Sequence[str]]) -> Vocabulary:
        """This vocabulary, and after its columns the words of these texts that it does not know, with their pieces. They
        count as much as the rarest."""
        new = sorted({word for text in texts for word in text if "w:" + word not in self.names})
        names = dict.fromkeys("w:" + word for word in new)
        names |= dict.fromkeys("c:" + piece for word in new for piece in pieces(word))
        added = [name for name in names if name not in self.names]
        columns = self.names | {name: len(self) + at for at, name in enumerate(added)}
        rarest = self.weights.max(initial=1.0)
        return Vocabulary(columns, np.append(self.weights, np.full(len(added), rarest, dtype=np.float32)))

    def columns(self, word: str) -> tuple[int, ...]:
        """The columns one word speaks for: itself and its pieces."""
        known = self._pieces.get(word)
        if known is None:
            if len(self._pieces) >= CACHED_WORDS:
                self._pieces.clear()
            names = self.names
            own = [names.get("w:" + word)] + [names.get("c:" + piece) for piece in pieces(word)]
            known = self._pieces[word] = tuple(column for column in own if column is not None)
        return known

    def vectors(self, texts: Sequence[Sequence[str]]) -> csr_matrix:
        """One row of float32 a text (given as its words); rows of texts without a known word are empty."""
        found: list[int] = []
        ends = [0]
        for text in texts:
            for word in text:
                found.extend(self.columns(word))
            found.extend(
                column
                for pair in pairwise(text)
                if (column := self.names.get("p:" + pair[0] + " " + pair[1])) is not None
            )
            ends.append(len(found))
        return self._weigh(np.array(found, dtype=np.int32), np.array(ends, dtype=np.int32))

    def _weigh(self, found: NDArray[np.int32], ends: NDArray[np.int32]) -> csr_matrix:
        rows = len(ends) - 1
        matrix = csr_matrix((np.ones(len(found), dtype=np.float32), found, ends), shape=(rows, len(self)))
        matrix.sum_duplicates()
        matrix.data = (1 + np.log(matrix.data)) * self.weights[matrix.indices]
        row = np.repeat(np.arange(rows), np.diff(matrix.indptr))
        block = row * 2 + self._is_piece[matrix.indices]
        norms = np.sqrt(np.bincount(block, weights=matrix.data**2, minlength=rows * 2))
        matrix.data = (matrix.data / norms[block]).astype(np.float32)
        return matrix


def learn_vocabulary(
    texts: Iterable[Sequence[str]], *, in_words: int, in_pieces: int, rarity: float = 1.0
) -> Vocabulary:
    """Count texts (as words) and keep what stands in at least `in_words` (words, pairs) or `in_pieces` (pieces) of them.

    `rarity` is the power to which the inverse document frequency is raised: how much more rare words count.
    """
    count: Counter[str] = Counter()
    total = 0
    for text in texts:
        total += 1
        own = {"w:" + word for word in text}
        own.update("p:" + one + " " + two for one, two in pairwise(text))
        own.update("c:" + piece for piece in chain.from_iterable(pieces(word) for word in set(text)))
        count.update(own)
    whole = sorted(name for name, texts_with in count.items() if name[0] != "c" and texts_with >= in_words)
    parts = sorted(name for name, texts_with in count.items() if name[0] == "c" and texts_with >= in_pieces)
    kept = whole + parts
    frequency = np.array([count[name] for name in kept], dtype=np.float64)
    weights = (np.log((1 + total) / (1 + frequency)) + 1) ** rarity
    return Vocabulary({name: column for column, name in enumerate(kept)}, weights.astype(np.float32))
