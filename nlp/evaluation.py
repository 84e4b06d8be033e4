"""How well a programme's pipeline understands gold texts, beside what simple answers would reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from nlp.analysis import Analysis
from nlp.figures import Counts, calibration, count, coverage, macro_f1, micro_f1
from nlp.geo import between_km
from nlp.knowledge import KINDS, SENSITIVE_KINDS, Knowledge
from nlp.pipeline import load
from nlp.store import Store

WITHIN_KM = (1, 5, 25)
YES = 0.5

Point = tuple[float, float]


@dataclass(frozen=True)
class Gold:
    """A text with the answers a person gave. None means nobody said; `place_known` tells "names no place" from that."""

    text: str
    language: str | None = None
    categories: frozenset[str] | None = None
    kind: str | None = None
    urgent: bool | None = None
    sensitive: frozenset[str] | None = None
    place: Point | None = None
    place_known: bool = False
    personal: frozenset[str] | None = None
    """What must be masked, as it stands in the text."""


@dataclass(frozen=True)
class PlaceFigures:
    """Shares of the texts that name a place: answered, and right within 1, 5 and 25 km (unanswered counts as wrong).
    `false` is the share of the texts that name none which got a location; `inside` of those answered lie in the radius."""

    texts: int
    answered: float
    within: dict[int, float]
    inside: float
    false: float


@dataclass(frozen=True)
class Evaluation:
    """The figures. Those of "majority" and "most frequent place" are what always giving the commonest answer reaches."""

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


def read_gold(lines: Iterable[Mapping[str, Any]]) -> list[Gold]:
    """Gold lines `{"text", "language", "categories", "kind", "urgent", "sensitive", "place": {"lat", "lon"} | null,
    "personal": [what must be masked]}`, all but the text optional. ValueError names the line and what is wrong with it."""
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(_as_gold(line))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {number}: {type(error).__name__}: {error}") from error
    return found


def _as_gold(line: Mapping[str, Any]) -> Gold:
    place = line.get("place")
    return Gold(
        text=str(line["text"]),
        language=line.get("language"),
        categories=None if line.get("categories") is None else frozenset(line["categories"]),
        kind=line.get("kind"),
        urgent=line.get("urgent"),
        sensitive=None if line.get("sensitive") is None else frozenset(line["sensitive"]),
        place=None if place is None else (float(place["lat"]), float(place["lon"])),
        place_known="place" in line,
        personal=None if line.get("personal") is None else frozenset(line["personal"]),
    )


def evaluate(knowledge: Knowledge, models: Path, gold_lines: Iterable[Mapping[str, Any]]) -> Evaluation:
    """Analyse the gold texts with the programme's current model and compare. ValueError without gold texts."""
    gold = read_gold(gold_lines)
    if not gold:
        raise ValueError("no gold texts")
    pipeline = load(knowledge, models)
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
        baselines=_baselines(knowledge, models, gold),
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
        places=_places(pairs),
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


def _kilometres(one: Point, other: Point) -> float:
    return between_km(*one, *other)


def _places(pairs: Sequence[tuple[Gold, Analysis]]) -> PlaceFigures | None:
    named = [(one.place, answer.location) for one, answer in pairs if one.place is not None]
    unnamed = [answer.location for one, answer in pairs if one.place_known and one.place is None]
    if not named:
        return None
    away = [(_kilometres(true, (at.lat, at.lon)), at.radius_km) for true, at in named if at is not None]
    return PlaceFigures(
        texts=len(named),
        answered=len(away) / len(named),
        within={limit: sum(km <= limit for km, _ in away) / len(named) for limit in WITHIN_KM},
        inside=_share(km <= radius for km, radius in away),
        false=_share(location is not None for location in unnamed),
    )


def _baselines(knowledge: Knowledge, models: Path, gold: Sequence[Gold]) -> dict[str, float]:
    """What always giving one answer reaches: the most frequent set of categories, kind and place of what was learned from
    (the lessons kept with the models), or of the gold itself where there are none."""
    lessons = Store(models, knowledge.programme).lessons()
    sets = [frozenset(lesson.categories) for lesson in lessons if lesson.categories is not None]
    sets = sets or [one.categories for one in gold if one.categories is not None]
    points = [lesson.place[1:] for lesson in lessons if lesson.place is not None] or [
        one.place for one in gold if one.place
    ]
    found: dict[str, float] = {}
    labelled = [one.categories for one in gold if one.categories is not None]
    if labelled:
        single = Counter(code for one in sets for code in one).most_common(1)
        always = [{code for code, _ in single}] * len(labelled)
        counts = count([category.code for category in knowledge.categories], always, labelled)
        found |= {"majority category, micro F1": micro_f1(counts), "majority category, macro F1": macro_f1(counts)}
    kinds = Counter(one.kind for one in gold if one.kind is not None)
    if kinds:
        found["majority kind"] = kinds.most_common(1)[0][1] / kinds.total()
    named = [one.place for one in gold if one.place is not None]
    if named:
        place = Counter(points).most_common(1)[0][0]
        for limit in WITHIN_KM:
            found[f"most frequent place, within {limit} km"] = _share(_kilometres(place, one) <= limit for one in named)
    return found
