"""Which cells an official's digest may show: what officials.csv makes them answer for."""

from __future__ import annotations

from service.programme import Programme
from service.programme.schema import Official
from service.summaries.cells import ALL, Name


def listed_areas(official: Official) -> list[str]:
    """The areas as officials.csv lists them, or ALL."""
    return [ALL] if "*" in official.areas else list(official.areas)


def headline_names(official: Official) -> list[Name]:
    """The cells that make up a remit: areas by categories, each as listed."""
    categories = [ALL] if "*" in official.categories else list(official.categories)
    return [(area, category) for area in listed_areas(official) for category in categories]


def subject_names(programme: Programme, official: Official) -> list[Name]:
    """A cell for each of their areas and categories, in the programme's order."""
    own = programme.categories_of(official)
    codes = [entry.code for entry in programme.categories if entry.code in own]
    return [(area, code) for area in listed_areas(official) for code in codes]


def place_names(programme: Programme, official: Official) -> list[Name]:
    """The cells that say where: of their own areas if they are several, else of the areas next below."""
    areas = listed_areas(official)
    if len(areas) == 1:
        top = None if areas[0] == ALL else areas[0]
        areas = [area.code for area in programme.areas if area.parent == top]
    categories = [ALL] if "*" in official.categories else sorted(programme.categories_of(official))
    return [(area, category) for area in areas for category in categories]


def digest_names(programme: Programme) -> frozenset[Name]:
    """Every cell that some official's digest may show."""
    return frozenset(
        name
        for official in programme.officials
        for name in (
            *headline_names(official),
            *subject_names(programme, official),
            *place_names(programme, official),
        )
    )
