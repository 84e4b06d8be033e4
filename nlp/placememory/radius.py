"""How far from the answer the truth may lie, learned from answers whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from nlp.geo import Floats

STEPS_KM = np.array([0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 25.0, 60.0, 150.0])
FINE = 4
"""The step that a score speaks of: 5 km."""
NEAREST_KM, FARTHEST_KM = 0.2, 300.0
SURE = 0.79
"""The share of answers within their radius that we aim at: a hair under 0.8, as the final memory knows more than the
one that was measured."""
_C = 0.3


@dataclass
class Radius:
    """Logistic regressions on the features of an answer, one a step: is the truth within so many kilometres?"""

    mean: Floats = field(repr=False)
    spread: Floats = field(repr=False)
    slopes: Floats = field(repr=False)
    offsets: Floats = field(repr=False)
    unnamed: int = 0
    """Measured answers to texts that name no place."""

    def shares(self, features: Floats) -> Floats:
        """For each answer (a row) the probability that the truth is within each of STEPS_KM, never falling."""
        logits = ((features - self.mean) / self.spread) @ self.slopes.T + self.offsets
        shares: Floats = np.maximum.accumulate(1.0 / (1.0 + np.exp(-logits)), axis=1)
        return shares

    def radii(self, shares: Floats) -> Floats:
        """Kilometres within which the truth lies with the probability SURE, for each row of shares."""
        logs = np.log(np.concatenate([[NEAREST_KM], STEPS_KM, [FARTHEST_KM]]))
        return np.array([float(np.exp(np.interp(SURE, np.concatenate([[0.0], row, [1.0]]), logs))) for row in shares])


def learn_radius(features: Floats, errors: Floats) -> Radius:
    """From the features of answers and their distances in km from the truth (infinite where there was none)."""
    from sklearn.linear_model import LogisticRegression  # heavy to import, and only training needs it

    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = (features - mean) / spread
    slopes, offsets = [], []
    for step in STEPS_KM:
        within = errors <= step
        share = (float(within.sum()) + 0.5) / (len(within) + 1.0)
        if within.all() or not within.any():
            slopes.append(np.zeros(features.shape[1]))
            offsets.append(float(np.log(share / (1.0 - share))))
            continue
        fitted = LogisticRegression(C=_C).fit(scaled, within)
        slopes.append(fitted.coef_[0])
        offsets.append(float(fitted.intercept_[0]))
    return Radius(mean, spread, np.array(slopes), np.array(offsets))
