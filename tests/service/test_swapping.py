"""Swapped degrees where both ways lie in one part of the world; what may be right is left."""

from __future__ import annotations

import pytest

from service.programme.swapping import swapped

TOWNS = {
    # GeoNames' own points, rounded.
    "GH": [(9.41, -0.84), (9.45, -0.85), (9.38, -0.83), (9.43, -0.86), (9.40, -0.80)],
    "NG": [(9.06, 7.49), (9.02, 7.45), (9.10, 7.40), (9.00, 7.52), (8.98, 7.38)],
    "TR": [(39.92, 32.85), (39.97, 32.80), (39.88, 32.86), (39.94, 32.70), (39.99, 32.88)],
}


@pytest.mark.parametrize("country", TOWNS)
def test_what_is_right_is_left(country: str) -> None:
    points = TOWNS[country]
    assert swapped(country, points, ["town"] * len(points)) == set()


@pytest.mark.parametrize("country", ["GH", "TR"])
def test_whole_columns_swapped_are_told_where_the_other_way_is_no_town(country: str) -> None:
    points = [(lon, lat) for lat, lon in TOWNS[country]]
    assert swapped(country, points, ["town"] * len(points)) == set(range(len(points)))


@pytest.mark.parametrize("country", TOWNS)
def test_one_swapped_row_is_told_by_the_others_of_its_area(country: str) -> None:
    """Nigeria has towns both ways: only the area's other places tell."""
    lat, lon = TOWNS[country][2]
    points = [*TOWNS[country][:2], (lon, lat), *TOWNS[country][3:]]
    assert swapped(country, points, ["town"] * len(points)) == {2}


def test_a_lonely_place_beside_the_programmes_others_is_left() -> None:
    """An oasis far from every town of GeoNames, which by chance has one the other way round."""
    towns = [(29.20, 25.52), (30.05, 31.25), (30.01, 31.21)]
    lonely = (25.46, 28.98)
    assert swapped("EG", [*towns, (lonely[1], lonely[0] + 0.6), (lonely[1] + 0.1, lonely[0] + 0.7)], ["x"] * 5) <= {
        3,
        4,
    }
    near = [(28.98, 26.06), (28.99, 26.05), (28.97, 26.07)]
    assert swapped("EG", near, ["oasis"] * 3) == set()


def test_too_near_to_tell_and_unknown_countries_are_left() -> None:
    assert swapped("TR", [(37.10, 37.38)], ["gaziantep"]) == set()
    assert swapped("ZZ", [(5.0, 7.0)], ["x"]) == set()
    assert swapped("GH", [], []) == set()
