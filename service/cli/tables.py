"""What training and evaluation found, as lines and tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.table import Table

from nlp.evaluation import Evaluation
from nlp.figures import Counts
from nlp.learning import Gain
from nlp.placefigures import RIGHT_KM, PlaceFigures


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
    elif gain.held:
        yield (
            f"{gain.version} is stored, but {gain.previous} was chosen and stays in use. Let learning go on with: "
            "answerable model use --programme … latest"
        )
    else:
        yield f"{gain.version} is stored, but {gain.previous} did better and stays in use."


def evaluation_tables(found: Evaluation) -> Iterator[Table]:
    """The figures, baselines first; what the gold texts say nothing about is left out."""
    yield _overview(found)
    if found.coverage:
        yield _counts("Categories", found.categories)
    if found.language:
        yield _languages(found)
    if _is_told(found.kind):
        yield _counts("Kind of feedback", found.kind)
    if _is_told(found.sensitive_kinds):
        yield _counts("Sensitive, by kind", found.sensitive_kinds)
    if found.coverage:
        yield _calibration(found)
        yield _coverage("Likeliest category, the surest texts first", found.coverage)
    if found.places is not None:
        yield _places(found.places)
        if found.places.coverage:
            yield _radii(found.places)
            yield _coverage(f"Locations right within {RIGHT_KM} km, the surest first", found.places.coverage)
    yield _speed(found)


def _is_told(counts: dict[str, Counts]) -> bool:
    return any(one != Counts() for one in counts.values())


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def _overview(found: Evaluation) -> Table:
    table = _table(f"{found.texts} texts, model {found.version}", "what", "figure")
    for name, figure in found.baselines.items():
        table.add_row(f"baseline: {name}", f"{figure:.3f}")
    if found.coverage:
        table.add_row("categories, micro F1", f"{found.micro_f1:.3f}")
        table.add_row("categories, macro F1", f"{found.macro_f1:.3f}")
        table.add_row("texts given no category", f"{found.abstained:.3f}")
    if _is_told(found.kind):
        table.add_row("kind, accuracy", f"{found.kind_accuracy:.3f}")
    for name, counts in (("urgent", found.urgent), ("sensitive", found.sensitive)):
        if counts == Counts():
            continue
        table.add_row(f"{name}, recall", f"{counts.recall:.3f}")
        table.add_row(f"{name}, precision", f"{counts.precision:.3f}")
    if found.personal is not None:
        table.add_row("personal data, recall", f"{found.personal.recall:.3f}")
        table.add_row("personal data, precision", f"{found.personal.precision:.3f}")
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


def _places(found: PlaceFigures) -> Table:
    table = _table(f"Places, {found.texts} texts that name one", "what", "share")
    table.add_row("given a location", f"{found.answered:.3f}")
    table.add_row("of these fallbacks, never drawn as a point", f"{found.fallbacks:.3f}")
    for kilometres, share in found.within.items():
        table.add_row(f"right within {kilometres} km", f"{share:.3f}")
    table.add_row("truth inside the radius, of those answered", f"{found.inside:.3f}")
    table.add_row("located though no place is named", f"{found.false:.3f}")
    return table


def _radii(found: PlaceFigures) -> Table:
    table = _table("Calibration of the radius", "radius, km", "answers", "truth inside it")
    for low, high, answers, inside in found.calibration:
        table.add_row(f"{low:g} to {high:g}", str(answers), f"{inside:.2f}")
    return table


def _calibration(found: Evaluation) -> Table:
    table = _table("Calibration of category scores", "mean score", "share right", "number")
    for score, right, number in found.calibration:
        table.add_row(f"{score:.2f}", f"{right:.2f}", str(number))
    return table


def _coverage(title: str, rows: Iterable[tuple[float, float, float]]) -> Table:
    table = _table(title, "answered", "least score", "share right")
    for share, score, right in rows:
        table.add_row(f"{share:.2f}", f"{score:.2f}", f"{right:.2f}")
    return table


def _speed(found: Evaluation) -> Table:
    table = _table("Speed", "what", "texts a second")
    table.add_row("the whole analysis, one core", f"{found.texts_per_second:,.0f}")
    return table
