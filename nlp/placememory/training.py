"""Training the memory of places from lessons, and measuring on the later ones how far it is to be trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nlp.gazetteer import Gazetteer, build, open_programme
from nlp.gazetteer.candidates import as_mentions
from nlp.gazetteer.mentions import find_names
from nlp.gazetteer.speech import speech_of
from nlp.gazetteer.spelling import sound
from nlp.geo import Floats, between_km, distance_km
from nlp.knowledge import Knowledge, Lesson
from nlp.locating import asserted
from nlp.placememory.density import NAMED
from nlp.placememory.memory import PlaceMemory, plain_words
from nlp.placememory.names import learn_names
from nlp.placememory.neighbours import learn_neighbours
from nlp.placememory.phrases import Phrases, learn_phrases
from nlp.placememory.radius import Radius, learn_radius

LEAST_MEASURED = 60
"""Lessons from which on a radius is learned."""
FOLDS = ((0.5, 0.75), (0.75, 1.0))
"""Learn the lessons up to the first share, measure on those up to the second: always later than what was learned."""
COMMON_SHARE, COMMON_COUNT, COMMON_WEIGHT = 0.02, 5, 0.05
NEARLY_ALL, LEAST_REACH_KM = 0.95, 1.0


def train(knowledge: Knowledge, lessons: Sequence[Lesson], gazetteer: Gazetteer | None = None) -> PlaceMemory | None:
    """The memory that follows from the lessons, oldest first; None where none of them is about a place.

    `gazetteer` is the one the memory will be used with, so that its radius is learned for their sum; without it the
    programme's own names are taken.
    """
    told = [lesson for lesson in lessons if lesson.place is not None or lesson.place_known]
    if not told:
        return None
    names = gazetteer or open_programme(knowledge)
    memory = _remember(knowledge, told)
    if len(memory.names) >= LEAST_MEASURED:
        memory.radius = _measure(knowledge, told, names)
    return memory


def _remember(knowledge: Knowledge, told: Sequence[Lesson]) -> PlaceMemory:
    located = [(lesson, lesson.place) for lesson in told if lesson.place is not None]
    places = [place for _, place in located]
    texts = [plain_words(lesson.text) for lesson, _ in located]
    named = [plain_words(name) for name, _, _ in places]
    lats, lons = np.array([place[1] for place in places]), np.array([place[2] for place in places])
    silent = [plain_words(lesson.text) for lesson in told if lesson.place is None]
    phrases = learn_phrases(texts, named, lats, lons)
    common = _common_words(texts, phrases)
    return PlaceMemory(
        names=tuple(name for name, _, _ in places),
        lats=np.concatenate([lats, np.full(len(silent), np.nan)]),
        lons=np.concatenate([lons, np.full(len(silent), np.nan)]),
        neighbours=learn_neighbours([*(words + name for words, name in zip(texts, named, strict=True)), *silent]),
        phrases=phrases,
        named=build(learn_names(places, speech_of(knowledge, common).everyday)),
        common=common,
        reach_km=_reach_km(lats, lons),
    )


def _common_words(texts: Sequence[Sequence[str]], phrases: Phrases) -> frozenset[str]:
    """Words of many texts that say nothing about the place."""
    held = Counter(word for words in texts for word in set(words))
    least = max(COMMON_COUNT, COMMON_SHARE * len(texts))
    return frozenset(
        word for word, count in held.items() if count >= least and phrases.weight(sound(word)) < COMMON_WEIGHT
    )


def _reach_km(lats: Floats, lons: Floats) -> float:
    if not len(lats):
        return 0.0
    apart = distance_km(float(np.median(lats)), float(np.median(lons)), lats, lons)
    return max(float(np.quantile(apart, NEARLY_ALL)), LEAST_REACH_KM)


def _measure(knowledge: Knowledge, told: Sequence[Lesson], gazetteer: Gazetteer) -> Radius | None:
    features: list[Floats] = []
    errors: list[float] = []
    for learned, measured in FOLDS:
        start, end = int(learned * len(told)), int(measured * len(told))
        memory = _remember(knowledge, told[:start])
        names = gazetteer.with_layer(memory.index)
        speech = speech_of(knowledge, memory.common)
        areas = {area.code: area for area in knowledge.areas}
        later = told[start:end]
        named = [as_mentions(find_names(lesson.text, names, speech), areas, names.home) for lesson in later]
        mentions = [asserted(lesson.text, one, speech.cues) for lesson, one in zip(later, named, strict=True)]
        evidence = memory.gather([plain_words(lesson.text) for lesson in later], mentions)
        for lesson, peak in zip(later, memory.peaks(evidence), strict=True):
            if peak is not None:
                features.append(peak.features)
                errors.append(
                    between_km(peak.lat, peak.lon, lesson.place[1], lesson.place[2]) if lesson.place else float("inf")
                )
    if not features:
        return None
    unnamed = sum(row[NAMED] == 0 for row in features)
    return replace(learn_radius(np.array(features), np.array(errors)), unnamed=int(unnamed))
