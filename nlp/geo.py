"""Distances on the ground."""

from __future__ import annotations

import math
from typing import overload

import numpy as np
from numpy.typing import NDArray

EARTH_KM = 6371.0
"""Mean radius (IUGG)."""

DEGREE_KM = EARTH_KM * math.pi / 180
"""From one degree of latitude to the next."""

Floats = NDArray[np.float64]


def between_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Kilometres between two points in degrees; flat over the distance, under 1 % off within a country."""
    x = math.radians(other_lon - lon) * math.cos(math.radians((lat + other_lat) / 2))
    return EARTH_KM * math.hypot(x, math.radians(other_lat - lat))


@overload
def distance_km(lat: float, lon: float, lats: Floats, lons: Floats) -> Floats: ...
@overload
def distance_km(lat: Floats, lon: Floats, lats: Floats, lons: Floats) -> Floats: ...
def distance_km(lat: float | Floats, lon: float | Floats, lats: Floats, lons: Floats) -> Floats:
    """The same for arrays, as numpy broadcasts them."""
    x = np.radians(lons - lon) * np.cos(np.radians((lats + lat) / 2))
    found: Floats = EARTH_KM * np.hypot(x, np.radians(lats - lat))
    return found
