"""How far decided texts move weights that were learned before: the least that makes the decisions come out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nlp.classifier import as_probability

ROUNDS = 200


def pulls(
    linear: NDArray[np.float32],
    likeness: NDArray[np.float32],
    truth: NDArray[np.bool_] | NDArray[np.float32],
) -> NDArray[np.float32]:
    """How hard each text (a row) pulls at each score (a column) once it is corrected: by what its probability still lacks.

    `linear` are the scores before, `likeness` (texts x texts) says how much one text's pull moves another's score. Damped
    steps to the fixed point, which is the regression's optimum (the dual of Jaakkola and Haussler 1999).
    """
    pull = np.zeros(truth.shape, dtype=np.float32)
    step = 1 / (1 + float(likeness.sum(axis=1).max()) / 4)
    for _ in range(ROUNDS):
        lacking = truth - as_probability(linear + likeness @ pull)
        move = lacking - pull
        pull += np.float32(step) * move
        if float(np.abs(move).max()) < 0.01:
            break
    return pull
