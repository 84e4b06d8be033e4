"""What people decide about danger and urgency is heard in the next text, and undone when the decision is."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp.amending import learn_at_once
from nlp.correcting import with_alarms, without_false_alarms
from nlp.detecting import learn_alarm, learn_detectors
from nlp.detector import Detector, passages
from nlp.features import level
from nlp.fold import words
from nlp.knowledge import Knowledge, Lesson
from nlp.learning import learn
from nlp.pipeline import load
from nlp.rulebook import Rulebook
from tests.nlp.test_detector import ENGLISH, UNRULED
from tests.nlp.village import VILLAGE

ALARM = "the porter at the gate looks at the bags of every girl who passes"
SISTER = "the porter at our gate looks into the bag of every woman who passes"
BELL = "the lamp of the pier went dark"


def _chance(detector: Detector, text: str, rulebook: str = "sensitive.yaml") -> float:
    rules, found = Rulebook(rulebook, ENGLISH.languages), words(text)
    return detector.probability(passages(level(found), rules.find(found)))


@pytest.fixture(scope="module")
def detector() -> Detector:
    return learn_detectors(ENGLISH)[0]


def test_a_false_alarm_is_raised_less_by_texts_like_it_and_accounts_are_heard_as_before(detector: Detector) -> None:
    taught = without_false_alarms(ENGLISH, detector, [Lesson(ALARM, ordinary=True)])
    before, after = ([_chance(one, text) for text in (ALARM, SISTER)] for one in (detector, taught))
    assert after[0] < before[0] - 0.1
    assert after[1] < before[1] - 0.1
    assert all(_chance(taught, text) > _chance(detector, text) - 0.1 for text in UNRULED)


def test_many_ordinary_texts_do_not_make_it_deaf(detector: Detector) -> None:
    ordinary = [
        Lesson(f"the tap of row {number} is dry and the girls fetch water", ordinary=True) for number in range(400)
    ]
    taught = without_false_alarms(ENGLISH, detector, ordinary)
    assert all(_chance(taught, text) > _chance(detector, text) - 0.1 for text in UNRULED)


def test_what_nobody_read_and_what_says_nothing_new_changes_nothing(detector: Detector) -> None:
    assert without_false_alarms(ENGLISH, detector, [Lesson(ALARM, ())]) is detector
    assert with_alarms(ENGLISH, learn_alarm(ENGLISH), [Lesson(BELL, ())]) == learn_alarm(ENGLISH)


@pytest.mark.parametrize("urgent", [True, False])
def test_urgent_or_not_is_learned_both_ways(*, urgent: bool) -> None:
    alarm = learn_alarm(ENGLISH)
    text = BELL if urgent else "a child is bleeding at the gate, come"
    assert (_chance(alarm, text, "urgent.yaml") >= 0.5) is not urgent
    taught = with_alarms(ENGLISH, alarm, [Lesson(text, urgent=urgent)])
    assert (_chance(taught, text, "urgent.yaml") >= 0.5) is urgent


def test_it_is_known_at_once_and_by_night_and_forgotten_with_the_decision(tmp_path: Path) -> None:
    knowledge = Knowledge(VILLAGE.programme, VILLAGE.languages)
    lessons = [Lesson(f"{BELL}{mark}", (), urgent=True) for mark in ("", "!", ".")]

    def urgent() -> bool:
        return load(knowledge, tmp_path).analyse([BELL])[0].urgent.score >= 0.5

    assert not urgent()
    learn(knowledge, lessons, tmp_path, remember=False)
    assert urgent()
    learn(knowledge, [], tmp_path, remember=False)
    assert not urgent()
    learn(VILLAGE, [], tmp_path, remember=False)
    assert learn_at_once(VILLAGE, lessons, tmp_path) is not None
    assert load(VILLAGE, tmp_path).analyse([BELL])[0].urgent.score >= 0.5
