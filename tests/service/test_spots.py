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
    return programme.model_copy(update={"boundaries": collection})


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


def test_an_area_is_the_middle_of_its_places_with_a_radius_that_holds_them(programme: Programme) -> None:
    upper = spots.middle_of(programme, "upper")
    assert upper is not None
    assert (upper.area, round(upper.lat, 4), round(upper.lon, 4)) == ("upper", -1.3132, 36.7843)
    assert upper.radius_km == pytest.approx(0.64, abs=0.05)
    assert spots.middle_of(programme, "atlantis") is None


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
