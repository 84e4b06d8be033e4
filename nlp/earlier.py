"""Where a person's earlier accounts were confirmed, as evidence for which of several places of one name they mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from nlp.analysis import Analysis, Candidate, Location, Mention
from nlp.geo import between_km

NEAR_KM = 3.0
"""How far from where they texted before a place still gains half of what it can."""
GAIN = 4.0
"""How much likelier a place is made by an earlier account right there."""
COMPETES, SURE = 0.6, 0.3
"""As in `nlp/locating.py`: a second meaning with this share leaves it unclear; a name less sure than this names no place."""

Point = tuple[float, float]


def with_earlier(analysis: Analysis, confirmed: Sequence[Point]) -> Analysis:
    """The analysis with the candidates of each name weighed by confirmed points of the same person, in degrees.

    Only a name that was unclear is settled so: nobody is placed where they were before when their text names nothing,
    and no clear answer is changed.
    """
    if not confirmed or analysis.location is not None or not analysis.places:
        return analysis
    places = tuple(_weigh(mention, confirmed) for mention in analysis.places)
    settled = [location for mention in places if (location := _settle(mention)) is not None]
    return replace(analysis, places=places, location=settled[0] if len(settled) == 1 else None)


def _weigh(mention: Mention, confirmed: Sequence[Point]) -> Mention:
    total = sum(candidate.score for candidate in mention.candidates)
    weights = [candidate.score * _gain(candidate, confirmed) for candidate in mention.candidates]
    share = total / sum(weights)
    pairs = zip(mention.candidates, weights, strict=True)
    ranked = sorted((replace(one, score=round(weight * share, 4)) for one, weight in pairs), key=lambda one: -one.score)
    return replace(mention, candidates=tuple(ranked))


def _gain(candidate: Candidate, confirmed: Sequence[Point]) -> float:
    nearest = min(between_km(candidate.lat, candidate.lon, lat, lon) for lat, lon in confirmed)
    return 1.0 + GAIN * math.exp2(-nearest / NEAR_KM)


def _settle(mention: Mention) -> Location | None:
    best, rest = mention.candidates[0], mention.candidates[1:]
    if best.score < SURE or any(other.score > COMPETES * best.score for other in rest):
        return None
    why = f'names "{mention.text}"; of its meanings, near where this person\'s earlier accounts were confirmed'
    return Location(best.name, best.lat, best.lon, best.radius_km or 1.0, best.score, why, best.area)
