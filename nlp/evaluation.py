"""How well a programme's pipeline understands gold texts, beside what simple answers would reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from nlp.analysis import Analysis
from nlp.baselines import baselines
from nlp.figures import Counts, calibration, count, coverage, macro_f1, micro_f1
from nlp.fitting import Progress
from nlp.gazetteer import open_gazetteer
from nlp.gold import Gold, as_lesson, is_sensitive, read_gold
from nlp.knowledge import KINDS, SENSITIVE_KINDS, Knowledge, Lesson
from nlp.learning import latest, masked_lessons
from nlp.pipeline import Pipeline, load
from nlp.placefigures import PlaceFigures, measure_places
from nlp.store import Store
from nlp.training import silent, train

YES = 0.5
UNTAUGHT = "the programme's files alone"


@dataclass(frozen=True)
class Evaluation:
    """The figures. `baselines` are what simpler answers reach on the same texts."""

    version: str
    texts: int
    texts_per_second: float
    baselines: dict[str, float]
    micro_f1: float
    macro_f1: float
    categories: dict[str, Counts]
    by_language: dict[str, tuple[int, float, float]]
    """Texts, micro F1, macro F1 of categories."""
    abstained: float
    """Share of texts given no category."""
    calibration: tuple[tuple[float, float, int], ...]
    """Mean score, share right, number: over every category's score of every text."""
    coverage: tuple[tuple[float, float, float], ...]
    """Share of texts answered, least score, share right: of each text's likeliest category, the surest texts first."""
    language: dict[str, tuple[int, float]]
    """Texts and accuracy by language."""
    kind: dict[str, Counts]
    kind_accuracy: float
    urgent: Counts
    sensitive: Counts
    """Whether any kind was rightly found."""
    sensitive_kinds: dict[str, Counts]
    personal: Counts | None
    """Pieces of personal data masked, masks on what is none, pieces missed; None where gold does not say."""
    places: PlaceFigures | None


def evaluate(knowledge: Knowledge, models: Path, gold_lines: Iterable[Mapping[str, Any]]) -> Evaluation:
    """Analyse the gold texts with the programme's current model and compare. ValueError without gold texts."""
    gold = read_gold(gold_lines)
    if not gold:
        raise ValueError("no gold texts")
    store = Store(models, knowledge.programme)
    simple = baselines(knowledge, open_gazetteer(knowledge, store.gazetteers), store.lessons(), gold)
    return _measure(knowledge, load(knowledge, models), gold, simple)


def evaluate_later(
    knowledge: Knowledge,
    models: Path,
    earlier: Iterable[Mapping[str, Any]],
    later: Iterable[Mapping[str, Any]],
    progress: Progress = silent,
) -> Evaluation:
    """Learn the earlier lines alone and compare on the later: what a programme that decides so can expect.

    Nothing is stored, and what was learned before is not used. Among the baselines is the same without the earlier lines.
    """
    gold = read_gold(later)
    lessons = latest(masked_lessons(knowledge, [as_lesson(line) for line in earlier if not is_sensitive(line)]))
    store = Store(models, knowledge.programme)
    gazetteer = open_gazetteer(knowledge, store.gazetteers)

    def taught(known: Sequence[Lesson]) -> Pipeline:
        return Pipeline(knowledge, train(knowledge, known, store, gazetteer, progress), gazetteer, store)

    simple = baselines(knowledge, gazetteer, lessons, gold)
    before = _measure(knowledge, taught(()), gold, {})
    if before.coverage:
        simple |= {f"{UNTAUGHT}, micro F1": before.micro_f1, f"{UNTAUGHT}, macro F1": before.macro_f1}
    if before.places is not None:
        simple |= {f"{UNTAUGHT}, within {limit} km": share for limit, share in before.places.within.items()}
    return _measure(knowledge, taught(lessons), gold, simple)


def _measure(knowledge: Knowledge, pipeline: Pipeline, gold: Sequence[Gold], simple: dict[str, float]) -> Evaluation:
    started = perf_counter()
    answers = pipeline.analyse([one.text for one in gold])
    seconds = perf_counter() - started
    pairs = list(zip(gold, answers, strict=True))
    labelled = [(one, answer) for one, answer in pairs if one.categories is not None]
    codes = [category.code for category in knowledge.categories]
    counts = _categories(codes, labelled)
    kinds = [(one.kind, answer.kind) for one, answer in pairs if one.kind is not None]
    return Evaluation(
        version=pipeline.version,
        texts=len(gold),
        texts_per_second=len(gold) / seconds,
        baselines=simple,
        micro_f1=micro_f1(counts),
        macro_f1=macro_f1(counts),
        categories=counts,
        by_language=_by_language(codes, labelled),
        abstained=_share(not answer.categories for _, answer in labelled),
        calibration=calibration(
            (finding.score, finding.code in (one.categories or ()))
            for one, answer in labelled
            for finding in answer.scores
        ),
        coverage=coverage(
            (answer.scores[0].score, answer.scores[0].code in (one.categories or ()))
            for one, answer in labelled
            if answer.scores
        ),
        language=_languages(pairs),
        kind=count(KINDS, [{said} for _, said in kinds], [{true} for true, _ in kinds]),
        kind_accuracy=_share(said == true for true, said in kinds),
        urgent=_yes_or_no((answer.urgent.score >= YES, one.urgent) for one, answer in pairs if one.urgent is not None),
        sensitive=_yes_or_no(
            (bool(answer.sensitive), bool(one.sensitive)) for one, answer in pairs if one.sensitive is not None
        ),
        sensitive_kinds=_sensitive_kinds(pairs),
        personal=_personal(pairs),
        places=measure_places([(one, answer.location) for one, answer in pairs]),
    )


def _categories(codes: Sequence[str], pairs: Sequence[tuple[Gold, Analysis]]) -> dict[str, Counts]:
    said = [{finding.code for finding in answer.categories} for _, answer in pairs]
    return count(codes, said, [one.categories or frozenset() for one, _ in pairs])


def _by_language(codes: Sequence[str], pairs: Sequence[tuple[Gold, Analysis]]) -> dict[str, tuple[int, float, float]]:
    found = {}
    for language in sorted({one.language for one, _ in pairs if one.language is not None}):
        own = [pair for pair in pairs if pair[0].language == language]
        counts = _categories(codes, own)
        found[language] = (len(own), micro_f1(counts), macro_f1(counts))
    return found


def _languages(pairs: Sequence[tuple[Gold, Analysis]]) -> dict[str, tuple[int, float]]:
    found: dict[str, list[bool]] = {}
    for one, answer in pairs:
        if one.language is not None:
            found.setdefault(one.language, []).append(answer.language.code == one.language)
    return {language: (len(right), _share(right)) for language, right in sorted(found.items())}


def _sensitive_kinds(pairs: Sequence[tuple[Gold, Analysis]]) -> dict[str, Counts]:
    known = [(one, answer) for one, answer in pairs if one.sensitive is not None]
    said = [{finding.kind for finding in answer.sensitive} for _, answer in known]
    return count(SENSITIVE_KINDS, said, [one.sensitive or frozenset() for one, _ in known])


def _personal(pairs: Sequence[tuple[Gold, Analysis]]) -> Counts | None:
    """A piece counts as masked when all of it is. Titles before names may be masked or not."""
    known = [(one, answer) for one, answer in pairs if one.personal is not None]
    if not known:
        return None
    right = wrong = missed = 0
    for one, answer in known:
        masked = [one.text[span.start : span.end] for span in answer.spans]
        hidden = sum(any(piece in mask for mask in masked) for piece in one.personal or ())
        right, missed = right + hidden, missed + len(one.personal or ()) - hidden
        wrong += sum(not any(piece in mask or mask in piece for piece in one.personal or ()) for mask in masked)
    return Counts(right, wrong, missed)


def _yes_or_no(answers: Iterable[tuple[bool, bool]]) -> Counts:
    tally = Counter(answers)
    return Counts(tally[True, True], tally[True, False], tally[False, True])


def _share(values: Iterable[bool]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0
