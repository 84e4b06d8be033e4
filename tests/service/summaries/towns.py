"""A made-up town for figures: two wards of two villages, three subjects, three officials."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from service.programme import Programme, load
from service.programme.schema import Area, Official

VILLAGE = Path(__file__).parents[2] / "village"


@cache
def town() -> Programme:
    """The tests' programme with areas of three levels and an official for each kind of remit."""
    base = load(VILLAGE)
    return base.model_copy(
        update={
            "categories": tuple(c for c in base.categories if c.code in ("water", "roads", "fire", "violence_home")),
            "areas": tuple(
                Area(code=code, name=name, parent=parent, level=level, population=population)
                for code, name, parent, level, population in (
                    ("north", "North Ward", None, "ward", 9000),
                    ("south", "South Ward", None, "ward", 7000),
                    ("n1", "Upper Village", "north", "village", 4000),
                    ("n2", "Mill Village", "north", "village", 5000),
                    ("s1", "Low Village", "south", "village", 3000),
                    ("s2", "Quay Village", "south", "village", 4000),
                )
            ),
            "places": (),
            "officials": (
                official("Amina Noor", "north@example.org", ("north",), ("*",), "en", "monday", 8),
                official("Baraka Maji", "water@example.org", ("*",), ("water",), "sw", "monday", 8),
                official("Chebet Kirui", "county@example.org", ("*",), ("*",), "en", "tuesday", 7),
            ),
        }
    )


def official(
    name: str, email: str, areas: tuple[str, ...], categories: tuple[str, ...], language: str, weekday: str, hour: int
) -> Official:
    return Official.model_validate(
        {
            "name": name,
            "email": email,
            "office": f"{name.split()[1]} office",
            "areas": areas,
            "categories": categories,
            "language": language,
            "weekday": weekday,
            "hour": hour,
        }
    )
