"""`python -m benchmarks.categories [--data DIR] [--sentences DIR] [ROW ...]`: what categories reach on disaster messages.

Rows: all, kreyol, few, amend. Each learns from the train split as `answerable learn` does and scores the development split
as `answerable analyse --scores all` does. Thresholds are chosen as the asked figures are: one for micro F1, one a category
for macro F1, both on the last tenth of the train split in time order, which is not learned; beside them stand the figures
of the categories the product itself says. `--sentences` names the folder of a sentence model for all rows.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time

import numpy as np
from numpy.typing import NDArray

from benchmarks.understanding import Figure, Rows, read, show
from nlp.amending import amended
from nlp.knowledge import Category, Knowledge, Lesson
from nlp.learning import learn, masked_lessons
from nlp.pipeline import load
from nlp.store import Store
from nlp.training import decided_samples, learn_categories

GRID = np.arange(0.02, 0.95, 0.01)
LAST = 0.1
SEEDS = 3
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Scored:
    """Scores and truth of some texts, texts x categories, and what the product said."""

    scores: NDArray[np.float64]
    truth: Truth
    said: Truth

    def only(self, rows: NDArray[np.bool_]) -> Scored:
        return Scored(self.scores[rows], self.truth[rows], self.said[rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("rows", nargs="*", default=["all", "kreyol", "few", "amend"])
    parser.add_argument("--data", type=Path, default=os.environ.get("ANSWERABLE_DATA"))
    parser.add_argument("--sentences", default="")
    chosen = parser.parse_args()
    if not chosen.data:
        print("no data: name its folder with --data or ANSWERABLE_DATA")
        return
    train = read(Path(chosen.data) / "disaster_messages_train.jsonl.gz")
    test = read(Path(chosen.data) / "disaster_messages_dev.jsonl.gz")
    labels = tuple(Category(code) for code in sorted({label for row in train for label in row["labels"]}))
    knowledge = Knowledge("disaster", ("en",), "HT", labels, sentences=chosen.sentences)
    rows = {"all": measure_all, "kreyol": measure_kreyol, "few": measure_few, "amend": measure_amending}
    for name in chosen.rows:
        show(f"Categories: {name}", rows[name](knowledge, train, test))


def measure_all(knowledge: Knowledge, train: Rows, test: Rows) -> Iterator[Figure]:
    """Every message, and the texts people sent among them."""
    asked = (0.785, 0.58) if knowledge.sentences else (0.765, 0.57)
    learned, chooser = _part(train)
    started = process_time()
    validation, found = _scored(knowledge, learned, chooser, test, "text")
    yield Figure("minutes to learn and analyse", (process_time() - started) / 60, 1.5, at_least=False)
    yield from _figures("all", validation, found, *asked)
    direct = np.array([row["genre"] == "direct" for row in test])
    yield from _figures("direct", validation, found.only(direct), 0.795, 0.53)


def measure_kreyol(knowledge: Knowledge, train: Rows, test: Rows) -> Iterator[Figure]:
    """The originals of translated messages, learned in their own language."""
    learned, chooser = _part([row for row in train if row.get("original")])
    validation, found = _scored(knowledge, learned, chooser, [row for row in test if row.get("original")], "original")
    yield from _figures("Kreyòl originals", validation, found, 0.71, None)


def measure_few(knowledge: Knowledge, train: Rows, test: Rows) -> Iterator[Figure]:
    """Thirty random texts a label, the mean over seeds."""
    learned, chooser = _part(train)
    runs = []
    for seed in range(SEEDS):
        few = _few(learned, 30, seed)
        runs.append(list(_figures("30 a label", *_scored(knowledge, few, chooser, test, "text"), 0.68, 0.48)))
    for figures in zip(*runs, strict=True):
        yield replace(figures[0], reached=float(np.mean([figure.reached for figure in figures])))


def measure_amending(knowledge: Knowledge, train: Rows, test: Rows) -> Iterator[Figure]:
    """Three thousand texts trained, the next five hundred learned at once: beside before, and beside training on all."""
    lessons = masked_lessons(knowledge, [Lesson(row["text"], tuple(row["labels"])) for row in train[:3500]])
    codes = [category.code for category in knowledge.categories]
    after = masked_lessons(knowledge, [Lesson(row["text"], tuple(row["labels"])) for row in train[3500:5500]])
    base, whole = learn_categories(knowledge, lessons[:3000]), learn_categories(knowledge, lessons)
    assert base is not None and whole is not None
    started = process_time()
    corrected = amended(base, decided_samples(lessons[3000:], codes))
    seconds = process_time() - started
    truth = np.array([[code in (lesson.categories or ()) for code in codes] for lesson in after])
    words = [sample.words for sample in decided_samples(after, codes)]
    texts = [lesson.text for lesson in after]
    micro = [_micro(one.scores(words, texts) >= one.thresholds, truth) for one in (base, corrected, whole)]
    yield Figure("before: micro F1 of the 2,000 after them", micro[0], 0.0)
    yield Figure("learned at once: micro F1", micro[1], micro[0] - 0.005)
    yield Figure("trained on all: micro F1", micro[2], micro[0])
    yield Figure("seconds to learn 500 at once", seconds, 5, at_least=False)


def _part(rows: Rows) -> tuple[Rows, Rows]:
    """What is learned, and the last tenth of each genre in time order, to choose thresholds on."""
    learned: Rows = []
    chooser: Rows = []
    for genre in sorted({row["genre"] for row in rows}):
        own = [row for row in rows if row["genre"] == genre]
        cut = int(len(own) * (1 - LAST))
        learned += own[:cut]
        chooser += own[cut:]
    return learned, chooser


def _scored(knowledge: Knowledge, learned: Rows, chooser: Rows, test: Rows, field: str) -> tuple[Scored, Scored]:
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder)
        learn(knowledge, [Lesson(row[field], tuple(row["labels"])) for row in learned], models)
        version = Store(models, knowledge.programme).current()
        pipeline = load(knowledge, models)
        assert pipeline.version == version
        codes = [category.code for category in knowledge.categories]
        found = []
        for rows in (chooser, test):
            scores, said = (np.zeros((len(rows), len(codes))) for _ in range(2))
            for at, answer in enumerate(pipeline.analyse([row[field] for row in rows])):
                for finding in answer.scores:
                    scores[at, codes.index(finding.code)] = finding.score
                for finding in answer.categories:
                    said[at, codes.index(finding.code)] = 1
            truth = np.array([[code in row["labels"] for code in codes] for row in rows])
            found.append(Scored(scores, truth, said.astype(bool)))
        return found[0], found[1]


def _figures(name: str, validation: Scored, found: Scored, micro: float, macro: float | None) -> Iterator[Figure]:
    single = max(GRID, key=lambda limit: _micro(validation.scores >= limit, validation.truth))
    yield Figure(f"{name}: micro F1, one threshold ({single:.2f})", _micro(found.scores >= single, found.truth), micro)
    yield Figure(f"{name}: micro F1, as said", _micro(found.said, found.truth), micro)
    if macro is not None:
        each = np.array([_best(validation, column) for column in range(found.truth.shape[1])])
        yield Figure(f"{name}: macro F1, a threshold a category", _macro(found.scores >= each, found.truth), macro)
        yield Figure(f"{name}: macro F1, as said", _macro(found.said, found.truth), macro)


def _best(scored: Scored, column: int) -> float:
    own = scored.truth[:, [column]]
    return float(max(GRID, key=lambda limit: _micro(scored.scores[:, [column]] >= limit, own)))


def _micro(said: Truth, truth: Truth) -> float:
    return float(2 * (said & truth).sum() / max(said.sum() + truth.sum(), 1))


def _macro(said: Truth, truth: Truth) -> float:
    every = 2 * (said & truth).sum(axis=0) / np.maximum(said.sum(axis=0) + truth.sum(axis=0), 1)
    return float(every[truth.any(axis=0)].mean())


def _few(rows: Rows, each: int, seed: int) -> Rows:
    """So many random texts of each label, the same for the same seed."""
    random = np.random.default_rng(seed)
    chosen: set[int] = set()
    for label in sorted({label for row in rows for label in row["labels"]}):
        with_label = [at for at in random.permutation(len(rows)).tolist() if label in rows[at]["labels"]]
        chosen.update(with_label[:each])
    return [rows[at] for at in sorted(chosen)]


if __name__ == "__main__":
    main()
