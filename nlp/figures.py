"""Figures for answers that are sets: true and false positives by label, F1, and what one can trust them for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """How often a label was rightly said, wrongly said, and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        return f1(self.right, self.wrong, self.missed)


def f1(right: int, wrong: int, missed: int) -> float:
    """Harmonic mean of precision and recall; 0 when nothing was there and nothing was said."""
    return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 0.0


def count(labels: Iterable[str], said: Sequence[Collection[str]], true: Sequence[Collection[str]]) -> dict[str, Counts]:
    """Counts by label over texts; `said` and `true` are in the same order."""
    found = {}
    for label in labels:
        pairs = [(label in one, label in other) for one, other in zip(said, true, strict=True)]
        found[label] = Counts(pairs.count((True, True)), pairs.count((True, False)), pairs.count((False, True)))
    return found


def micro_f1(counts: Mapping[str, Counts]) -> float:
    """F1 over all labels together: frequent ones weigh more."""
    values = counts.values()
    return f1(sum(one.right for one in values), sum(one.wrong for one in values), sum(one.missed for one in values))


def macro_f1(counts: Mapping[str, Counts]) -> float:
    """Mean F1 of the labels that occur in the truth."""
    present = [one.f1 for one in counts.values() if one.right + one.missed]
    return sum(present) / len(present) if present else 0.0


def calibration(answers: Iterable[tuple[float, bool]], bins: int = 10) -> tuple[tuple[float, float, int], ...]:
    """By tenths of the score: mean score, share that is true, how many. Empty tenths are left out."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for score, true in answers:
        groups.setdefault(min(int(score * bins), bins - 1), []).append((score, true))
    return tuple(
        (sum(score for score, _ in group) / len(group), sum(true for _, true in group) / len(group), len(group))
        for _, group in sorted(groups.items())
    )


def coverage(answers: Iterable[tuple[float, bool]], steps: int = 10) -> tuple[tuple[float, float, float], ...]:
    """What one gains by leaving the unsure ones open. Of answers as (score, whether right), the surest tenth, two tenths and
    so on to all: share answered, least score among them, share right."""
    ranked = sorted(answers, key=lambda answer: -answer[0])
    found: list[tuple[float, float, float]] = []
    for step in range(1, steps + 1):
        size = round(len(ranked) * step / steps)
        if size and (not found or size / len(ranked) > found[-1][0]):
            found.append((size / len(ranked), ranked[size - 1][0], sum(right for _, right in ranked[:size]) / size))
    return tuple(found)
