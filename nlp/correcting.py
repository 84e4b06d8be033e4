"""What people decided, on top of what a detector learned from invented texts: the least change that lets their decisions
come out.

Accounts that are sensitive stay in the vault and teach nothing: no word of theirs is to stand in a model. What a person read
and found not to be sensitive teaches, and whether it was urgent. So a detector of sensitive accounts is only ever told where it
was wrong to speak; each such text moves it little, and a rule that finds something speaks as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import diags_array

from nlp.classifier import as_probability
from nlp.counted import Counted
from nlp.detecting import COUNTS, account_texts, alarm_texts
from nlp.detector import Detector
from nlp.knowledge import Knowledge, Lesson
from nlp.pulls import pulls
from nlp.rulebook import Rulebook, rulebook_for

FAR = 6.0
"""How far a text may move the weights, as C of a support vector machine."""

HELD = 3
"""Every so manieth of the texts that a detector learned from keeps its probability: or what is told to it of false alarms alone
would make it ever quieter. Chosen with FAR on gold texts: of 29 false alarms that were taught nearly half are not raised again,
of those on other texts a fifth, and six accounts in a thousand are lost."""

MOST = 1000
"""So many of the newest decisions count; the square of it bounds time and memory."""


def without_false_alarms(knowledge: Knowledge, detector: Detector, lessons: Sequence[Lesson]) -> Detector:
    """A detector of sensitive accounts that knows which texts people found to be ordinary (the oldest first)."""
    ordinary = [(lesson.text, False) for lesson in lessons if lesson.ordinary]
    if not ordinary:
        return detector
    accounts = [text for kind in sorted(detector.kinds) for text in account_texts(kind, knowledge)]
    return corrected(detector, ordinary[-MOST:], accounts[::HELD], rulebook_for("sensitive.yaml", knowledge.languages))


def with_alarms(knowledge: Knowledge, detector: Detector, lessons: Sequence[Lesson]) -> Detector:
    """A detector of what is urgent that knows what people said of which texts (the oldest first)."""
    said = [(lesson.text, lesson.urgent) for lesson in lessons if lesson.urgent is not None]
    if not said:
        return detector
    urgent, calm = alarm_texts(knowledge)
    return corrected(detector, said[-MOST:], (urgent + calm)[::HELD], rulebook_for("urgent.yaml", knowledge.languages))


def corrected(
    detector: Detector, decided: Sequence[tuple[str, bool]], held: Sequence[str], rules: Rulebook
) -> Detector:
    """The detector after these decisions, with the words it did not know. What it says of `held` texts stays much the same."""
    names, counted = Counted(rules).matrix([*(text for text, _ in decided), *held])
    known = np.array([detector.weights.get(name, 0.0) for name in names])
    linear = (detector.bias + counted @ known).astype(np.float32)
    truth = np.append(np.array([yes for _, yes in decided], dtype=np.float32), as_probability(linear)[len(decided) :])
    matrix = counted @ diags_array(np.array([COUNTS[name[0]] for name in names]))
    # One measure for all: a text is heard by the sum of its weights, whatever its length.
    far = FAR * matrix.shape[0] / matrix.multiply(matrix).sum()
    likeness = (far * (matrix @ matrix.T)).toarray().astype(np.float32)
    moved = far * (matrix.T @ pulls(linear[:, None], likeness, truth[:, None]))[:, 0]
    weights = dict(detector.weights)
    for name, by in zip(names, moved.tolist(), strict=True):
        weights[name] = round(weights.get(name, 0.0) + COUNTS[name[0]] * by, 4)
    return replace(detector, weights=weights)
