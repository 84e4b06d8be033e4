"""Is this week different from the four before, or is it chance?

People are compared, not reports: the texts of one person are not independent of each other. Numbers of people that
come independently are close to Poisson. Given the sum of two Poisson counts, the first is binomial, and its share
says how the rates compare (Przyborowski and Wilenski, Biometrika 31, 1940, 313-323). The share gets Wilson's score
interval (Journal of the American Statistical Association 22, 1927, 209-212), which keeps near 95 % for small counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: intervals of 95 %."""


@dataclass(frozen=True)
class Change:
    """People this week against the mean of earlier weeks. `ratio`, `low` and `high` are this week over the mean."""

    mean: float
    ratio: float | None
    low: float
    high: float | None
    """None: no upper end, because there was nobody before."""
    word: Literal["more", "fewer", "unclear"]


def compare(people: int, before: Sequence[int]) -> Change | None:
    """This week's people against those of each week before. None when nobody was counted at all."""
    weeks, earlier = len(before), sum(before)
    both = people + earlier
    if not weeks or not both:
        return None
    low, high = wilson(people, both)
    bottom, top = _ratio(low, weeks), _ratio(high, weeks)
    ratio = _ratio(people / both, weeks)
    word: Literal["more", "fewer", "unclear"] = "unclear"
    if bottom is not None and bottom > 1:
        word = "more"
    elif top is not None and top < 1:
        word = "fewer"
    return Change(
        mean=round(earlier / weeks, 1),
        ratio=None if ratio is None else round(ratio, 2),
        low=round(bottom or 0.0, 2),
        high=None if top is None else round(top, 2),
        word=word,
    )


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % score interval of a share. `whole` is at least 1."""
    share, square = part / whole, Z * Z
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    half = Z * sqrt(share * (1 - share) / whole + square / (4 * whole * whole)) / (1 + square / whole)
    return max(0.0, middle - half), min(1.0, middle + half)


def _ratio(share: float, weeks: int) -> float | None:
    return None if share >= 1 - 1e-12 else weeks * share / (1 - share)
