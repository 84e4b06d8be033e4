"""Learning at once: the newest decisions corrected on top of a trained classifier, in a second, whatever it was trained on.

The correction is the logistic regression of the new decisions alone that moves the trained weights least. It needs the
trained weights and the new texts, nothing of the old ones. A programme with few decisions trains as fast, so it does. Either
way what is learned at once is a version on top of a trained one: by night everything is trained anew and measured against
that one, which has not seen the day's decisions (`nlp/learning.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from nlp import placememory
from nlp.classifier import Classifier
from nlp.correcting import with_alarms, without_false_alarms
from nlp.fitting import Sample
from nlp.gazetteer import open_gazetteer
from nlp.knowledge import Knowledge, Lesson
from nlp.learning import forgotten, latest, masked_lessons
from nlp.pulls import pulls
from nlp.store import Card, Store
from nlp.training import decided_samples, digest_of, digest_of_lesson, learn_categories, name_version

STRONGEST, WEAKEST, ALONE = 2.0, 0.25, 25
"""How far a text may move the weights, as C of a support vector machine: the strongest for up to `ALONE` decisions, less
each the more there are, for they also hold one another's mistakes. Chosen on disaster messages in time order, where 20, 100
and 500 learned at once then take nothing from the F1 of the texts after them."""

MOST = 1000
"""So many of the newest decisions are corrected; the square of it bounds time and memory (8 MB, a second)."""

SMALL = 2000
"""Up to so many decisions in all, training takes seconds as well, and says more than a correction."""

LEAST_TO_TRAIN, SHARE_TO_TRAIN = 20, 0.25
"""When more decisions than this, and than this share of what the newest training saw, are new to it: time to train."""


def learn_at_once(knowledge: Knowledge, lessons: Sequence[Lesson], models: Path) -> str | None:
    """Put a version to use that knows these decisions (all there are, oldest first) and return its name.

    None where only training will do: there is no fitting version, what was learned must be forgotten, or much is new.
    """
    threadpool_limits(limits=1)
    store = Store(models, knowledge.programme)
    with store.locked():
        base = _base(store, digest_of(knowledge))
        if base is None:
            return None
        history = latest(masked_lessons(knowledge, lessons))
        digests = [digest_of_lesson(lesson) for lesson in history]
        newest = next(card for card in reversed(store.versions()) if card.base is None)
        new = len(set(digests) - set(newest.seen))
        if forgotten(base, digests) or new > max(LEAST_TO_TRAIN, SHARE_TO_TRAIN * len(newest.seen)):
            return None
        seen = frozenset(base.seen)
        fresh = [lesson for lesson, digest in zip(history, digests, strict=True) if digest not in seen]
        if not fresh:
            store.use(base.version)
            return base.version
        model = store.read(base.version)
        if model.categories is None:
            return None
        if len(history) <= SMALL:
            categories = learn_categories(knowledge, history)
        else:
            categories = amended(model.categories, decided_samples(fresh, model.categories.codes)[-MOST:])
        places = placememory.train(knowledge, history, open_gazetteer(knowledge, store.gazetteers))
        model = replace(
            model,
            version=name_version(knowledge, history) + "+",
            categories=categories,
            detectors=tuple(without_false_alarms(knowledge, one, fresh) for one in model.detectors),
            alarm=model.alarm and with_alarms(knowledge, model.alarm, fresh),
            places=places,
        )
        card = Card(model.version, base.knowledge, len(history), tuple(digests), base=base.version)
        store.write(model, card)
        store.use(model.version)
        return model.version


def _base(store: Store, wanted: str) -> Card | None:
    """The trained version in use, or below the one in use."""
    version = store.current()
    card = None if version is None else store.card(version)
    if card is not None and card.base is not None:
        card = store.card(card.base)
    return card if card is not None and card.knowledge == wanted else None


def amended(classifier: Classifier, samples: Sequence[Sample]) -> Classifier:
    """The classifier after these decisions, with the words it did not know."""
    if not samples:
        return classifier
    words = [sample.words for sample in samples]
    vocabulary = classifier.vocabulary.widened(words)
    matrix = vocabulary.vectors(words)
    weights = np.zeros((len(vocabulary), len(classifier.codes)), dtype=np.float32)
    weights[: len(classifier.weights)] = classifier.weights
    truth = np.array([[code in sample.categories for code in classifier.codes] for sample in samples], dtype=bool)
    far = np.float32(max(STRONGEST * min(1, ALONE / len(samples)), WEAKEST))
    likeness = far * (matrix @ matrix.T).toarray()
    weights += far * (matrix.T @ pulls(matrix @ weights + classifier.bias, likeness, truth))
    return replace(classifier, vocabulary=vocabulary, weights=weights)
