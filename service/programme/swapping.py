"""Latitude and longitude in each other's column where both ways lie in one part of the world, as in Ghana or Nigeria.

The towns of the country tell, from GeoNames, and the other places of the same area. Some stay that nobody can tell: a
fault keeps a programme from starting, so what may well be right is left.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import cache

import numpy as np

from nlp.gazetteer.country import read_country
from nlp.geo import DEGREE_KM, Floats

LEAST_DEGREES = 0.3
"""Between latitude and longitude. With less the two ways lie too near to each other."""
LONELY_KM, NEARER = 40.0, 4
"""Farther than this from every town of the country, and so many times nearer to one the other way round."""
ASTRAY_KM, MUCH_NEARER, FELLOWS = 30.0, 10, 3
"""The same from the other places of its area, of which there must be so many."""


def swapped(country: str, points: Sequence[tuple[float, float]], areas: Sequence[str]) -> set[int]:
    """The numbers of the points, in degrees north and east, that seem to be east and north. `areas` are their areas'."""
    if not points:
        return set()
    at = np.array(points, dtype=float)
    apart = np.abs(at[:, 0] - at[:, 1]) > LEAST_DEGREES
    found = set(np.flatnonzero(apart & _by_towns(_towns(country), at)).tolist())
    rows = defaultdict(list)
    for number, area in enumerate(areas):
        rows[area].append(number)
    for numbers in rows.values():
        if len(numbers) > FELLOWS:
            found |= {number for number in _by_fellows(at, numbers) if apart[number]}
    return found


def _by_towns(towns: Floats, at: Floats) -> np.ndarray:
    """Which points lie far from any town, and near one the other way round."""
    if not len(towns):
        return np.zeros(len(at), dtype=bool)
    here, there = _nearest_km(towns, at), _nearest_km(towns, at[:, ::-1])
    found = (here > LONELY_KM) & (there * NEARER < here)
    if found.any() and 2 * found.sum() < len(at):
        # A few among many are no swapped columns: a lonely place may be right if it lies by the programme's others.
        others = at[~found]
        found &= _nearest_km(others, at) > _nearest_km(others, at[:, ::-1])
    return found


def _by_fellows(at: Floats, numbers: list[int]) -> set[int]:
    """Which of the places of one area lie far from all its others, and among them the other way round."""
    places = at[numbers]
    here = _nearest_km(places, places, itself=True)
    there = _nearest_km(places, places[:, ::-1], itself=True)
    return {numbers[row] for row in np.flatnonzero((here > ASTRAY_KM) & (there * MUCH_NEARER < here))}


def _nearest_km(places: Floats, at: Floats, *, itself: bool = False) -> Floats:
    """Kilometres from each point to the nearest of the places: flat, which is exact enough to compare. With `itself` the
    points are the places, in the same order, and none counts as near to itself."""
    from scipy.spatial import cKDTree  # heavy to import; most programmes are told by the far side of the world

    scale = np.array([DEGREE_KM, DEGREE_KM * math.cos(math.radians(float(np.mean(places[:, 0]))))])
    distances, rows = cKDTree(places * scale).query(at * scale, k=[1, 2] if itself else [1])
    own = itself & (rows[:, 0] == np.arange(len(at)))
    nearest: Floats = np.where(own, distances[:, -1], distances[:, 0])
    return nearest


@cache
def _towns(country: str) -> Floats:
    return np.array([(town.lat, town.lon) for town in read_country(country)], dtype=float).reshape(-1, 2)
