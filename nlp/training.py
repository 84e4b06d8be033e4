"""Turning a programme's words and examples, and people's decisions, into a model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

from nlp import placememory
from nlp.classifier import Classifier
from nlp.features import split
from nlp.fitting import Progress, Sample, fit
from nlp.gazetteer import Gazetteer
from nlp.knowledge import Knowledge, Lesson
from nlp.languages import learn_languages
from nlp.model import Model

RECIPE = "2026.11"
"""The year and month of this way of training. A new one makes every programme train anew."""

WORD_WEIGHT = 0.3
"""How much a programme's word for a category counts against one of its example messages."""


def silent(_what: str, _share: float) -> None:
    """Progress that nobody watches."""


def digest_of(knowledge: Knowledge) -> str:
    """Sixty-four hexadecimal digits that change whenever the programme's files or the way of training do."""
    return hashlib.sha256((RECIPE + json.dumps(asdict(knowledge), sort_keys=True)).encode()).hexdigest()


def digest_of_lesson(lesson: Lesson) -> str:
    """Sixteen hexadecimal digits for what was decided about a text, without the text."""
    return hashlib.sha256(json.dumps(asdict(lesson)).encode()).hexdigest()[:16]


def name_version(knowledge: Knowledge, lessons: Sequence[Lesson]) -> str:
    """A readable version such as "2026.11-3f9a2c": the same for the same programme and lessons, on every machine."""
    content = hashlib.sha256(digest_of(knowledge).encode())
    for lesson in lessons:
        content.update(digest_of_lesson(lesson).encode())
    return f"{RECIPE}-{content.hexdigest()[:6]}"


def train(knowledge: Knowledge, lessons: Sequence[Lesson], gazetteer: Gazetteer, progress: Progress = silent) -> Model:
    """The model that follows from the programme and all lessons, oldest first. The same input gives the same model.

    `gazetteer` is the one the model will be used with.
    """
    progress("places", 0.0)
    places = placememory.train(knowledge, lessons, gazetteer)
    progress("places", 1.0)
    return Model(
        version=name_version(knowledge, lessons),
        languages=learn_languages(knowledge),
        categories=learn_categories(knowledge, lessons, progress),
        places=places,
    )


def learn_categories(knowledge: Knowledge, lessons: Sequence[Lesson], progress: Progress = silent) -> Classifier | None:
    """The classifier, or None for a programme without categories."""
    codes = [category.code for category in knowledge.categories]
    if not codes:
        return None
    return fit(written_samples(knowledge) + decided_samples(lessons, codes), codes, progress)


def written_samples(knowledge: Knowledge) -> list[Sample]:
    """The programme's own examples, and its words as very short texts."""
    samples = []
    for category in knowledge.categories:
        about = frozenset({category.code})
        for examples in category.examples.values():
            samples += [Sample(tuple(split(example)), about) for example in examples]
        for spoken in category.words.values():
            samples += [Sample(tuple(split(word)), about, WORD_WEIGHT) for word in spoken]
    return samples


def decided_samples(lessons: Sequence[Lesson], codes: Sequence[str]) -> list[Sample]:
    """What people decided about categories. Codes that the programme no longer has are left out."""
    known = frozenset(codes)
    return [
        Sample(tuple(split(lesson.text)), known & frozenset(lesson.categories))
        for lesson in lessons
        if lesson.categories is not None
    ]
