"""Thresholds: where saying yes pays, by category, and by language where enough was decided in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from nlp.calibration import choose_thresholds, choose_thresholds_in
from nlp.classifier import Classifier
from nlp.gazetteer import open_gazetteer
from nlp.knowledge import Lesson
from nlp.pipeline import Pipeline, current_model
from nlp.store import Store
from nlp.training import learn_categories
from tests.nlp.village import VILLAGE

RANDOM = np.random.default_rng(3)
CHANCE = RANDOM.random((40_000, 2))
HIGH = np.arange(40_000) < 20_000
"""Texts of the one language, in which scores are too high; in the other they are too low."""
TRUTH = np.where(HIGH, 0.7, 0.3)[:, None] < CHANCE

TEXTS = ["no water since monday, the tap is dry", "hakuna maji tangu jana, bomba imevunjika"]


def test_a_language_in_which_scores_are_too_low_has_lower_thresholds() -> None:
    for_all = choose_thresholds(CHANCE, TRUTH, 0.06)
    strict, mild = (choose_thresholds_in(own, CHANCE, TRUTH, 0.06) for own in (HIGH, ~HIGH))
    assert (mild <= for_all).all()
    assert (for_all <= strict).all()
    assert np.abs(strict - 0.7).max() < 0.05
    assert np.abs(mild - 0.3).max() < 0.05


def test_a_few_texts_in_a_language_move_little() -> None:
    few = HIGH & (np.arange(40_000) % 100 == 0)
    for_all = choose_thresholds(CHANCE, TRUTH, 0.06)
    assert np.abs(choose_thresholds_in(few, CHANCE, TRUTH, 0.06) - for_all).max() < 0.1


def test_languages_in_which_enough_was_decided_have_their_own_thresholds() -> None:
    assert set(_classifier(english=220, swahili=220).in_language) == {"en", "sw"}
    assert set(_classifier(english=220, swahili=120).in_language) == {"en"}


def test_a_programme_of_one_language_makes_no_difference() -> None:
    classifier = learn_categories(replace(VILLAGE, languages=("en",)), _lessons("no water in plot {}", 220))
    assert classifier is not None
    assert classifier.in_language == {}


def test_the_analysis_says_a_category_by_the_threshold_of_the_language(models: Path) -> None:
    store = Store(models, VILLAGE.programme)
    gazetteer = open_gazetteer(VILLAGE, store.gazetteers)
    model = current_model(VILLAGE, store, gazetteer)
    assert model.categories is not None
    never = {"sw": np.full(3, 1.1, dtype=np.float32)}
    changed = replace(model, categories=replace(model.categories, in_language=never))
    found = [
        [
            [said.code for said in answer.categories]
            for answer in Pipeline(VILLAGE, one, gazetteer, store).analyse(TEXTS)
        ]
        for one in (model, changed)
    ]
    assert found == [[["water"], ["water"]], [["water"], []]]


def _lessons(wording: str, texts: int) -> list[Lesson]:
    return [Lesson(wording.format(number), ("water",) if number % 4 else ()) for number in range(texts)]


def _classifier(english: int, swahili: int) -> Classifier:
    lessons = _lessons("there is no water in plot {}", english) + _lessons("hakuna maji nyumba namba {}", swahili)
    classifier = learn_categories(VILLAGE, lessons)
    assert classifier is not None
    return classifier
