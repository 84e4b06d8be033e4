"""Where evidence about a place is thickest, and the figures from which its radius is learned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.analysis import Candidate, Mention
from nlp.geo import DEGREE_KM, Floats

MOST_POINTS = 32
NAMED_WEIGHT, PER_KM = 0.5, 0.15
MEANINGS = 3
"""Candidates of a mention that count."""
_SCALES = ((0.5, 0.7), (0.3, 3.0), (0.2, 15.0))
"""Shares and kilometres of the bell around each point: the same corner, the same quarter, the same town."""

FEATURES = 12


@dataclass(frozen=True, slots=True)
class Evidence:
    """Weighted points for one text. The first are lessons, by number; the rest are what its mentions may mean."""

    lessons: np.ndarray[tuple[int], np.dtype[np.int64]]
    candidates: tuple[Candidate, ...]
    weights: Floats
    similarity: float
    """Of the likest lesson, from 0 to 1."""
    nothing: float
    """Weight of lessons that named no place."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The point of the evidence, by its number among the weights, around which most of it lies."""

    number: int
    lat: float
    lon: float
    features: Floats


def gather(lessons: Floats, similarity: float, nothing: float, mentions: Sequence[Mention]) -> Evidence:
    """The evidence from the weights of all lessons for a text, and from its mentions."""
    kept = np.flatnonzero(lessons > 0)
    if len(kept) > MOST_POINTS:
        kept = kept[np.argpartition(lessons[kept], -MOST_POINTS)[-MOST_POINTS:]]
    candidates = tuple(candidate for mention in mentions for candidate in mention.candidates[:MEANINGS])
    named = [NAMED_WEIGHT * one.score / (1.0 + PER_KM * (one.radius_km or 1.0)) for one in candidates]
    weights = np.concatenate([lessons[kept], np.array(named, dtype=float)])
    return Evidence(kept, candidates, weights, similarity, nothing)


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
            evidence.similarity, math.log(height + 0.01), float(bool(evidence.candidates)), math.log(within[0] + 0.01),
            math.log(within[1] + 0.01), evidence.similarity * likest, evidence.nothing / (evidence.nothing + total),
        ]
    )  # fmt: skip
    return Peak(number, float(lat[number]), float(lon[number]), features)
