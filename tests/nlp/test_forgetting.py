"""A version in use forgets what was erased, held or not."""

from __future__ import annotations

from pathlib import Path

from nlp.forgetting import forget
from nlp.knowledge import Lesson
from nlp.learning import learn
from nlp.pipeline import load
from nlp.store import Store
from tests.nlp.village import VILLAGE

GARBAGE = [
    Lesson(f"the garbage {word} smells, {word}", ("safety",)) for word in ("zumbo", "tamtam", "bumbo", "dungu", "kimbo")
]


def _held(models: Path) -> tuple[Store, str]:
    version = learn(VILLAGE, GARBAGE, models, remember=False).version
    store = Store(models, VILLAGE.programme)
    store.hold()
    return store, version


def test_a_held_version_is_trained_anew_without_what_was_erased_and_learns_nothing_else(tmp_path: Path) -> None:
    store, held = _held(tmp_path)
    later = Lesson("the ferry of the pemba is late", ("electricity",))
    version = forget(VILLAGE, [*GARBAGE[1:], later], tmp_path)
    assert version is not None and version != held
    assert (store.current(), store.held(), store.card(version).instead_of) == (version, True, held)
    assert held not in {card.version for card in store.versions()}
    classifier = store.read(version).categories
    assert classifier is not None
    assert "w:tamtam" in classifier.vocabulary.names
    assert not {"w:zumbo", "w:pemba"} & set(classifier.vocabulary.names)
    assert load(VILLAGE, tmp_path).version == version


def test_a_version_that_knows_nothing_erased_stays(tmp_path: Path) -> None:
    store, held = _held(tmp_path)
    assert forget(VILLAGE, [*GARBAGE, Lesson("the ferry is late", ("electricity",))], tmp_path) is None
    assert store.current() == held


def test_what_is_decided_otherwise_today_is_learned_so(tmp_path: Path) -> None:
    store, _ = _held(tmp_path)
    version = forget(VILLAGE, [Lesson(lesson.text, ("electricity",)) for lesson in GARBAGE[1:]], tmp_path)
    assert version is not None and store.card(version).lessons == len(GARBAGE) - 1
    said = load(VILLAGE, tmp_path).analyse([GARBAGE[1].text])[0].categories
    assert {finding.code for finding in said} == {"electricity"}


def test_where_there_is_no_model_nothing_is_forgotten(tmp_path: Path) -> None:
    assert forget(VILLAGE, GARBAGE, tmp_path) is None
