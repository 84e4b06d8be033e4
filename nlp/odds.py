"""Probabilities as log odds, in which evidence adds up, and back."""

from __future__ import annotations

from math import exp, log

UTMOST = 30.0
"""Log odds further from 0 are cut: as a probability they are 0 or 1."""


def log_odds(probability: float) -> float:
    """Of a probability, 0 and 1 included."""
    if not 0 < probability < 1:
        return UTMOST if probability > 0 else -UTMOST
    return log(probability / (1 - probability))


def from_log_odds(odds: float) -> float:
    """The probability, 0 to 1."""
    return 1 / (1 + exp(-max(min(odds, UTMOST), -UTMOST)))
