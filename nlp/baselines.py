"""What the simplest answers reach: always the commonest, always the largest town, the longest name that is spelt out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from nlp.figures import count, macro_f1, micro_f1
from nlp.fold import words
from nlp.gazetteer import Entry, Gazetteer
from nlp.geo import between_km
from nlp.gold import Gold, Point
from nlp.knowledge import Knowledge, Lesson

WITHIN_KM = (1, 5, 25)
LONGEST, SHORTEST = 5, 4
"""Words in the longest name that is looked for, letters in the shortest."""


def baselines(
    knowledge: Knowledge, gazetteer: Gazetteer, lessons: Sequence[Lesson], gold: Sequence[Gold]
) -> dict[str, float]:
    """Figures by name. The commonest set of categories, kind and place are those of the lessons, or of the gold itself where
    there are none; the largest town and the longest name are those of the gazetteer."""
    found: dict[str, float] = {}
    labelled = [one.categories for one in gold if one.categories is not None]
    sets = [frozenset(lesson.categories) for lesson in lessons if lesson.categories is not None] or labelled
    if labelled:
        single = Counter(code for one in sets for code in one).most_common(1)
        always = [{code for code, _ in single}] * len(labelled)
        counts = count([category.code for category in knowledge.categories], always, labelled)
        found |= {"majority category, micro F1": micro_f1(counts), "majority category, macro F1": macro_f1(counts)}
    kinds = Counter(one.kind for one in gold if one.kind is not None)
    if kinds:
        found["majority kind"] = kinds.most_common(1)[0][1] / kinds.total()
    located = [(one.text, one.place) for one in gold if one.place is not None]
    if not located:
        return found
    truth = [place for _, place in located]
    points = [lesson.place[1:] for lesson in lessons if lesson.place is not None] or truth
    found |= _within("most frequent place", [Counter(points).most_common(1)[0][0]] * len(truth), truth)
    largest = largest_town(gazetteer)
    if largest is not None:
        found |= _within("largest town", [(largest.lat, largest.lon)] * len(truth), truth)
    longest = [longest_match(gazetteer, text) for text, _ in located]
    return found | _within("longest match", [(entry.lat, entry.lon) if entry else None for entry in longest], truth)


def largest_town(gazetteer: Gazetteer) -> Entry | None:
    """The place with most people in the widest of the gazetteer's lists: the country's, where there is one."""
    index = gazetteer.layers[-1]
    return max((index.entry(number) for number in range(index.size)), key=lambda entry: entry.population, default=None)


def longest_match(gazetteer: Gazetteer, text: str) -> Entry | None:
    """The longest name of the gazetteer in the text, as spelt; of several places of that name the largest."""
    spoken = words(text)
    found: tuple[int, Entry] | None = None
    for start in range(len(spoken)):
        for size in range(1, LONGEST + 1):
            key = "".join(spoken[start : start + size])
            matches = gazetteer.exact(key) if len(key) >= SHORTEST else ()
            if matches and (found is None or len(key) > found[0]):
                found = len(key), max((match.entry for match in matches), key=lambda entry: entry.population)
    return found[1] if found else None


def _within(name: str, said: Iterable[Point | None], truth: Sequence[Point]) -> dict[str, float]:
    """What does not answer is wrong."""
    away = [between_km(*one, *other) if one else float("inf") for one, other in zip(said, truth, strict=True)]
    return {f"{name}, within {limit} km": sum(km <= limit for km in away) / len(away) for limit in WITHIN_KM}
