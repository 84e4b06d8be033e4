"""An evaluation and a gain as tables and lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from nlp.figures import Counts

if TYPE_CHECKING:
    from nlp.evaluation import Evaluation
    from nlp.learning import Gain


def tables(evaluation: Evaluation) -> list[Table]:
    """What simple answers reach first, then every figure, in tables."""
    return [
        _table("What always giving one answer reaches", ("baseline", "figure"), _baselines(evaluation)),
        _table(
            f"Model {evaluation.version}: {evaluation.texts} texts, {evaluation.texts_per_second:.0f} texts a second",
            ("measure", "figure"),
            _measures(evaluation),
        ),
        _table("By category", _COUNTS, _counted(evaluation.categories)),
        _table("By language", ("language", "texts", "named rightly", "micro F1", "macro F1"), _languages(evaluation)),
        _table("By kind", _COUNTS, _counted(evaluation.kind)),
        _table("By kind of sensitive account", _COUNTS, _counted(evaluation.sensitive_kinds)),
        _table("Calibration of category scores", ("mean score", "share right", "number"), _calibration(evaluation)),
    ]


def lines(gain: Gain) -> list[str]:
    """What a training brought, in sentences."""
    found = [f"Learned from {gain.lessons} decisions, {gain.new_lessons} of them new, {gain.places} with a place."]
    if gain.unknown_codes:
        found.append(
            "Not categories of this programme, so nothing was learned of them: " + ", ".join(gain.unknown_codes)
        )
    if gain.version == gain.previous:
        return [*found, f"Model {gain.version} knew all of this already."]
    if gain.before is None or gain.after is None:
        found.append("Too few new decisions to measure what was gained.")
    else:
        found.append(
            f"On the newest {gain.held_out}, which neither model had seen: micro F1 {gain.before[0]:.3f} to {gain.after[0]:.3f}, "
            f"macro F1 {gain.before[1]:.3f} to {gain.after[1]:.3f}."
        )
        changes = sorted(gain.categories, key=lambda one: one[1] - one[2])
        found += [f"  {code}: F1 {before:.2f} to {after:.2f}" for code, before, after in changes if before != after]
    if gain.used:
        return [*found, f"Model {gain.version} is in use; {gain.previous} is kept."]
    return [*found, f"Model {gain.previous} did better and stays in use; {gain.version} is kept."]


_COUNTS = ("", "right", "wrong", "missed", "precision", "recall", "F1")


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    return table


def _baselines(evaluation: Evaluation) -> list[tuple[str, str]]:
    return [(name, f"{figure:.3f}") for name, figure in evaluation.baselines.items()]


def _measures(evaluation: Evaluation) -> list[tuple[str, str]]:
    found = [
        ("categories, micro F1", f"{evaluation.micro_f1:.3f}"),
        ("categories, macro F1", f"{evaluation.macro_f1:.3f}"),
        ("given no category", f"{evaluation.abstained:.3f}"),
        ("kind right", f"{evaluation.kind_accuracy:.3f}"),
        ("urgent, precision", f"{evaluation.urgent.precision:.3f}"),
        ("urgent, recall", f"{evaluation.urgent.recall:.3f}"),
        ("sensitive, precision", f"{evaluation.sensitive.precision:.3f}"),
        ("sensitive, recall", f"{evaluation.sensitive.recall:.3f}"),
    ]
    places = evaluation.places
    if places is not None:
        found.append(("texts that name a place, located", f"{places.answered:.3f}"))
        found += [(f"located within {km} km", f"{share:.3f}") for km, share in places.within.items()]
        found.append(("truth within the radius given", f"{places.inside:.3f}"))
        found.append(("located though they name no place", f"{places.false:.3f}"))
    return found


def _counted(counts: dict[str, Counts]) -> list[tuple[str, ...]]:
    return [
        (
            label,
            str(one.right),
            str(one.wrong),
            str(one.missed),
            f"{one.precision:.2f}",
            f"{one.recall:.2f}",
            f"{one.f1:.2f}",
        )
        for label, one in counts.items()
    ]


def _languages(evaluation: Evaluation) -> list[tuple[str, ...]]:
    return [
        (
            language,
            str(texts),
            f"{right:.3f}",
            *(f"{f1:.3f}" for f1 in evaluation.by_language.get(language, (0, 0.0, 0.0))[1:]),
        )
        for language, (texts, right) in evaluation.language.items()
    ]


def _calibration(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    return [(f"{score:.2f}", f"{share:.2f}", str(number)) for score, share, number in evaluation.calibration]
