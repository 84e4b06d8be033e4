"""What the boundaries of areas say of where they lie and how far they reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlp.gazetteer.sources.geojson import shape_of


def bounds_of(boundaries: Mapping[str, Any] | None) -> dict[str, tuple[float, float, float]]:
    """By the code of a feature of areas.geojson: degrees north and east of its middle, and its reach in km.

    Features without a code, or whose geometry cannot be read or is a point, are left out.
    """
    features = (boundaries or {}).get("features")
    found: dict[str, tuple[float, float, float]] = {}
    for feature in features if isinstance(features, list) else ():
        properties = feature.get("properties") if isinstance(feature, dict) else None
        code = properties.get("code") if isinstance(properties, dict) else None
        shape = shape_of(feature.get("geometry")) if isinstance(code, str) else None
        if shape is not None and shape[2] is not None:
            found[str(code)] = (shape[0], shape[1], shape[2])
    return found
