"""Turning a programme's words and examples, and people's decisions, into a model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

from threadpoolctl import threadpool_limits

from nlp import placememory
from nlp.classifier import Classifier
from nlp.correcting import with_alarms, without_false_alarms
from nlp.features import split
from nlp.fitting import Progress, Sample, fit
from nlp.gazetteer import Gazetteer
from nlp.hearing import hearing_of
from nlp.knowledge import Knowledge, Lesson
from nlp.languages import Identifier, learn_languages
from nlp.lexicon import languages_of, read_data
from nlp.model import Model
from nlp.store import Store

RECIPE = "2026.11"
"""The year and month of this way of training, to name versions by."""

OWN, TRANSLATED = 0.75, 0.25
"""How much a text and its translation count of one decision about them: two texts are not two votes."""
WORD_WEIGHT = 1.5
"""How much a programme's word for a category counts against one of its example messages."""


def silent(_what: str, _share: float) -> None:
    """Progress that nobody watches."""


def digest_of(knowledge: Knowledge) -> str:
    """Sixty-four hexadecimal digits that change whenever the programme's files or our code and data do."""
    return hashlib.sha256((_digest_of_code() + json.dumps(asdict(knowledge), sort_keys=True)).encode()).hexdigest()


@cache
def _digest_of_code() -> str:
    """A model is only good with the code that made it, so any change of it makes every programme train anew."""
    content = hashlib.sha256(RECIPE.encode())
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in (".py", ".yaml"):
            content.update(path.read_bytes())
    return content.hexdigest()


UNDECIDED = asdict(Lesson(""))
"""What a lesson that decides nothing holds."""


def digest_of_lesson(lesson: Lesson) -> str:
    """For what was decided about a text, without the text: sixteen hexadecimal digits for the text, sixteen for the decision."""
    decided = {name: value for name, value in asdict(lesson).items() if name != "text" and value != UNDECIDED[name]}
    return _sixteen(lesson.text) + _sixteen(json.dumps(decided))


def text_of_digest(digest: str) -> str:
    """The part of a lesson's digest that stands for its text alone."""
    return digest[:16]


def _sixteen(content: str) -> str:
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def name_version(knowledge: Knowledge, lessons: Sequence[Lesson]) -> str:
    """A readable version such as "2026.11-3f9a2c": the same for the same programme and lessons, on every machine."""
    content = hashlib.sha256(digest_of(knowledge).encode())
    for lesson in lessons:
        content.update(digest_of_lesson(lesson).encode())
    return f"{RECIPE}-{content.hexdigest()[:6]}"


def train(
    knowledge: Knowledge, lessons: Sequence[Lesson], store: Store, gazetteer: Gazetteer, progress: Progress = silent
) -> Model:
    """The model that follows from the programme and all lessons, oldest first. The same input gives the same model.

    `store` keeps what no lesson changes (`nlp/hearing.py`); `gazetteer` is the one the model will be used with. It takes one
    core: on busy ones threads that wait for each other took up to forty times as long.
    """
    with threadpool_limits(limits=1):
        progress("places", 0.0)
        places = placememory.train(knowledge, lessons, gazetteer)
        progress("places", 1.0)
        hearing = hearing_of(knowledge, digest_of(knowledge), store.folder)
        return Model(
            version=name_version(knowledge, lessons),
            languages=learn_languages(knowledge),
            categories=learn_categories(knowledge, lessons, progress),
            detectors=tuple(without_false_alarms(knowledge, detector, lessons) for detector in hearing.detectors),
            alarm=with_alarms(knowledge, hearing.alarm, lessons),
            places=places,
        )


def learn_categories(
    knowledge: Knowledge, lessons: Sequence[Lesson] = (), progress: Progress = silent
) -> Classifier | None:
    """The classifier, or None where there is nothing to learn from."""
    codes = [category.code for category in knowledge.categories]
    if not codes:
        return None
    written, decided = written_samples(knowledge), in_languages(knowledge, decided_samples(lessons, codes))
    if not written and not decided:
        return None
    with threadpool_limits(limits=1):  # as in `train`
        return fit(written + decided, codes, progress, knowledge.sentences)


def written_samples(knowledge: Knowledge) -> list[Sample]:
    """The programme's own examples, its words as very short texts, and texts that are about nothing."""
    samples = []
    for category in knowledge.categories:
        about = frozenset({category.code})
        for examples in category.examples.values():
            samples += [Sample(tuple(split(example)), about, example) for example in examples]
        for spoken in category.words.values():
            samples += [Sample(tuple(split(word)), about, word, WORD_WEIGHT, is_message=False) for word in spoken]
    if samples:
        unclear = read_data("unclear.yaml")
        nothing: frozenset[str] = frozenset()
        samples += [
            Sample(tuple(split(text)), nothing, text)
            for code in languages_of(knowledge.languages, unclear)
            for text in unclear[code]
        ]
    return samples


def in_languages(knowledge: Knowledge, samples: Sequence[Sample]) -> list[Sample]:
    """The samples with their languages, as an analysis names them, where the programme has several."""
    named = name_languages(knowledge, [sample.text for sample in samples])
    return [replace(sample, language=language) for sample, language in zip(samples, named, strict=True)]


def name_languages(knowledge: Knowledge, texts: Sequence[str]) -> list[str]:
    """The language of each text as an analysis names it; empty where the programme has but one."""
    if len(knowledge.languages) < 2:
        return [""] * len(texts)
    identifier = Identifier(knowledge.languages, learn_languages(knowledge))
    return [identifier.identify(text)[0] for text in texts]


def decided_samples(lessons: Sequence[Lesson], codes: Sequence[str]) -> list[Sample]:
    """What people decided about categories, a translation after its text. Codes that the programme no longer has are left
    out."""
    known = frozenset(codes)
    samples = []
    for lesson in lessons:
        if lesson.categories is None:
            continue
        about, text, translation = known & frozenset(lesson.categories), lesson.text, lesson.translation
        weight = 1.0 if translation is None else OWN
        samples.append(Sample(tuple(split(text)), about, text, weight, decided=True))
        if translation is not None:
            samples.append(
                Sample(
                    tuple(split(translation)), about, translation, TRANSLATED,
                    is_message=False, decided=True, is_translation=True,
                )
            )  # fmt: skip
    return samples
