"""Finding a spot on the programme's map."""

from __future__ import annotations

import pytest

from service import spots
from service.programme import Programme

SQUARE = [[36.77, -1.32], [36.80, -1.32], [36.80, -1.30], [36.77, -1.30], [36.77, -1.32]]
HOLE = [[36.780, -1.315], [36.785, -1.315], [36.785, -1.310], [36.780, -1.310], [36.780, -1.315]]


def bounded(programme: Programme, *features: tuple[str, dict[str, object]]) -> Programme:
    collection = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {"code": code}, "geometry": shape} for code, shape in features],
    }
    # Made anew, so that nothing is kept of what was worked out without boundaries.
    return Programme(**{**dict(programme), "boundaries": collection})


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("gatwek", ["Gatwekera"]),
        ("GATUEKERA", ["Gatwekera"]),
        ("mashimoni", ["Mashimoni", "Mashimoni"]),
        ("stage", ["Olympic Stage"]),
        ("upp", ["Upper Ward"]),
        ("ward", ["Lower Ward", "Upper Ward"]),
        ("  ", []),
        ("atlantis", []),
        ("k", ["Kosovo"]),
    ],
)
def test_search_by_name_other_spelling_or_beginning(programme: Programme, words: str, names: list[str]) -> None:
    assert [spot.name for spot in spots.search(programme, words)] == names


def test_an_area_is_the_middle_of_its_places_with_its_reach(programme: Programme) -> None:
    upper = spots.middle_of(programme, "upper")
    assert upper == spots.Spot("Upper Ward", -1.313, 36.783, "upper", 1.5)
    assert spots.is_fallback(programme, upper)
    assert spots.middle_of(programme, "atlantis") is None


def test_an_area_with_a_boundary_is_the_middle_of_that(programme: Programme) -> None:
    lower = spots.middle_of(bounded(programme, ("lower", {"type": "Polygon", "coordinates": [SQUARE]})), "lower")
    assert lower is not None
    assert (round(lower.lat, 4), round(lower.lon, 4)) == (-1.31, 36.785)
    assert lower.radius_km is not None
    assert 1.0 < lower.radius_km < 3.0


@pytest.mark.parametrize("feature", [("lower", None), ("lower", {"type": "Point", "coordinates": [1, 2]}), (7, {})])
def test_what_is_no_boundary_is_passed_over(programme: Programme, feature: tuple[str, dict[str, object]]) -> None:
    assert spots.middle_of(bounded(programme, feature), "lower") == spots.middle_of(programme, "lower")


def test_a_pin_takes_the_area_of_the_nearest_place_and_its_name_when_close(programme: Programme) -> None:
    assert spots.pin(programme, -1.3131, 36.7831) == spots.Spot("Gatwekera", -1.3131, 36.7831, "upper", 0.25)
    assert spots.pin(programme, -1.28, 36.90) == spots.Spot("Lower Ward", -1.28, 36.90, "lower", 0.25)
    assert spots.pin(programme, 51.5, 0.0) == spots.Spot("51.5000, 0.0000", 51.5, 0.0, None, 0.25)


def test_a_boundary_counts_more_than_the_nearest_place_and_the_smallest_most(programme: Programme) -> None:
    square = {"type": "Polygon", "coordinates": [SQUARE]}
    holed = {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE]]}
    assert spots.pin(bounded(programme, ("lower", square)), -1.313, 36.783).area == "lower"
    assert spots.pin(bounded(programme, ("ridge", square), ("lower", square)), -1.313, 36.783).area == "lower"
    assert spots.pin(bounded(programme, ("lower", holed)), -1.313, 36.783).area == "upper"
    assert spots.pin(bounded(programme, ("lower", holed)), -1.313, 36.79).area == "lower"
    assert spots.pin(bounded(programme, ("gone", square)), -1.313, 36.783).area == "upper"
