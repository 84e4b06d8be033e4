"""What is taught to a model in a process of its own. Here and not beside the jobs that ask for it, as that process loads what
stands in the module of its function: with a job it loaded the database too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nlp.knowledge import Knowledge, Lesson
from nlp.store import Store


def learn_decided(knowledge: Knowledge, lessons: Sequence[Lesson], models: Path, keep: int) -> str:
    """Correct the model by new decisions, or train it anew where there are many; the version in use then."""
    from nlp.amending import learn_at_once

    return learn_at_once(knowledge, lessons, models) or learn_anew(knowledge, lessons, models, keep)


def learn_anew(knowledge: Knowledge, lessons: Sequence[Lesson], models: Path, keep: int) -> str:
    """Train the model on everything that was decided; the version in use then. The decisions are kept in the database alone, so
    that what is erased there is forgotten here."""
    from nlp.learning import learn

    return learn(knowledge, lessons, models, remember=False, keep=keep).version


def forget_erased(knowledge: Knowledge, lessons: Sequence[Lesson], models: Path, keep: int) -> str | None:
    """Train the version in use anew where words it learned from were erased; its new name then."""
    from nlp.forgetting import forget

    version = forget(knowledge, lessons, models)
    Store(models, knowledge.programme).prune(keep)
    return version
