"""How much each word and piece tells about each category, before any regression: naive Bayes as emphasis.

A feature counts in the regression of a category by how much more, or less, often it stands in texts of that category than
in others (Wang and Manning 2012, https://aclanthology.org/P12-2018/). The regression so needs fewer texts to find what
matters, which helps rare categories most. Where texts are many the ratio is tempered by a root: it has believed chance.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float32]

DOUBT = 1.0
"""How often each feature is taken to have been seen on either side before looking."""


def emphasis(matrix: csr_matrix, truth: NDArray[np.bool_], weight: NDArray[np.float64], temper: float) -> Floats:
    """Features x categories: the logarithm of how many times as frequent a feature is inside as outside, to the power
    `temper` (0: everything counts alike), with its sign.

    `matrix` is texts x features, `truth` texts x categories, `weight` what each text counts."""
    if temper == 0:
        return np.ones((matrix.shape[1], truth.shape[1]), dtype=np.float32)
    present = csr_matrix((np.ones(matrix.nnz, dtype=np.float32), matrix.indices, matrix.indptr), shape=matrix.shape).T
    inside = np.asarray(present @ (truth * weight[:, None]).astype(np.float32)) + np.float32(DOUBT)
    outside = np.asarray(present @ (~truth * weight[:, None]).astype(np.float32)) + np.float32(DOUBT)
    ratio = np.log(inside / inside.sum(axis=0)) - np.log(outside / outside.sum(axis=0))
    found: Floats = (np.sign(ratio) * np.abs(ratio) ** temper).astype(np.float32)
    return found
