"""`python -m benchmarks.categories [--data DIR] [--sentences DIR] [ROW ...]`: what categories reach on disaster messages.

Rows: all, kreyol, few, amend. Each learns from the train split as `answerable learn` does and scores the development split
as `answerable analyse --scores all` does. Thresholds are chosen as the asked figures are: one for micro F1, one a category
for macro F1, both on the last tenth of the train split in time order, which is not learned; beside them stand the figures
of the categories the product itself says. Beside each stands what a plain recipe (`benchmarks/plain.py`) reaches on the same
texts with thresholds chosen the same way, and the gain asked over it. `--sentences` names the folder of a sentence model for
all rows.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time

import numpy as np
from numpy.typing import NDArray

from benchmarks.plain import plain_scores
from benchmarks.understanding import Figure, Rows, read, show
from nlp.amending import amended
from nlp.analysis import Analysis
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
class Asked:
    """The figures to reach, and how far to be ahead of the plain recipe; macro F1 is None where it is not asked."""

    micro: float
    micro_ahead: float
    macro: float | None = None
    macro_ahead: float | None = None


ALL, DIRECT = Asked(0.765, 0.013, 0.57, 0.011), Asked(0.795, 0.011, 0.53, 0.018)
KREYOL, FEW = Asked(0.71, 0.01), Asked(0.68, 0.02, 0.48, 0.02)
WITH_SENTENCES = Asked(0.785, 0.011, 0.58, 0.018)


@dataclass(frozen=True)
class Scored:
    """Scores and truth of some texts, texts x categories, what the product said, and the scores of the plain recipe."""

    scores: NDArray[np.float64]
    truth: Truth
    said: Truth
    plain: NDArray[np.float64]

    def only(self, rows: NDArray[np.bool_]) -> Scored:
        return Scored(self.scores[rows], self.truth[rows], self.said[rows], self.plain[rows])


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
    validation, found, seconds = _scored(knowledge, *_part(train), test, "text")
    yield Figure("minutes to learn and analyse", seconds / 60, 1.5, at_least=False)
    yield from _figures("all", validation, found, WITH_SENTENCES if knowledge.sentences else ALL)
    direct = np.array([row["genre"] == "direct" for row in test])
    yield from _figures("direct", validation, found.only(direct), DIRECT)


def measure_kreyol(knowledge: Knowledge, train: Rows, test: Rows) -> Iterator[Figure]:
    """The originals of translated messages, learned in their own language."""
    learned, chooser = _part([row for row in train if row.get("original")])
    originals = [row for row in test if row.get("original")]
    validation, found, _ = _scored(knowledge, learned, chooser, originals, "original")
    yield from _figures("Kreyòl originals", validation, found, KREYOL)


def measure_few(knowledge: Knowledge, train: Rows, test: Rows) -> Iterator[Figure]:
    """Thirty random texts a label, the mean over seeds."""
    learned, chooser = _part(train)
    runs = []
    for seed in range(SEEDS):
        validation, found, _ = _scored(knowledge, _few(learned, 30, seed), chooser, test, "text")
        runs.append(list(_figures("30 a label", validation, found, FEW)))
    for figures in zip(*runs, strict=True):
        reached, plain = (float(np.mean([getattr(one, name) for one in figures])) for name in ("reached", "plain"))
        yield replace(figures[0], reached=reached, plain=plain)


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


def _scored(knowledge: Knowledge, learned: Rows, chooser: Rows, test: Rows, field: str) -> tuple[Scored, Scored, float]:
    """What is said of the texts to choose on and of those to test; processor seconds that it took."""
    codes = [category.code for category in knowledge.categories]
    started = process_time()
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder)
        learn(knowledge, [Lesson(row[field], tuple(row["labels"])) for row in learned], models)
        version = Store(models, knowledge.programme).current()
        pipeline = load(knowledge, models)
        assert pipeline.version == version
        analyses = [pipeline.analyse([row[field] for row in rows]) for rows in (chooser, test)]
    seconds = process_time() - started
    texts = [[row[field] for row in rows] for rows in (learned, chooser, test)]
    plain = plain_scores(texts[0], _truth(learned, codes), texts[1:], knowledge.sentences)
    validation, found = (
        _compared(answers, plainly, _truth(rows, codes), codes)
        for answers, plainly, rows in zip(analyses, plain, (chooser, test), strict=True)
    )
    return validation, found, seconds


def _compared(answers: Sequence[Analysis], plain: NDArray[np.float64], truth: Truth, codes: Sequence[str]) -> Scored:
    scores, said = np.zeros(truth.shape), np.zeros(truth.shape, dtype=bool)
    for at, answer in enumerate(answers):
        for finding in answer.scores:
            scores[at, codes.index(finding.code)] = finding.score
        for finding in answer.categories:
            said[at, codes.index(finding.code)] = True
    return Scored(scores, truth, said, plain)


def _truth(rows: Rows, codes: Sequence[str]) -> Truth:
    return np.array([[code in row["labels"] for code in codes] for row in rows])


def _figures(name: str, validation: Scored, found: Scored, asked: Asked) -> Iterator[Figure]:
    single, plainly = (_single(scores, validation.truth) for scores in (validation.scores, validation.plain))
    plain = _micro(found.plain >= plainly, found.truth)
    one = Figure("", _micro(found.scores >= single, found.truth), asked.micro, plain=plain, ahead=asked.micro_ahead)
    yield replace(one, task=f"{name}: micro F1, one threshold ({single:.2f})")
    yield replace(one, task=f"{name}: micro F1, as said", reached=_micro(found.said, found.truth))
    if asked.macro is not None:
        each, plainly_each = (_each(scores, validation.truth) for scores in (validation.scores, validation.plain))
        plain = _macro(found.plain >= plainly_each, found.truth)
        one = Figure("", _macro(found.scores >= each, found.truth), asked.macro, plain=plain, ahead=asked.macro_ahead)
        yield replace(one, task=f"{name}: macro F1, a threshold a category")
        yield replace(one, task=f"{name}: macro F1, as said", reached=_macro(found.said, found.truth))


def _single(scores: NDArray[np.float64], truth: Truth) -> float:
    return float(max(GRID, key=lambda limit: _micro(scores >= limit, truth)))


def _each(scores: NDArray[np.float64], truth: Truth) -> NDArray[np.float64]:
    return np.array([_single(scores[:, [column]], truth[:, [column]]) for column in range(truth.shape[1])])


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
