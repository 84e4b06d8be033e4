"""How alike two accounts are: in their words, their place and their time. A proposal for a person, never a decision.

Words are compared by pieces of three to five letters, weighted by how rare they are among the accounts at hand, so that
misspellings and mixed languages still meet; the weights need no training and no language. Between two languages words say
nothing: there the same topic at the same place within a day or two is enough to be looked at.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nlp.fold import words
from nlp.geo import between_km

SAME_WORDS = 0.8
"""From this likeness of words on, two accounts are nearly the same text."""
LEAST, LEAST_WORDS = 0.35, 0.1
"""Below this score, or this likeness of words, we propose nothing."""
NEAR_KM, SOON_DAYS = 1.0, 4.0
"""Distances and times after which the likeness of place and time is down to a third."""
SHARES = (0.55, 0.25, 0.2)
"""How much words, place and time weigh."""
ACROSS, ACROSS_NEAR, ACROSS_SOON = 0.6, 0.6, 0.6
"""What place and time are worth at most where words cannot be compared, and how alike they must be: within 500 m and two days."""
UNKNOWN_PLACE = 0.3
"""How alike the places are when one of the two has none."""


@dataclass(frozen=True)
class Account:
    """What is compared. `point` is latitude and longitude in degrees, None where unknown; `area` is a code."""

    text: str = field(repr=False)
    at: datetime
    point: tuple[float, float] | None = None
    area: str | None = None
    categories: frozenset[str] = frozenset()
    language: str | None = None


@dataclass(frozen=True)
class Likeness:
    """From 0 to 1, by its number among the accounts that were given, with the reason in words."""

    number: int
    score: float
    words: float
    why: str


def most_alike(account: Account, others: Sequence[Account], most: int) -> list[Likeness]:
    """Those of the others that may be about the same, the likest first."""
    if not others or not words(account.text):
        return []
    from sklearn.feature_extraction.text import TfidfVectorizer  # takes a second to import; every command would

    texts = [" ".join(words(one.text)) for one in (account, *others)]
    rows = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(texts)
    same = (rows[1:] @ rows[0].T).toarray().ravel()
    found = [_likeness(number, account, other, float(same[number])) for number, other in enumerate(others)]
    return sorted((one for one in found if one.score >= LEAST), key=lambda one: -one.score)[:most]


def _likeness(number: int, account: Account, other: Account, same: float) -> Likeness:
    days = abs((account.at - other.at).total_seconds()) / 86_400
    soon = math.exp(-days / SOON_DAYS)
    near, where = _nearness(account, other)
    together = 1.0 if account.categories & other.categories else 0.6
    score = sum(share * part for share, part in zip(SHARES, (same, near, soon), strict=True)) * together
    said = f"{round(100 * same)} % of the words alike"
    if same >= SAME_WORDS:
        score, said = max(score, same * (0.4 + 0.5 * soon)), "nearly the same words"
    elif _is_across(account, other) and near >= ACROSS_NEAR and soon >= ACROSS_SOON:
        score, said = max(score, ACROSS * near * soon), "the same topic in another language"
    elif same < LEAST_WORDS:
        score = 0.0
    reasons = [said]
    if where:
        reasons.append(where)
    reasons.append("the same day" if days < 1 else f"{round(days)} days apart")
    return Likeness(number, round(score, 3), round(same, 3), ", ".join(reasons))


def _is_across(account: Account, other: Account) -> bool:
    """Are they about one topic, at a point each, in two languages?"""
    placed = account.point is not None and other.point is not None
    spoken = account.language is not None and other.language is not None and account.language != other.language
    return placed and spoken and bool(account.categories & other.categories)


def _nearness(account: Account, other: Account) -> tuple[float, str]:
    if account.point is not None and other.point is not None:
        apart = between_km(*account.point, *other.point)
        shown = f"{round(apart * 1000, -1):.0f} m apart" if apart < 1 else f"{apart:.0f} km apart"
        return math.exp(-apart / NEAR_KM), "the same place" if apart < 0.05 else shown
    if account.area is not None and account.area == other.area:
        return 0.6, "the same area"
    if account.area is not None and other.area is not None:
        return 0.0, "other areas"
    return UNKNOWN_PLACE, ""
