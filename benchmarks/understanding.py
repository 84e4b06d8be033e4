"""`python -m benchmarks.understanding [--data DIR]`: what the understanding of texts reaches, each figure beside its target.

The rows are those of the figures to reach that development data can measure; categories have a benchmark of their own. The
data (disaster messages, Haiti reports, languages) is not part of the product: its folder is given by `--data` or
ANSWERABLE_DATA. Without it only the speed on the shipped programmes is measured, and what is heard of our own accounts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from nlp.detecting import account_texts, learn_detector, ordinary_texts
from nlp.evaluation import evaluate
from nlp.gazetteer import open_gazetteer
from nlp.knowledge import Knowledge, Lesson
from nlp.languages import Identifier
from nlp.learning import learn
from nlp.lexicon import read_data
from nlp.pipeline import BATCH, Pipeline, load
from nlp.store import Store
from nlp.training import train
from service.programme import load as load_programme

ROOT = Path(__file__).parents[1]
PROGRAMMES = ("nairobi", "bihar")
PARTS = 5
"""Into how many parts our own accounts are cut, each held back once."""

Rows = list[dict[str, Any]]
WIDTH = 120
"""Characters, so that a table is the same in a file as on a screen."""


@dataclass(frozen=True)
class Figure:
    """One row. `at_least` False: the target is a ceiling. `plain` is what a plain recipe reaches on the same texts, and `ahead`
    by how much we are to be ahead of it; None where there is none."""

    task: str
    reached: float
    target: float
    at_least: bool = True
    plain: float | None = None
    ahead: float | None = None

    @property
    def met(self) -> bool:
        return self.reached >= self.target if self.at_least else self.reached <= self.target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("ANSWERABLE_DATA"), help="folder of the development data"
    )
    folder: Path | None = parser.parse_args().data
    show("Understanding: development figures", _measure(Path(folder) if folder else None))


def show(title: str, figures: Iterable[Figure]) -> None:
    """The figures as a table, each beside its target; where any has a plain recipe, beside that, too."""
    rows = list(figures)
    compared = any(figure.plain is not None for figure in rows)
    table = Table(title=title)
    for column in ("task", "reached", "target", "", *(("plain", "gain", "asked", "") if compared else ())):
        table.add_column(column, justify="left" if column == "task" else "right")
    for figure in rows:
        sign = "≥" if figure.at_least else "≤"
        against = _against_plain(figure) if compared else ()
        table.add_row(
            figure.task, f"{figure.reached:,.3f}", f"{sign} {figure.target:g}", _verdict(met=figure.met), *against
        )
    Console(width=WIDTH).print(table)


def _against_plain(figure: Figure) -> tuple[str, ...]:
    if figure.plain is None or figure.ahead is None:
        return ()
    gain = figure.reached - figure.plain
    return f"{figure.plain:,.3f}", f"{gain:+.3f}", f"≥ {figure.ahead:+.3f}", _verdict(met=gain >= figure.ahead)


def _verdict(*, met: bool) -> str:
    return "met" if met else "short"


def _measure(folder: Path | None) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as models:
        if folder is not None:  # first, as it measures speed too: a process that did much else is slower
            yield from measure_alarms(read(folder / "disaster_messages_dev.jsonl.gz"), Path(models))
        yield from measure_speed(Path(models))
        yield from measure_told(Path(models))
        yield from measure_blind(Path(models))
        if folder is not None:
            yield from measure_languages(read(folder / "languages_dev.jsonl.gz"))
            yield from measure_places(read(folder / "haiti_reports_first60.jsonl.gz"), Path(models))


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


def measure_told(models: Path) -> Iterator[Figure]:
    """Accounts and ordinary texts of `nlp/data/told.yaml` by language, each part analysed by what learned from the rest."""
    told = read_data("told.yaml")
    for kind, spoken in told["accounts"].items():
        for code, accounts in spoken.items():
            flagged = _flagged_unseen(kind, code, (accounts, told["ordinary"][code]), models)
            yield Figure(f"{kind}: own accounts in {code} held back, flagged", _mean(flagged[0]), 0.9)
            yield Figure(f"{kind}: ordinary texts in {code}, flagged", _mean(flagged[1]), 0.2, at_least=False)


def _flagged_unseen(
    kind: str, code: str, sides: tuple[Sequence[str], ...], models: Path
) -> tuple[list[bool], list[bool]]:
    """Whether each of these accounts, and of these ordinary texts, is flagged where a programme in that language has learned
    from all others. In the order of the parts."""
    knowledge = Knowledge(programme=f"told-{code}", languages=(code,))
    store = Store(models, knowledge.programme)
    gazetteer = open_gazetteer(knowledge, store.gazetteers)
    model = train(knowledge, (), store, gazetteer)
    known = (account_texts(kind, knowledge), ordinary_texts(knowledge))
    flagged: tuple[list[bool], list[bool]] = ([], [])
    for part in range(PARTS):
        held = [frozenset(side[part::PARTS]) for side in sides]
        rest = [tuple(text for text in side if text not in out) for side, out in zip(known, held, strict=True)]
        learned = learn_detector(kind, rest[0], rest[1], knowledge.languages)
        pipeline = Pipeline(knowledge, replace(model, detectors=(learned,)), gazetteer, store)
        for side, found in zip(sides, flagged, strict=True):
            found += [bool(answer.sensitive) for answer in pipeline.analyse(side[part::PARTS])]
    return flagged


def measure_blind(models: Path) -> Iterator[Figure]:
    """Accounts and ordinary texts whose writer knew nothing of rules or detectors, with the programme they are for and without
    any."""
    for name, knowledge in (("nairobi", _nairobi()), ("no programme", Knowledge(programme="blind", languages=("en",)))):
        pipeline = load(knowledge, models)
        for file in ("told.jsonl", "mapped.jsonl"):
            told = _lines(ROOT / "benchmarks" / "gold" / file)
            answers = pipeline.analyse([one["text"] for one in told])
            for what, wanted, target in (("accounts", True, 0.9), ("ordinary texts", False, 0.2)):
                sides = zip(told, answers, strict=True)
                flagged = [bool(answer.sensitive) for one, answer in sides if bool(one["sensitive"]) is wanted]
                yield Figure(f"{file}, {name}: {what} flagged", _mean(flagged), target, at_least=wanted)


def _nairobi() -> Knowledge:
    return load_programme(ROOT / "programmes" / "nairobi", for_analysis=True).knowledge


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
    """Ordinary disaster texts flagged as sensitive, without a programme and by one that they are foreign to. As none of them was
    read before, their speed is that of texts whose words are not remembered yet."""
    for by, knowledge in (("", Knowledge(programme="alarms", languages=("en",))), (" by nairobi", _nairobi())):
        load(knowledge, models)  # trained; below it is read from disk, as a worker does
        pipeline, texts = load(knowledge, models), [row["text"] for row in rows]
        started = perf_counter()
        answers = [answer for at in range(0, len(texts), BATCH) for answer in pipeline.analyse(texts[at : at + BATCH])]
        yield Figure(f"disaster texts a second, each new{by}", len(texts) / (perf_counter() - started), 1000)
        flagged = _mean([bool(answer.sensitive) for answer in answers])
        yield Figure(f"sensitive: ordinary disaster texts flagged{by}", flagged, 0.05, at_least=False)


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


def read(path: Path) -> Rows:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


if __name__ == "__main__":
    main()
