"""What training and evaluation found, as lines and tables for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from nlp.evaluation import Evaluation
from nlp.figures import Counts
from nlp.learning import Gain


def gain_lines(gain: Gain) -> Iterator[str]:
    """What a training brought, in sentences."""
    yield f"{gain.lessons} decisions known, {gain.new_lessons} of them new; {gain.places} name a place."
    if gain.before is not None and gain.after is not None:
        yield (
            f"On the newest {gain.held_out} decisions, which neither had seen: "
            f"micro F1 {gain.before[0]:.3f} before, {gain.after[0]:.3f} after; "
            f"macro F1 {gain.before[1]:.3f} before, {gain.after[1]:.3f} after."
        )
    for code, before, after in gain.categories:
        yield f"  {code}: {before:.3f} before, {after:.3f} after"
    if gain.unknown_codes:
        yield f"Not in categories.yaml, so nothing was learned of them: {', '.join(gain.unknown_codes)}."
    if gain.used:
        yield f"{gain.version} is in use (before: {gain.previous})."
    else:
        yield f"{gain.version} is stored, but {gain.previous} did better and stays in use."


def evaluation_tables(found: Evaluation) -> Iterator[Table]:
    """The figures, baselines first."""
    yield _overview(found)
    yield _counts("Categories", found.categories)
    yield _languages(found)
    yield _counts("Kind of feedback", found.kind)
    yield _counts("Sensitive, by kind", found.sensitive_kinds)
    if found.places is not None:
        yield _places(found)
    yield _calibration(found)
    yield _coverage(found)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def _overview(found: Evaluation) -> Table:
    table = _table(f"{found.texts} texts, model {found.version}", "what", "figure")
    for name, figure in found.baselines.items():
        table.add_row(f"baseline: {name}", f"{figure:.3f}")
    table.add_row("categories, micro F1", f"{found.micro_f1:.3f}")
    table.add_row("categories, macro F1", f"{found.macro_f1:.3f}")
    table.add_row("texts given no category", f"{found.abstained:.3f}")
    table.add_row("kind, accuracy", f"{found.kind_accuracy:.3f}")
    for name, counts in (("urgent", found.urgent), ("sensitive", found.sensitive)):
        table.add_row(f"{name}, recall", f"{counts.recall:.3f}")
        table.add_row(f"{name}, precision", f"{counts.precision:.3f}")
    if found.personal is not None:
        table.add_row("personal data, recall", f"{found.personal.recall:.3f}")
        table.add_row("personal data, precision", f"{found.personal.precision:.3f}")
    table.add_row("texts a second", f"{found.texts_per_second:,.0f}")
    return table


def _counts(title: str, by_code: dict[str, Counts]) -> Table:
    table = _table(title, "", "texts", "precision", "recall", "F1")
    for code, counts in by_code.items():
        table.add_row(
            code,
            str(counts.right + counts.missed),
            f"{counts.precision:.3f}",
            f"{counts.recall:.3f}",
            f"{counts.f1:.3f}",
        )
    return table


def _languages(found: Evaluation) -> Table:
    table = _table("By language", "", "texts", "language right", "micro F1", "macro F1")
    for code, (texts, right) in found.language.items():
        _, micro, macro = found.by_language.get(code, (0, 0.0, 0.0))
        table.add_row(code, str(texts), f"{right:.3f}", f"{micro:.3f}", f"{macro:.3f}")
    return table


def _places(found: Evaluation) -> Table:
    assert found.places is not None
    table = _table(f"Places, {found.places.texts} texts that name one", "what", "share")
    table.add_row("given a location", f"{found.places.answered:.3f}")
    for kilometres, share in found.places.within.items():
        table.add_row(f"right within {kilometres} km", f"{share:.3f}")
    table.add_row("truth inside the radius, of those answered", f"{found.places.inside:.3f}")
    table.add_row("located though no place is named", f"{found.places.false:.3f}")
    return table


def _calibration(found: Evaluation) -> Table:
    table = _table("Calibration of category scores", "mean score", "share right", "number")
    for score, right, number in found.calibration:
        table.add_row(f"{score:.2f}", f"{right:.2f}", str(number))
    return table


def _coverage(found: Evaluation) -> Table:
    table = _table("Likeliest category, the surest texts first", "texts answered", "least score", "share right")
    for share, score, right in found.coverage:
        table.add_row(f"{share:.2f}", f"{score:.2f}", f"{right:.2f}")
    return table
