"""Evaluation: figures over made-up gold, and floors under the shipped programmes' figures that only rise."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from nlp.evaluation import YES, evaluate, evaluate_later
from nlp.figures import Counts, calibration, count, coverage, macro_f1, micro_f1
from nlp.fold import words
from nlp.gold import LEAST, read_gold, split_in_time
from nlp.knowledge import Knowledge
from service.cli.tables import evaluation_tables
from service.programme import load as load_programme
from tests.nlp.conftest import Open
from tests.nlp.village import VILLAGE

ROOT = Path(__file__).parents[2]
GOLD_TEXTS = ROOT / "benchmarks" / "gold"
FLOORS = tomllib.loads((ROOT / "benchmarks" / "floors.toml").read_text(encoding="utf-8"))

PROGRAMMES = ("bihar", "nairobi")
GREETING = 3
"""Words up to which two people may well write the same."""

GOLD: list[dict[str, Any]] = [
    {"text": "no water in the tap", "language": "en", "categories": ["water"], "kind": "complaint",
     "urgent": False, "sensitive": []},
    {"text": "hakuna stima", "language": "sw", "categories": ["electricity"], "kind": "complaint",
     "urgent": False, "sensitive": []},
    {"text": "a man groped me", "language": "en", "categories": [], "sensitive": ["gender_based_violence"], "place": None},
    {"text": "no water at all", "categories": ["water"], "place": {"name": "x", "lat": -1.2, "lon": 36.8}},
]  # fmt: skip


def test_figures_of_sets() -> None:
    counts = count("ab", [{"a"}, {"a", "b"}, set()], [{"a"}, {"b"}, {"b"}])
    assert counts == {"a": Counts(1, 1, 0), "b": Counts(1, 0, 1)}
    assert counts["a"].precision == 0.5 and counts["a"].recall == 1.0
    assert micro_f1(counts) == pytest.approx(2 / 3)
    assert macro_f1(counts) == pytest.approx(2 / 3)
    assert Counts().f1 == Counts().precision == Counts().recall == 0.0
    surest = coverage([(0.9, True), (0.2, False), (0.8, True), (0.5, False)], steps=4)
    assert surest == ((0.25, 0.9, 1.0), (0.5, 0.8, 1.0), (0.75, 0.5, 2 / 3), (1.0, 0.2, 0.5))
    assert coverage([(0.7, True)]) == ((1.0, 0.7, 1.0),) and coverage([]) == ()
    assert calibration([(0.95, True), (1.0, False), (0.05, False)]) == ((0.05, 0.0, 1), (0.975, 0.5, 2))


def test_gold_is_compared_with_answers_and_simple_answers(models: Path) -> None:
    found = evaluate(VILLAGE, models, GOLD)
    assert found.texts == 4
    assert found.baselines["majority category, micro F1"] == pytest.approx(4 / 7)
    assert found.categories["water"] == Counts(2, 0, 0)
    assert found.micro_f1 == found.macro_f1 == 1.0
    assert found.by_language["sw"] == (1, 1.0, 1.0)
    assert found.language == {"en": (2, 1.0), "sw": (1, 1.0)}
    assert found.sensitive == Counts(1, 0, 0)
    assert found.places is not None and found.places.texts == 1 and found.places.answered == 0.0
    assert found.texts_per_second > 0
    assert [share for share, _, _ in found.coverage][-1] == 1.0
    assert len(list(evaluation_tables(found))) == 9


def test_of_what_gold_does_not_say_there_is_no_figure(models: Path) -> None:
    found = evaluate(VILLAGE, models, [{"text": "no water", "language": "en"}])
    overview, languages, speed = evaluation_tables(found)
    assert overview.row_count == 0 and languages.row_count == speed.row_count == 1


def test_a_gold_line_without_text_is_named() -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_gold([{"text": "a"}, {"categories": []}])


def test_no_gold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no gold"):
        evaluate(VILLAGE, tmp_path, [])


def _told(day: int, text: str = "the ferry is late", **more: Any) -> dict[str, Any]:
    return {"text": f"{text} {day}", "time": f"2026-01-01T{day // 60:02}:{day % 60:02}:00Z", **more}


def test_the_earlier_teaches_and_the_later_is_asked(tmp_path: Path) -> None:
    zuwani = {"name": "Zuwani", "lat": -1.31, "lon": 36.79}
    lines = [_told(number, "the ferry at Zuwani", categories=["electricity"], place=zuwani) for number in range(100)]
    earlier, later = split_in_time(list(enumerate(lines, start=1)), 0.6)
    assert (earlier, later) == (lines[:60], lines[60:])
    found = evaluate_later(VILLAGE, tmp_path, earlier, later)
    assert found.texts == 40
    assert found.micro_f1 == 1.0 > found.baselines["the programme's files alone, micro F1"]
    assert found.places is not None and found.places.within[1] == 1.0
    assert found.baselines["the programme's files alone, within 25 km"] == 0.0
    assert found.baselines["most frequent place, within 1 km"] == 1.0
    assert found.baselines["longest match, within 1 km"] == 0.0
    assert sum(answers for _, _, answers, _ in found.places.calibration) == 40
    assert found.places.coverage[-1] == (1.0, found.places.coverage[-1][1], 1.0)
    assert [path.name for path in tmp_path.iterdir() if path.name != "gazetteers"] == []


def test_baselines_for_places_know_the_country_and_what_is_spelt_out(models: Path) -> None:
    gold = [
        {"text": "no water in Mombasa", "place": {"lat": -4.05, "lon": 39.67}},
        {"text": "no water", "place": {"lat": -1.28, "lon": 36.82}},
    ]
    found = evaluate(Knowledge(programme="x", country="KE", languages=("en",)), models, gold).baselines
    assert found["largest town, within 25 km"] == found["longest match, within 25 km"] == 0.5


def test_what_happened_at_the_time_of_the_split_is_not_parted() -> None:
    lines = [(number, _told(number // 30)) for number in range(1, 101)]
    earlier, later = split_in_time(lines, 0.7)
    assert [len(earlier), len(later)] == [59, 41]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([_told(1), {"text": "a"}], 'line 2: "time" must say when'),
        ([_told(1), {"text": "a", "time": "soon"}], 'line 2: "time" must say when'),
        ([_told(1), {"text": "a", "time": 1700000000}], 'line 2: "time" must say when'),
        ([_told(2), _told(1)], 'line 2: its "time" is before that of the line above'),
        ([{"text": "a", "time": "2026-01-01T12:00+03:00"}, {"text": "b", "time": "2026-01-01T08:59"}], "line 2: its"),
        ([_told(number) for number in range(2 * LEAST - 1)], "too few; each side needs 20"),
        ([_told(1) for _ in range(100)], "0 lines before the split and 100 after it are too few"),
        ([], "0 lines before the split and 0 after it are too few"),
    ],
)
def test_what_cannot_be_split_is_named(lines: list[dict[str, Any]], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        split_in_time(list(enumerate(lines, start=1)), 0.5)


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _gold(name: str) -> list[dict[str, Any]]:
    """Both parts: the second was written later, before anybody looked at an answer to it."""
    return _lines(GOLD_TEXTS / f"{name}.jsonl") + _lines(GOLD_TEXTS / f"{name}-2.jsonl")


@pytest.mark.parametrize("name", PROGRAMMES)
def test_gold_is_large_and_held_apart_from_what_is_learned(name: str) -> None:
    programme = load_programme(ROOT / "programmes" / name, for_analysis=True)
    told = {
        " ".join(words(example))
        for category in programme.knowledge.categories
        for examples in category.examples.values()
        for example in examples
    }
    texts = [" ".join(words(line["text"])) for line in _gold(name)]
    assert len(texts) >= 420
    assert len({line["id"] for line in _gold(name)}) == len(texts)
    assert not [text for text in texts if len(text.split()) > GREETING and text in told]


@pytest.mark.parametrize("name", PROGRAMMES)
def test_shipped_programmes_stay_above_their_floors(name: str, models: Path) -> None:
    knowledge = load_programme(ROOT / "programmes" / name, for_analysis=True).knowledge
    found = evaluate(knowledge, models, _gold(name))
    assert found.places is not None and found.personal is not None
    reached = {
        "micro_f1": found.micro_f1,
        "macro_f1": found.macro_f1,
        "worst_language_micro_f1": min(micro for _, micro, _ in found.by_language.values()),
        "language": min(right for _, right in found.language.values()),
        "kind": found.kind_accuracy,
        "urgent_recall": found.urgent.recall,
        "urgent_precision": found.urgent.precision,
        "sensitive_recall": found.sensitive.recall,
        "sensitive_precision": found.sensitive.precision,
        "personal_recall": found.personal.recall,
        "personal_precision": found.personal.precision,
        "within_5_km": found.places.within[5],
        "no_false_location": 1 - found.places.false,
    }
    stays_above(name, reached)


def test_stories_of_danger_are_heard(pipeline_of: Open) -> None:
    """Invented first-person stories of every sensitive kind, in four languages, and ordinary texts that sound like them."""
    stories = _lines(GOLD_TEXTS / "stories.jsonl")
    heard = named = alarmed = hurried = 0
    for name in PROGRAMMES:
        own = [story for story in stories if story["programme"] == name]
        for story, found in zip(own, pipeline_of(name).analyse([one["text"] for one in own]), strict=True):
            kinds = {finding.kind for finding in found.sensitive}
            assert all(finding.why for finding in found.sensitive)
            heard += bool(kinds and story["sensitive"])
            named += bool(kinds.intersection(story["sensitive"]))
            alarmed += bool(kinds and not story["sensitive"])
            hurried += story["urgent"] and found.urgent.score >= YES
    told = sum(bool(story["sensitive"]) for story in stories)
    reached = {
        "heard": heard / told,
        "named": named / told,
        "calm": 1 - alarmed / (len(stories) - told),
        "urgent_recall": hurried / sum(story["urgent"] for story in stories),
    }
    stays_above("stories", reached)


def test_harassment_is_heard_however_it_is_told(pipeline_of: Open) -> None:
    stories = _lines(GOLD_TEXTS / "harassment.jsonl")
    found = pipeline_of("nairobi").analyse([story["text"] for story in stories])
    heard = sum(bool({finding.kind for finding in one.sensitive}) for one in found)
    stays_above("harassment", {"heard": heard / len(stories)})


@pytest.mark.parametrize("name", ["told", "mapped"])
def test_accounts_written_by_who_did_not_know_the_detector_are_told_from_ordinary_texts(
    name: str, pipeline_of: Open
) -> None:
    told = _lines(GOLD_TEXTS / f"{name}.jsonl")
    accounts, ordinary = ([one["text"] for one in told if bool(one["sensitive"]) is yes] for yes in (True, False))
    pipeline = pipeline_of("nairobi")
    heard, alarmed = (sum(bool(one.sensitive) for one in pipeline.analyse(texts)) for texts in (accounts, ordinary))
    stays_above(name, {"heard": heard / len(accounts), "calm": 1 - alarmed / len(ordinary)})


def stays_above(name: str, reached: dict[str, float]) -> None:
    """Fail where a figure has fallen below its floor."""
    assert set(FLOORS[name]) == set(reached)
    below = {
        measure: (figure, FLOORS[name][measure])
        for measure, figure in reached.items()
        if figure < FLOORS[name][measure]
    }
    assert not below
