"""A version that a person holds in use forgets as well: it is fitted again without the texts that were erased."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nlp.gazetteer import open_gazetteer
from nlp.knowledge import Knowledge, Lesson
from nlp.learning import forgotten, latest, masked_lessons
from nlp.store import Card, Store
from nlp.training import digest_of, digest_of_lesson, text_of_digest, train


def forget(knowledge: Knowledge, lessons: Sequence[Lesson], models: Path) -> str | None:
    """Replace the version in use by one that never saw the texts nobody decides about any more: erased, or undone.

    `lessons` are all decisions there are, oldest first. The new version learns from the same texts but those, with what is
    decided about them today, stays held if the old one was, and is returned; the old one is removed. None where the version
    in use knows nothing that is gone, or does not fit the programme's files: then the next analysis trains one.
    """
    store = Store(models, knowledge.programme)
    with store.locked():
        version = store.current()
        card = None if version is None else store.card(version)
        if card is None or card.knowledge != digest_of(knowledge):
            return None
        history = latest(masked_lessons(knowledge, lessons))
        if not forgotten(card, [digest_of_lesson(lesson) for lesson in history]):
            return None
        seen = {text_of_digest(digest) for digest in card.seen}
        rest = [lesson for lesson in history if text_of_digest(digest_of_lesson(lesson)) in seen]
        model = train(knowledge, rest, store, open_gazetteer(knowledge, store.gazetteers))
        digests = tuple(digest_of_lesson(lesson) for lesson in rest)
        store.write(
            model, Card(model.version, card.knowledge, len(rest), digests, instead_of=card.instead_of or card.version)
        )
        store.use(model.version)
        store.remove(card.version)
        return model.version
