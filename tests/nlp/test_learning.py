"""Learning: decisions change what the next text gets, versions stay, and the better model is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp.features import split
from nlp.fitting import folds_of
from nlp.knowledge import Category, Knowledge, Lesson
from nlp.learning import learn
from nlp.pipeline import load
from nlp.store import Store
from nlp.training import decided_samples, digest_of_lesson, learn_categories
from tests.nlp.village import VILLAGE

GARBAGE = tuple(Lesson(f"the garbage heap number {number} smells near the school", ("safety",)) for number in range(12))


def test_what_people_decided_is_what_the_next_text_gets(tmp_path: Path) -> None:
    text = "a garbage heap smells again"
    before = load(VILLAGE, tmp_path)
    assert "safety" not in {finding.code for finding in before.analyse([text])[0].categories}
    gain = learn(VILLAGE, GARBAGE, tmp_path)
    assert gain.used and gain.lessons == gain.new_lessons == len(GARBAGE)
    after = load(VILLAGE, tmp_path)
    assert after.version == gain.version != before.version == gain.previous
    assert {finding.code for finding in after.analyse([text])[0].categories} == {"safety"}


def test_versions_stay_and_can_be_used_again(tmp_path: Path) -> None:
    first = load(VILLAGE, tmp_path).version
    second = learn(VILLAGE, GARBAGE, tmp_path).version
    store = Store(tmp_path, VILLAGE.programme)
    assert [card.version for card in store.versions()] == [first, second]
    store.use(first)
    assert load(VILLAGE, tmp_path).version == first
    with pytest.raises(FileNotFoundError):
        store.use("2020.01-000000")


def test_a_version_that_a_person_chose_stays_while_it_is_held(tmp_path: Path) -> None:
    first = load(VILLAGE, tmp_path).version
    store = Store(tmp_path, VILLAGE.programme)
    store.hold()
    gain = learn(VILLAGE, GARBAGE, tmp_path)
    assert (gain.used, gain.held, store.current()) == (False, True, first)
    assert gain.version in {card.version for card in store.versions()}


def test_lessons_are_kept_for_the_next_training(tmp_path: Path) -> None:
    learn(VILLAGE, GARBAGE, tmp_path)
    gain = learn(VILLAGE, [Lesson("the meter is spoilt", ("electricity",))], tmp_path)
    assert (gain.lessons, gain.new_lessons) == (len(GARBAGE) + 1, 1)
    assert learn(VILLAGE, [], tmp_path).version == gain.version


def test_a_later_decision_about_a_text_replaces_the_earlier(tmp_path: Path) -> None:
    learn(VILLAGE, GARBAGE, tmp_path)
    undone = [Lesson(lesson.text, ()) for lesson in GARBAGE]
    assert learn(VILLAGE, undone, tmp_path).lessons == len(GARBAGE)
    answer = load(VILLAGE, tmp_path).analyse([GARBAGE[0].text])[0]
    assert "safety" not in {finding.code for finding in answer.categories}


def test_a_service_that_keeps_its_decisions_leaves_no_text_in_the_models_folder(tmp_path: Path) -> None:
    learn(VILLAGE, GARBAGE, tmp_path, remember=False)
    assert Store(tmp_path, VILLAGE.programme).lessons() == []
    gain = learn(VILLAGE, GARBAGE[1:], tmp_path, remember=False)
    assert gain.lessons == len(GARBAGE) - 1


def test_a_worse_model_is_stored_and_not_used(tmp_path: Path) -> None:
    good = [Lesson(f"no water, the tap number {n} is dry", ("water",)) for n in range(60)]
    good += [Lesson(f"blackout, no light in plot {n}", ("electricity",)) for n in range(60)]
    first = learn(VILLAGE, good, tmp_path, remember=False)
    assert first.used
    wrong = [Lesson(f"tap {n} gives no water at all", ("electricity",)) for n in range(100)]
    right = [Lesson(f"tap {n} gives no water today", ("water",)) for n in range(100, 125)]
    gain = learn(VILLAGE, [*good, *wrong, *right], tmp_path, remember=False)
    assert gain.before and gain.after and sum(gain.after) < sum(gain.before)
    assert not gain.used
    assert load(VILLAGE, tmp_path).version == first.version
    assert gain.version in {card.version for card in Store(tmp_path, VILLAGE.programme).versions()}


def test_a_model_that_knows_what_was_erased_is_not_kept_in_use_for_doing_better(tmp_path: Path) -> None:
    good = [Lesson(f"no water, the tap number {n} is dry", ("water",)) for n in range(60)]
    learn(VILLAGE, good, tmp_path, remember=False)
    wrong = [Lesson(f"tap {n} gives no water at all", ("electricity",)) for n in range(100)]
    right = [Lesson(f"tap {n} gives no water today", ("water",)) for n in range(100, 125)]
    gain = learn(VILLAGE, [*wrong, *right], tmp_path, remember=False)
    assert gain.before and gain.after and sum(gain.after) < sum(gain.before)
    assert gain.used


def test_so_many_versions_stay_and_the_one_in_use_always(tmp_path: Path) -> None:
    first = load(VILLAGE, tmp_path).version
    store = Store(tmp_path, VILLAGE.programme)
    versions = [learn(VILLAGE, GARBAGE[:end], tmp_path, keep=2).version for end in (4, 8)]
    assert [card.version for card in store.versions()] == versions
    assert store.current() == versions[-1] != first


def test_unknown_codes_are_named_and_teach_nothing(tmp_path: Path) -> None:
    gain = learn(VILLAGE, [Lesson("zebra crossing", ("roads",))], tmp_path)
    assert gain.unknown_codes == ("roads",)


def test_a_confirmed_place_is_known_from_then_on(tmp_path: Path) -> None:
    lessons = [Lesson("no light at Kwa Zubeda since monday", place=("Kwa Zubeda", -1.25, 36.85), place_known=True)] * 1
    learn(VILLAGE, lessons, tmp_path)
    location = load(VILLAGE, tmp_path).analyse(["water is dirty at Kwa Zubeda"])[0].location
    assert location is not None
    assert (round(location.lat, 2), round(location.lon, 2)) == (-1.25, 36.85)


def test_a_confirmed_place_named_after_somebody_stays_readable_and_other_names_do_not(tmp_path: Path) -> None:
    text = "no light at Kwa Mama Oliech, ask Mama Oliech"
    hidden = "no light at Kwa Mama [name], ask Mama [name]"
    assert load(VILLAGE, tmp_path).analyse([text])[0].redacted == hidden
    learn(VILLAGE, [Lesson(text, place=("Kwa Mama Oliech, behind the mill", -1.29, 36.75), place_known=True)], tmp_path)
    known = load(VILLAGE, tmp_path).analyse([text, "no light at Oliech"])
    assert known[0].redacted == "no light at Kwa Mama Oliech, ask Mama [name]"
    assert known[0].location is not None and known[0].location.name.startswith("Kwa Mama Oliech")
    [lesson] = Store(tmp_path, VILLAGE.programme).lessons()
    assert lesson.text == known[0].redacted


def test_a_confirmed_place_of_one_word_hides_nobody_less(tmp_path: Path) -> None:
    learn(VILLAGE, [Lesson("light is back at Wanjiku", place=("Wanjiku", -1.29, 36.75), place_known=True)], tmp_path)
    assert load(VILLAGE, tmp_path).analyse(["ask Wanjiku"])[0].redacted == "ask [name]"


def test_progress_runs_to_the_end(tmp_path: Path) -> None:
    seen: list[tuple[str, float]] = []
    learn(VILLAGE, GARBAGE, tmp_path, lambda what, share: seen.append((what, share)))
    assert seen[-1] == ("categories", 1.0)
    assert all(0 <= share <= 1 for _, share in seen)


@pytest.mark.parametrize(("texts", "said"), [(2, False), (40, True)])
def test_a_category_of_every_text_is_said_after_many_of_them(texts: int, said: bool) -> None:
    codes = Knowledge(programme="two", categories=(Category("related"), Category("water")))
    lessons = [
        Lesson(f"report number {n}" + " no water" * (n % 2), ("related",) + ("water",) * (n % 2)) for n in range(texts)
    ]
    classifier = learn_categories(codes, lessons)
    assert classifier is not None
    assert (classifier.scores([split("something else")])[0, 0] >= classifier.thresholds[0]) == said


def test_each_category_names_the_words_that_spoke_for_it() -> None:
    codes = Knowledge(programme="two", categories=(Category("light"), Category("water")))
    lessons = [
        Lesson(text, about) for text, about in (("the lamp is out", ("light",)), ("the tap is dry", ("water",))) * 9
    ]
    classifier = learn_categories(codes, lessons)
    assert classifier is not None
    light, water = classifier.reasons(split("the lamp and the tap are xqx"), [0, 1])
    assert (light[0], water[0]) == ("lamp", "tap")
    assert "tap" not in light and "lamp" not in water
    assert classifier.reasons(["qzq"], [0, 1]) == [[], []]


def test_no_personal_data_is_kept_or_learned(tmp_path: Path) -> None:
    lessons = [Lesson(f"the garbage smells, call 071234567{n}, n{n}@example.org", ("safety",)) for n in range(9)]
    learn(VILLAGE, lessons, tmp_path)
    store = Store(tmp_path, VILLAGE.programme)
    kept = store.lessons()
    assert kept and not any("0712" in lesson.text or "example" in lesson.text for lesson in kept)
    classifier = store.read(store.current() or "").categories
    assert classifier is not None and "w:example" not in classifier.vocabulary.names
    gain = learn(VILLAGE, kept, tmp_path)
    assert gain.version == gain.previous


def test_a_translation_teaches_beside_its_text(tmp_path: Path) -> None:
    told = [
        Lesson(f"wen ta simi nala {number}", ("safety",), translation=f"the garbage heap smells, number {number}")
        for number in range(12)
    ]
    learn(VILLAGE, told, tmp_path)
    for text in ("wen ta simi nala", "a garbage heap smells"):
        answer = load(VILLAGE, tmp_path).analyse([text])[0]
        assert {finding.code for finding in answer.categories} == {"safety"}, text


def test_a_text_and_its_translation_are_one_decision() -> None:
    told = decided_samples(
        [Lesson("wen ta", ("safety",), translation="it smells"), Lesson("wen to", ("safety",))], ["safety"]
    )
    own, translated, alone = told
    assert own.weight + translated.weight == alone.weight
    assert (own.is_message, translated.is_message) == (True, False)
    fold_of = folds_of(told, 2)
    assert fold_of[0] == fold_of[1] != fold_of[2]


def test_a_translation_is_masked_and_kept(tmp_path: Path) -> None:
    learn(VILLAGE, [Lesson("wen ta", ("safety",), translation="call +254 712 345 678, it smells")], tmp_path)
    learn(VILLAGE, [Lesson("wen ta", place=("Lindi", -1.3, 36.8), place_known=True)], tmp_path)
    (kept,) = Store(tmp_path, VILLAGE.programme).lessons()
    assert kept.translation == "call [phone], it smells"
    assert kept.categories == ("safety",) and kept.place is not None


def test_a_decision_without_a_translation_is_the_one_it_was() -> None:
    plain, translated = Lesson("wen ta", ("safety",)), Lesson("wen ta", ("safety",), translation="it smells")
    assert digest_of_lesson(plain) == "f2beefe901f86b8514f67de0a5ec469e"
    assert digest_of_lesson(translated) != digest_of_lesson(plain)
