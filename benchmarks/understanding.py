"""`python -m benchmarks.understanding [--data DIR]`: what the understanding of texts reaches, each figure beside its target.

The rows are those of the figures to reach that development data can measure. The data (disaster messages, Haiti reports,
languages; see docs on evaluation) is not part of the product: its folder is given by `--data` or ANSWERABLE_DATA. Without
it only the speed on the shipped programmes is measured.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from nlp.evaluation import evaluate
from nlp.features import split
from nlp.figures import count, macro_f1, micro_f1
from nlp.knowledge import Category, Knowledge, Lesson
from nlp.languages import Identifier
from nlp.learning import learn
from nlp.pipeline import load
from nlp.training import learn_categories
from service.programme import load as load_programme

ROOT = Path(__file__).parents[1]
PROGRAMMES = ("nairobi", "bihar")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Figure:
    """One row. `at_least` False: the target is a ceiling."""

    task: str
    reached: float
    target: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        return self.reached >= self.target if self.at_least else self.reached <= self.target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("ANSWERABLE_DATA"), help="folder of the development data"
    )
    folder: Path | None = parser.parse_args().data
    table = Table(title="Understanding: development figures")
    for column in ("task", "reached", "target", ""):
        table.add_column(column, justify="left" if column == "task" else "right")
    for figure in _measure(Path(folder) if folder else None):
        sign = "≥" if figure.at_least else "≤"
        table.add_row(
            figure.task, f"{figure.reached:,.3f}", f"{sign} {figure.target:g}", "met" if figure.met else "short"
        )
    Console().print(table)


def _measure(folder: Path | None) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as models:
        yield from measure_speed(Path(models))
        if folder is not None:
            yield from measure_categories(folder)
            yield from measure_languages(_read(folder / "languages_dev.jsonl.gz"))
            yield from measure_alarms(_read(folder / "disaster_messages_dev.jsonl.gz"), Path(models))
            yield from measure_places(_read(folder / "haiti_reports_first60.jsonl.gz"), Path(models))


def measure_speed(models: Path) -> Iterator[Figure]:
    """Texts a second in batches of 64, milliseconds for one text alone, seconds to load, on the shipped programmes."""
    for name in PROGRAMMES:
        knowledge = load_programme(ROOT / "programmes" / name, for_analysis=True).knowledge
        load(knowledge, models)
        started = perf_counter()
        pipeline = load(knowledge, models)
        yield Figure(f"{name}: seconds to load", perf_counter() - started, 2, at_least=False)
        texts = [row["text"] for row in _lines(ROOT / "benchmarks" / "gold" / f"{name}.jsonl")]
        pipeline.analyse(texts)
        started = perf_counter()
        for _ in range(5):
            pipeline.analyse(texts)
        yield Figure(f"{name}: texts a second, batches of 64", 5 * len(texts) / (perf_counter() - started), 1000)
        started = perf_counter()
        for text in texts[:200]:
            pipeline.analyse([text])
        yield Figure(
            f"{name}: milliseconds, one text alone", (perf_counter() - started) / 200 * 1000, 5, at_least=False
        )


def measure_categories(folder: Path) -> Iterator[Figure]:
    """Disaster messages: trained on the train split, measured on the development split, thresholds chosen in training."""
    train = _read(folder / "disaster_messages_train.jsonl.gz")
    test = _read(folder / "disaster_messages_dev.jsonl.gz")
    direct = [row for row in test if row["genre"] == "direct"]
    originals = [row for row in train if row.get("original")]
    yield from _categories("all", train, {"all": (test, 0.765, 0.57), "direct": (direct, 0.795, 0.53)}, "text")
    kreyol = [row for row in test if row.get("original")]
    yield from _categories("Kreyòl", originals, {"Kreyòl originals": (kreyol, 0.71, None)}, "original")
    yield from _categories("few", _few(train, 30), {"30 a label": (test, 0.68, 0.48)}, "text")


def _categories(
    name: str, train: Rows, tests: dict[str, tuple[Rows, float, float | None]], field: str
) -> Iterator[Figure]:
    labels = sorted({label for row in train for label in row["labels"]})
    knowledge = Knowledge(programme=name, categories=tuple(Category(label) for label in labels))
    started = process_time()
    classifier = learn_categories(knowledge, [Lesson(row[field], tuple(row["labels"])) for row in train])
    assert classifier is not None
    minutes = (process_time() - started) / 60
    yield Figure(f"categories, {name}: minutes to learn {len(train):,} texts", minutes, 1.5, at_least=False)
    for test, (rows, micro, macro) in tests.items():
        scores = classifier.scores([split(row[field]) for row in rows])
        true = [set(row["labels"]) & set(labels) for row in rows]

        def said(thresholds: Any, scores: Any = scores) -> list[set[str]]:
            return [{labels[column] for column in np.flatnonzero(row)} for row in scores >= thresholds]

        own = count(labels, said(classifier.thresholds), true)
        single = max(micro_f1(count(labels, said(limit), true)) for limit in np.arange(0.2, 0.7, 0.02))
        yield Figure(f"categories, {test}: micro F1, own thresholds", micro_f1(own), micro)
        yield Figure(f"categories, {test}: micro F1, the best single threshold", single, micro)
        if macro is not None:
            yield Figure(f"categories, {test}: macro F1, own thresholds", macro_f1(own), macro)


def _few(rows: Rows, each: int) -> Rows:
    """So many random texts of each label, always the same."""
    random = np.random.default_rng(0)
    chosen: set[int] = set()
    for label in sorted({label for row in rows for label in row["labels"]}):
        with_label = [at for at in random.permutation(len(rows)).tolist() if label in rows[at]["labels"]]
        chosen.update(with_label[:each])
    return [rows[at] for at in sorted(chosen)]


def measure_languages(rows: Rows) -> Iterator[Figure]:
    """Mean accuracy over languages, without a programme."""
    identifier = Identifier()
    right: dict[str, list[bool]] = {}
    for row in rows:
        right.setdefault(row["language"], []).append(identifier.identify(row["text"])[0] == row["language"])
    yield Figure(
        f"language, {len(right)} languages: macro accuracy", _mean([_mean(found) for found in right.values()]), 0.75
    )


def measure_alarms(rows: Rows, models: Path) -> Iterator[Figure]:
    """Ordinary disaster texts flagged as sensitive."""
    answers = load(Knowledge(programme="alarms", languages=("en",)), models).analyse([row["text"] for row in rows])
    flagged = _mean([bool(answer.sensitive) for answer in answers])
    yield Figure("sensitive: ordinary disaster texts flagged", flagged, 0.05, at_least=False)


def measure_places(rows: Rows, models: Path) -> Iterator[Figure]:
    """Haiti reports in time order: cold with the country's gazetteer; then the later 40 % after learning the first 60 %."""
    rows = [row for row in rows if not row["default_point"]]
    gold = [{"text": row["text"], "place": row["place"]} for row in rows]
    cold = evaluate(Knowledge(programme="haiti-cold", country="HT"), models, gold).places
    assert cold is not None
    yield Figure("places, cold: within 5 km", cold.within[5], 0.55)
    cut = len(rows) * 6 // 10
    lessons = [
        Lesson(row["text"], place=(row["place"]["name"], row["place"]["lat"], row["place"]["lon"]), place_known=True)
        for row in rows[:cut]
    ]
    knowledge = Knowledge(programme="haiti", country="HT")
    learn(knowledge, lessons, models)
    warm = evaluate(knowledge, models, gold[cut:]).places
    assert warm is not None
    for limit, target in ((1, 0.42), (5, 0.74), (25, 0.90)):
        yield Figure(f"places, later 40 %: within {limit} km", warm.within[limit], target)
    yield Figure("places, later 40 %: truth within the radius", warm.inside, 0.75)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _lines(path: Path) -> Rows:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _read(path: Path) -> Rows:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main()
