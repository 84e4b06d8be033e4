"""What is in order in a programme folder, and yet hardly meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from nlp.gazetteer.extents import without_places
from service.programme.schema import Programme
from service.programme.words import words_of

FEWEST_WORDS = 3
"""A text of fewer words may well be the same in two languages."""
NAMED = 3


def notes(programme: Programme) -> Iterator[str]:
    """One sentence or two for each, with file and field where there is one."""
    yield from _areas(programme)
    if not programme.officials:
        yield "officials.csv: there is nobody in it, so nobody gets a digest or answers. Add who is responsible."
    yield from _copied(programme)


def _areas(programme: Programme) -> Iterator[str]:
    for area in without_places(programme.knowledge):
        extent = programme.extents.get(area.code)
        found = f"all of {programme.area_name(area.parent or '')}" if extent else "nowhere"
        yield (
            f"areas.csv: {area.code}: no place of places.csv lies in it, and areas.geojson does not have it: "
            f"who names {area.name} is placed in {found}. Add a place, or its boundary."
        )


def _copied(programme: Programme) -> Iterator[str]:
    """Languages whose texts somebody copied to translate them, and did not."""
    for first, second in combinations(programme.messages, 2):
        texts, others = programme.messages[first].texts, programme.messages[second].texts
        same = [f"texts.{key}" for key, text in texts.items() if text == others.get(key) and _says_much(text)]
        if same:
            named = ", ".join(same[:NAMED]) + (f" and {len(same) - NAMED} more" if len(same) > NAMED else "")
            yield f"messages/{second}.yaml: {named}: word for word as in messages/{first}.yaml. Translate what was copied."


def _says_much(text: str) -> bool:
    return len(words_of(re.sub(r"\{\w+\}", " ", text))) >= FEWEST_WORDS
