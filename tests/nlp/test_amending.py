"""Learning at once: a decision corrects the model in use, and the night's training builds on the trained one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nlp.amending import amended, learn_at_once
from nlp.classifier import Classifier
from nlp.features import learn_vocabulary, split
from nlp.fitting import Sample
from nlp.knowledge import Lesson
from nlp.learning import learn
from nlp.pipeline import load
from nlp.store import Store
from tests.nlp.village import VILLAGE

GARBAGE = [Lesson(f"the garbage heap number {number} smells near the school", ("safety",)) for number in range(4)]
TEXT = "a garbage heap smells again"


KNOWN = ["no water in the tap", "blackout since yesterday", "the road is bad"]


def _trained() -> Classifier:
    """Knows that water is about water, and nothing else."""
    vocabulary = learn_vocabulary([split(text) for text in KNOWN], in_words=1, in_pieces=1)
    weights = np.zeros((len(vocabulary), 2), dtype=np.float32)
    weights[vocabulary.names["w:water"], 0] = 9.0
    limits = np.array([0.4, 0.4], dtype=np.float32)
    return Classifier(("water", "light"), vocabulary, weights, np.full(2, -2.5, dtype=np.float32), limits)


def _says(classifier: Classifier, text: str) -> set[str]:
    said = classifier.scores([split(text)])[0] >= classifier.thresholds
    return {code for code, yes in zip(classifier.codes, said, strict=True) if yes}


def test_one_decision_is_enough_for_the_same_text_again() -> None:
    before = _trained()
    text = "zumbo imekwama tena stendi"
    after = amended(before, [Sample(tuple(split(text)), frozenset({"light"}))])
    assert _says(before, text) == set()
    assert _says(after, text) == {"light"}


def test_what_is_unlike_the_decision_is_scored_as_before() -> None:
    before = _trained()
    after = amended(before, [Sample(tuple(split("qqq www")), frozenset({"light"}))])
    texts = [split(text) for text in KNOWN]
    assert abs(before.scores(texts) - after.scores(texts)).max() < 0.01


def test_a_decision_against_a_category_takes_it_back() -> None:
    before = _trained()
    assert "water" in _says(before, KNOWN[0])
    after = amended(before, [Sample(tuple(split(KNOWN[0])), frozenset())])
    assert "water" not in _says(after, KNOWN[0])


def test_each_of_many_decisions_counts_less() -> None:
    text, other = tuple(split("zumbo imekwama")), tuple(split("qqq www"))
    alone, among = (
        amended(_trained(), [Sample(text, frozenset({"light"})), *[Sample(other, frozenset())] * others])
        for others in (0, 300)
    )
    assert among.scores([text])[0, 1] < alone.scores([text])[0, 1]


def test_nothing_decided_changes_nothing() -> None:
    before = _trained()
    assert amended(before, []) is before


def test_decisions_are_learned_at_once_and_trained_in_the_night(tmp_path: Path) -> None:
    base = load(VILLAGE, tmp_path)
    store = Store(tmp_path, VILLAGE.programme)
    version = learn_at_once(VILLAGE, GARBAGE, tmp_path)
    assert version is not None and not base.is_current()
    (answer,) = load(VILLAGE, tmp_path).analyse([TEXT])
    assert (answer.version, {finding.code for finding in answer.categories}) == (version, {"safety"})
    assert store.card(version).base == base.version
    assert learn_at_once(VILLAGE, [], tmp_path) == base.version
    learn_at_once(VILLAGE, GARBAGE[:2], tmp_path)
    gain = learn(VILLAGE, GARBAGE, tmp_path, remember=False)
    assert (gain.previous, gain.new_lessons) == (base.version, len(GARBAGE))
    assert {card.version for card in store.versions()} == {base.version, gain.version}


def test_a_confirmed_place_is_known_at_once(tmp_path: Path) -> None:
    load(VILLAGE, tmp_path)
    learn_at_once(VILLAGE, [Lesson("no light at Kwa Zubeda", None, ("Kwa Zubeda", -1.25, 36.85), True)], tmp_path)
    location = load(VILLAGE, tmp_path).analyse(["water is dirty at Kwa Zubeda"])[0].location
    assert location is not None and (round(location.lat, 2), round(location.lon, 2)) == (-1.25, 36.85)


def test_only_training_will_do_without_a_model_or_for_much_that_is_new_or_gone(tmp_path: Path) -> None:
    assert learn_at_once(VILLAGE, GARBAGE, tmp_path) is None
    learn(VILLAGE, GARBAGE, tmp_path, remember=False)
    assert learn_at_once(VILLAGE, GARBAGE[1:], tmp_path) is None
    many = [Lesson(f"potholes at number {number}", ()) for number in range(21)]
    assert learn_at_once(VILLAGE, [*GARBAGE, *many], tmp_path) is None
    assert learn_at_once(VILLAGE, [*GARBAGE, *many[:20]], tmp_path) is not None
