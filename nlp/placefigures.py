"""How near the locations of texts are to where people said it happened, and what their radius and score are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nlp.analysis import Location
from nlp.baselines import WITHIN_KM
from nlp.figures import coverage
from nlp.geo import between_km
from nlp.gold import Gold

RIGHT_KM = 5
RADII_KM = (0.0, 1.0, 2.0, 5.0, 12.0, 25.0, 60.0, float("inf"))


@dataclass(frozen=True)
class PlaceFigures:
    """Shares of the texts that name a place: answered, and right within 1, 5 and 25 km (unanswered counts as wrong).
    `false` is the share of the texts that name none which got a location; `inside` of those answered lie in the radius."""

    texts: int
    answered: float
    fallbacks: float
    """Share of the texts answered by what is never drawn as a point."""
    within: dict[int, float]
    inside: float
    false: float
    calibration: tuple[tuple[float, float, int, float], ...]
    """Radius above and up to so many km, answers, share of them in whose radius the truth lies. Empty steps are left out."""
    coverage: tuple[tuple[float, float, float], ...]
    """Share of the answers, least score, share right within 5 km: the surest first."""


def measure_places(pairs: Sequence[tuple[Gold, Location | None]]) -> PlaceFigures | None:
    """The figures, or None where no text names a place."""
    named = [(one.place, at) for one, at in pairs if one.place is not None]
    unnamed = [at for one, at in pairs if one.place_known and one.place is None]
    if not named:
        return None
    away = [(between_km(*true, at.lat, at.lon), at) for true, at in named if at is not None]
    return PlaceFigures(
        texts=len(named),
        answered=len(away) / len(named),
        fallbacks=sum(at.fallback for _, at in away) / len(named),
        within={limit: sum(km <= limit for km, _ in away) / len(named) for limit in WITHIN_KM},
        inside=_share([km <= at.radius_km for km, at in away]),
        false=_share([at is not None for at in unnamed]),
        calibration=_calibration([(at.radius_km, km <= at.radius_km) for km, at in away]),
        coverage=coverage((at.score, km <= RIGHT_KM) for km, at in away),
    )


def _calibration(answers: Sequence[tuple[float, bool]]) -> tuple[tuple[float, float, int, float], ...]:
    found = []
    for low, high in pairwise(RADII_KM):
        held = [inside for radius, inside in answers if low < radius <= high]
        if held:
            found.append((low, high, len(held), _share(held)))
    return tuple(found)


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0
