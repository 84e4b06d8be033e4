"""How people call an area of a level beside its bare name: "Gaya jila", "wadi ya Lindi" (`nlp/data/levels.yaml`)."""

from __future__ import annotations

from functools import cache

from nlp.fold import words
from nlp.knowledge import Area
from nlp.lexicon import read_data


def level_names(area: Area) -> tuple[str, ...]:
    """The area's names with what people call its level; none for a level that no list has, or a name that says it already."""
    ways = _ways().get("".join(words(area.level)), ())
    said = level_words()
    return tuple(
        way.replace("{}", name)
        for name in (area.name, *area.other_names)
        if said.isdisjoint(words(name))
        for way in ways
    )


@cache
def level_words() -> frozenset[str]:
    """The folded words that say a level."""
    return frozenset(word for ways in _ways().values() for way in ways for word in words(way.replace("{}", " ")))


@cache
def _ways() -> dict[str, tuple[str, ...]]:
    listed = read_data("levels.yaml")
    return {
        level: tuple(way.strip() for ways in spoken.values() for way in ways.split(","))
        for level, spoken in listed.items()
    }
