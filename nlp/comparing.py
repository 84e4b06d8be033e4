"""Two trained versions side by side, on the same texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.figures import Counts, macro_f1, micro_f1
from nlp.knowledge import Knowledge, Lesson
from nlp.learning import latest, masked_lessons, measure
from nlp.store import Store
from nlp.training import digest_of_lesson


@dataclass(frozen=True)
class Row:
    """F1 of one category, or of all together, by the one version and the other; `texts` are about it."""

    name: str
    texts: int
    before: float
    after: float


def unseen(knowledge: Knowledge, store: Store, versions: Sequence[str], lessons: Sequence[Lesson]) -> list[Lesson]:
    """The decisions about categories that none of the versions has learned, oldest first."""
    seen = {digest for version in versions for digest in store.card(version).seen}
    history = latest(masked_lessons(knowledge, lessons))
    return [one for one in history if one.categories is not None and digest_of_lesson(one) not in seen]


def compare(knowledge: Knowledge, store: Store, versions: tuple[str, str], lessons: Sequence[Lesson]) -> list[Row]:
    """First micro and macro F1 over all, then each category that occurs or was said."""
    masked = masked_lessons(knowledge, lessons)
    before, after = (_counts(store, version, knowledge, masked) for version in versions)
    rows = [
        Row("all, micro", len(masked), micro_f1(before), micro_f1(after)),
        Row("all, macro", len(masked), macro_f1(before), macro_f1(after)),
    ]
    for code in sorted(before.keys() | after.keys()):
        one, other = before.get(code, Counts()), after.get(code, Counts())
        if one != Counts() or other != Counts():
            texts = max(one.right + one.missed, other.right + other.missed)
            rows.append(Row(code, texts, one.f1, other.f1))
    return rows


def _counts(store: Store, version: str, knowledge: Knowledge, lessons: Sequence[Lesson]) -> dict[str, Counts]:
    classifier = store.read(version).categories
    return {} if classifier is None else measure(classifier, knowledge, lessons)
