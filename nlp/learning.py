"""Learning from what people decided: one training over everything, kept only if it does at least as well as before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nlp.classifier import Classifier
from nlp.features import split
from nlp.figures import Counts, count, macro_f1, micro_f1
from nlp.fitting import Progress
from nlp.gazetteer import Gazetteer, open_gazetteer
from nlp.knowledge import Knowledge, Lesson
from nlp.model import Model
from nlp.pipeline import clean, current_model
from nlp.redacting import redactor_for
from nlp.store import Card, Store
from nlp.training import (
    digest_of,
    digest_of_lesson,
    learn_categories,
    name_languages,
    name_version,
    silent,
    text_of_digest,
    train,
)

HELD_OUT = 0.2
MOST_HELD_OUT = 2000
LEAST_HELD_OUT = 15
"""Fewer new decisions than this cannot tell two models apart: the new one is used."""

KEPT = 20
"""How many trained versions stay."""

SLACK = 0.005
"""By how much F1 the new model may be behind the old and still replace it: it knows more of what people decided."""


@dataclass(frozen=True)
class Gain:
    """What a training brought. `before` and `after` are (micro F1, macro F1) of the old and the new way on the newest
    decisions, which neither had seen; None where too few were new to measure."""

    version: str
    previous: str
    used: bool
    """Whether the new version is in use now; if not it is stored beside the old one, which did better or is `held`."""
    lessons: int
    new_lessons: int
    held_out: int = 0
    before: tuple[float, float] | None = None
    after: tuple[float, float] | None = None
    categories: tuple[tuple[str, float, float], ...] = ()
    """Code, F1 before, F1 after, on the held-out decisions."""
    places: int = 0
    """Lessons that name a place."""
    unknown_codes: tuple[str, ...] = ()
    """Category codes in the lessons that the programme does not have; they taught nothing."""
    held: bool = False
    """A person chose the version in use, and it stays until they let go of it."""


def learn(
    knowledge: Knowledge,
    lessons: Sequence[Lesson],
    models: Path,
    progress: Progress = silent,
    *,
    remember: bool = True,
    keep: int = KEPT,
    withdrawn: Sequence[str] = (),
) -> Gain:
    """Train once on the programme's own material and all lessons (oldest first), and put the better model to use.

    `remember` keeps the lessons, with their texts, in the models folder for the next training: that is how the command line
    works. A service that keeps the decisions itself passes all of them each time with `remember=False`, so that a text that
    is erased there is forgotten here as well. A later lesson about a text replaces an earlier one. Personal data is masked
    before anything is kept or learned: an analysis sees no more either. The newest `keep` versions stay. Texts that are
    `withdrawn`, as they were found to be sensitive, are forgotten.
    """
    masked = masked_lessons(knowledge, lessons)
    gone = {lesson.text for lesson in masked_lessons(knowledge, [Lesson(text) for text in withdrawn])}
    store = Store(models, knowledge.programme)
    gazetteer = open_gazetteer(knowledge, store.gazetteers)
    previous = current_model(knowledge, store, gazetteer)
    with store.locked():
        history = [lesson for lesson in latest([*store.lessons(), *masked]) if lesson.text not in gone]
        if remember:
            store.keep(history)
        gain = _learn(knowledge, history, _without_amendments(previous, store), store, gazetteer, progress)
        store.prune(keep)
        return gain


def masked_lessons(knowledge: Knowledge, lessons: Sequence[Lesson]) -> list[Lesson]:
    """The lessons as an analysis would see their texts once it knows the places they confirm."""
    redactor = redactor_for(knowledge, [lesson.place[0] for lesson in lessons if lesson.place is not None])

    def masked(text: str) -> str:
        return redactor.redact(clean(text))

    return [
        replace(lesson, text=masked(lesson.text), translation=lesson.translation and masked(lesson.translation))
        for lesson in lessons
    ]


def _without_amendments(model: Model, store: Store) -> Model:
    """The trained version below what was learned at once: it has not seen the newest decisions, so it can be measured."""
    base = store.card(model.version).base
    return model if base is None else store.read(base)


def _learn(
    knowledge: Knowledge, history: list[Lesson], previous: Model, store: Store, gazetteer: Gazetteer, progress: Progress
) -> Gain:
    card = store.card(previous.version)
    digests = [digest_of_lesson(lesson) for lesson in history]
    seen = frozenset(card.seen)
    fresh = [lesson for lesson, digest in zip(history, digests, strict=True) if digest not in seen]
    known = {category.code for category in knowledge.categories}
    gain = Gain(
        version=name_version(knowledge, history),
        previous=previous.version,
        used=True,
        lessons=len(history),
        new_lessons=len(fresh),
        places=sum(lesson.place is not None for lesson in history),
        unknown_codes=tuple(sorted({code for lesson in history for code in lesson.categories or ()} - known)),
    )
    if gain.version == previous.version:
        store.use(gain.version)
        return gain
    held = _newest(fresh)
    if held and previous.categories is not None:
        out = {id(lesson) for lesson in held}
        trial = learn_categories(knowledge, [lesson for lesson in history if id(lesson) not in out], progress)
        assert trial is not None  # as there are categories
        gain = _compare(gain, held, knowledge, previous.categories, trial)
        gain = replace(gain, used=gain.used or bool(forgotten(card, digests)))
    model = train(knowledge, history, store, gazetteer, progress)
    micro, macro = gain.after or (None, None)
    store.write(model, Card(model.version, digest_of(knowledge), len(history), tuple(digests), micro, macro))
    if store.held():
        # A person chose the version in use, and lets go of it themselves.
        gain = replace(gain, used=False, held=True)
    if gain.used:
        store.use(model.version)
    return gain


def forgotten(card: Card, digests: Sequence[str]) -> set[str]:
    """Texts (the digests of) that a version learned from and that nobody decides about any more: erased, or undone. A
    version without them is used even where it does less well."""
    return {text_of_digest(digest) for digest in card.seen} - {text_of_digest(digest) for digest in digests}


def latest(lessons: Sequence[Lesson]) -> list[Lesson]:
    """One lesson a text: what was decided last, adding what was decided before about its other half."""
    found: dict[str, Lesson] = {}
    for lesson in lessons:
        before = found.pop(lesson.text, None)
        if before is not None:
            categories = before.categories if lesson.categories is None else lesson.categories
            lesson = replace(
                lesson,
                categories=categories,
                translation=lesson.translation or before.translation,
                urgent=before.urgent if lesson.urgent is None else lesson.urgent,
                ordinary=lesson.ordinary or before.ordinary,
            )
            if not lesson.place_known and lesson.place is None:
                lesson = replace(lesson, place=before.place, place_known=before.place_known)
        found[lesson.text] = lesson
    return list(found.values())


def _newest(fresh: Sequence[Lesson]) -> list[Lesson]:
    """The newest fifth of the new decisions about categories, held out to compare with."""
    decided = [lesson for lesson in fresh if lesson.categories is not None]
    size = min(int(len(decided) * HELD_OUT), MOST_HELD_OUT)
    return decided[-size:] if size >= LEAST_HELD_OUT else []


def _compare(gain: Gain, held: Sequence[Lesson], knowledge: Knowledge, old: Classifier, new: Classifier) -> Gain:
    before, after = (measure(classifier, knowledge, held) for classifier in (old, new))
    scores = ((micro_f1(before), macro_f1(before)), (micro_f1(after), macro_f1(after)))
    return replace(
        gain,
        held_out=len(held),
        before=scores[0],
        after=scores[1],
        categories=tuple((code, before[code].f1, after[code].f1) for code in sorted(before)),
        used=sum(scores[1]) >= sum(scores[0]) - 2 * SLACK,
    )


def measure(classifier: Classifier, knowledge: Knowledge, held: Sequence[Lesson]) -> dict[str, Counts]:
    """What a classifier says of these texts, counted by category."""
    texts = [lesson.text for lesson in held]
    scores = classifier.scores([split(text) for text in texts], texts)
    said = [
        {code for code, yes in zip(classifier.codes, row, strict=True) if yes}
        for row in classifier.says(scores, name_languages(knowledge, texts))
    ]
    return count(classifier.codes, said, [set(lesson.categories or ()) for lesson in held])
