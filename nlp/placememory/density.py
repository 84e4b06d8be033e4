"""Where evidence about a place is thickest, and the figures from which its radius is learned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.analysis import Candidate, Mention
from nlp.geo import DEGREE_KM, Floats
from nlp.locating import MOST_NAMED, SURE

MOST_POINTS = 40
NAMED_WEIGHT, PER_KM = 0.5, 0.15
MEANINGS = 3
"""Candidates of a mention that count."""
_SCALES = ((0.5, 0.7), (0.3, 3.0), (0.2, 15.0))
"""Shares and kilometres of the bell around each point: the same corner, the same quarter, the same town."""

NAMED = 7
"""Which of a peak's features says whether the text names a place."""

Numbers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Weighted points for one text. The first are lessons, by number; the rest are what its mentions may mean."""

    lessons: Numbers
    candidates: tuple[Candidate, ...]
    weights: Floats
    similarity: float
    """Of the likest lesson, from 0 to 1."""
    nothing: float
    """Weight of lessons that named no place."""

    @property
    def named(self) -> bool:
        """Does the text name a place, as far as one can tell?"""
        return any(candidate.score >= SURE for candidate in self.candidates)


@dataclass(frozen=True, slots=True)
class Peak:
    """The point of the evidence, by its number among the weights, around which most of it lies."""

    number: int
    lat: float
    lon: float
    features: Floats


def gather(lessons: Numbers, weights: Floats, likest: tuple[float, float], mentions: Sequence[Mention]) -> Evidence:
    """The evidence from weighted lessons (a lesson may come twice) and from what a text names.

    `likest` holds the similarity of the likest lesson and the weight of lessons that named no place.
    """
    if len(lessons) > MOST_POINTS:
        kept = np.argpartition(weights, -MOST_POINTS)[-MOST_POINTS:]
        lessons, weights = lessons[kept], weights[kept]
    named: dict[tuple[float, float], tuple[Candidate, float]] = {}
    for mention in mentions[:MOST_NAMED]:
        for one in mention.candidates[:MEANINGS]:
            weight = NAMED_WEIGHT * one.score / (1.0 + PER_KM * (one.radius_km or 1.0))
            first, before = named.get((one.lat, one.lon), (one, 0.0))
            named[one.lat, one.lon] = first, before + weight
    candidates = tuple(one for one, _ in named.values())
    total = np.concatenate([weights, np.array([weight for _, weight in named.values()], dtype=float)])
    return Evidence(lessons, candidates, total, *likest)


def find_peak(evidence: Evidence, lats: Floats, lons: Floats) -> Peak | None:
    """The thickest point, or None when there is no evidence. `lats` and `lons` are those of all lessons."""
    weights = evidence.weights
    if not len(weights):
        return None
    lat = np.concatenate([lats[evidence.lessons], [candidate.lat for candidate in evidence.candidates]])
    lon = np.concatenate([lons[evidence.lessons], [candidate.lon for candidate in evidence.candidates]])
    north, east = lat * DEGREE_KM, lon * (DEGREE_KM * math.cos(math.radians(float(lat[0]))))
    apart = np.hypot(north[:, None] - north, east[:, None] - east)
    bell = sum(share * np.exp(apart / -scale) for share, scale in _SCALES)
    heights = bell @ weights
    number = int(heights.argmax())
    near = apart[number]
    total = float(weights.sum())
    within = [float(weights[near < reach].sum()) for reach in (1.0, 5.0, 25.0)]
    count = len(evidence.lessons)
    likest = count > 0 and bool(near[weights[:count].argmax()] < 5.0)
    height = float(heights[number])
    features = np.array(
        [
            height / total, within[0] / total, within[1] / total, within[2] / total, math.log(total + 0.1),
            evidence.similarity, math.log(height + 0.01), float(evidence.named), math.log(within[0] + 0.01),
            math.log(within[1] + 0.01), evidence.similarity * likest, evidence.nothing / (evidence.nothing + total),
        ]
    )  # fmt: skip
    return Peak(number, float(lat[number]), float(lon[number]), features)
