"""What a confirmed place teaches the next text, and how sure it is of itself."""

from __future__ import annotations

import pickle
import random

import numpy as np
import pytest

from nlp import placememory
from nlp.analysis import Mention
from nlp.gazetteer import Gazetteer, open_programme
from nlp.gazetteer.candidates import as_mentions
from nlp.gazetteer.mentions import find_names
from nlp.gazetteer.speech import speech_of
from nlp.geo import between_km
from nlp.knowledge import Knowledge, Lesson
from nlp.placememory.neighbours import learn_neighbours
from nlp.placememory.phrases import learn_phrases, phrases_of
from nlp.placememory.radius import STEPS_KM, learn_radius
from tests.nlp.town import lookup

KNOWLEDGE = Knowledge(languages=("en",))
QUARTERS = [
    (f"{first}{last}", -1.0 - number / 40, 36.0 + (number * 7 % 31) / 40)
    for number, (first, last) in enumerate(
        (first, last)
        for first in ("Banka", "Dolmi", "Furaha", "Gorti", "Hunza")
        for last in ("bondo", "kest", "mira", "pura")
    )
]
TROUBLES = (
    "no water since Monday",
    "the bridge is broken",
    "light is gone again",
    "garbage is not collected",
    "road is cut",
)


def _lesson(text: str, name: str, lat: float, lon: float) -> Lesson:
    return Lesson(text, None, (name, lat, lon), True)


def _town(number: int, seed: int = 7) -> list[Lesson]:
    """Lessons about twenty quarters: most say where, one in five says nothing about it."""
    chance = random.Random(seed)
    lessons = []
    for _ in range(number):
        name, lat, lon = chance.choice(QUARTERS)
        where = f"in {name}" if chance.random() < 0.8 else "please come"
        text = f"{chance.choice(TROUBLES)} {where}, house {chance.randrange(100)}"
        lessons.append(_lesson(text, name, lat + chance.gauss(0, 0.002), lon + chance.gauss(0, 0.002)))
    return lessons


def test_nothing_is_learned_from_nothing() -> None:
    assert placememory.train(KNOWLEDGE, []) is None
    assert placememory.train(KNOWLEDGE, [Lesson("a text", ("water",))]) is None


def test_one_confirmed_place_is_known_in_the_next_text() -> None:
    memory = placememory.train(KNOWLEDGE, [_lesson("no water at mama njoro", "Mama Njoro Kiosk, Kibera", -1.31, 36.78)])
    assert memory is not None
    names = Gazetteer([memory.index])
    (named,) = find_names("Fire at Mama Njoro kiosk", names, speech_of(KNOWLEDGE))
    (mention,) = as_mentions([named], {})
    assert (mention.text, mention.candidates[0].lat) == ("Mama Njoro kiosk", -1.31)
    assert memory.radius is None


def test_undoing_a_decision_is_training_without_it() -> None:
    kept, undone = _lesson("x", "Banka Hill", -1.0, 36.0), _lesson("y", "Dolmi Hill", -1.1, 36.1)
    with_it, without = placememory.train(KNOWLEDGE, [kept, undone]), placememory.train(KNOWLEDGE, [kept])
    assert with_it is not None
    assert without is not None
    assert lookup(Gazetteer([with_it.index]), "dolmi hill")
    assert lookup(Gazetteer([without.index]), "dolmi hill") == ()
    assert lookup(Gazetteer([without.index]), "banka hill")


def test_a_name_confirmed_all_over_is_no_name_of_one_place() -> None:
    lessons = [_lesson("a text", "The big mosque", lat, 36.0) for lat in (-1.0, -1.4, -1.9)]
    memory = placememory.train(KNOWLEDGE, lessons)
    assert memory is not None
    assert lookup(Gazetteer([memory.index]), "the big mosque") == ()


@pytest.fixture(scope="module")
def memory() -> placememory.PlaceMemory:
    trained = placememory.train(KNOWLEDGE, _town(400))
    assert trained is not None
    return trained


def _mentions(memory: placememory.PlaceMemory, text: str) -> list[Mention]:
    names = open_programme(KNOWLEDGE).with_layer(memory.index)
    return as_mentions(find_names(text, names, speech_of(KNOWLEDGE, memory.common)), {})


def _errors(memory: placememory.PlaceMemory, later: list[Lesson]) -> tuple[list[float], list[float]]:
    texts = [lesson.text for lesson in later]
    found = memory.locate(texts, [_mentions(memory, text) for text in texts])
    errors, radii = [], []
    for lesson, location in zip(later, found, strict=True):
        if location is not None and lesson.place is not None:
            errors.append(between_km(location.lat, location.lon, lesson.place[1], lesson.place[2]))
            radii.append(location.radius_km)
    return errors, radii


def test_later_texts_are_located_and_the_radius_holds(memory: placememory.PlaceMemory) -> None:
    later = _town(300, seed=8)
    errors, radii = _errors(memory, later)
    assert sum(error < 1 for error in errors) > 0.7 * len(later)
    held = np.mean(np.array(errors) <= np.array(radii))
    assert 0.7 < held < 0.92


def test_a_misspelt_quarter_is_found(memory: placememory.PlaceMemory) -> None:
    name, lat, lon = QUARTERS[5]
    text = f"no water since Monday in {name[:-1]}aa"
    (location,) = memory.locate([text], [_mentions(memory, text)])
    assert location is not None
    assert between_km(location.lat, location.lon, lat, lon) < 1
    assert location.why


def test_a_text_like_any_other_is_not_sure(memory: placememory.PlaceMemory) -> None:
    named, unnamed = memory.locate([f"road is cut in {QUARTERS[0][0]}", "please come, house"], [(), ()])
    assert named is not None
    assert unnamed is None or unnamed.radius_km > 4 * named.radius_km


def test_a_memory_survives_storage(memory: placememory.PlaceMemory) -> None:
    text = f"light is gone again in {QUARTERS[3][0]}"
    again = pickle.loads(pickle.dumps(memory))
    assert again.locate([text], [()]) == memory.locate([text], [()])
    assert again.index.size == memory.index.size


def test_the_same_lessons_give_the_same_memory() -> None:
    lessons = _town(120)
    texts = [lesson.text for lesson in _town(40, seed=9)]
    first, second = (placememory.train(KNOWLEDGE, lessons) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.locate(texts, [()] * 40) == second.locate(texts, [()] * 40)


def test_texts_that_name_no_place_teach_silence() -> None:
    silent = [Lesson(f"thank you all so much number {number}", None, None, True) for number in range(150)]
    lessons = _town(300) + silent
    random.Random(5).shuffle(lessons)
    memory = placememory.train(KNOWLEDGE, lessons)
    assert memory is not None
    assert memory.locate(["thank you all so much"], [()]) == [None]
    assert memory.locate([f"road is cut in {QUARTERS[2][0]}"], [()]) != [None]


def test_likeness_alone_is_believed_only_where_it_was_measured() -> None:
    told = [lesson for lesson in _town(400) if lesson.place and lesson.place[0] in lesson.text]
    memory = placememory.train(KNOWLEDGE, told)
    assert memory is not None and memory.radius is not None and memory.radius.unnamed == 0
    assert memory.locate(["please come, house 7", "no water since"], [[], []]) == [None, None]


def test_a_name_is_not_common_however_it_sounds() -> None:
    memory = placememory.train(KNOWLEDGE, _town(400))
    assert memory is not None
    assert memory.common.isdisjoint(name.casefold() for name, _, _ in QUARTERS)
    assert {"water", "monday"} <= memory.common


def test_masks_and_empty_texts_are_read(memory: placememory.PlaceMemory) -> None:
    assert len(memory.locate(["", "[phone]", "🚰"], [(), (), ()])) == 3


def test_phrases_said_in_one_place_weigh_more() -> None:
    texts = [["hill", "road", "water"], ["hill", "road", "fire"], ["lake", "water"], ["lake", "fire"]]
    lats, lons = np.array([1.0, 1.0, 2.0, 2.0]), np.array([1.0, 1.0, 2.0, 2.0])
    learned = learn_phrases(texts, [[], [], [], []], lats, lons)
    assert learned.weight(phrases_of(["hill", "road"])[-1]) > learned.weight("fire") > 0
    assert learned.weight("never said") == 0


def test_neighbours_share_pieces() -> None:
    texts = [["korogocho", "water"], ["mathare", "water"], ["kibera", "water"]]
    similar = learn_neighbours(texts).similar([["korogochoo"], [], ["zzz"]]).toarray()
    assert similar[0].argmax() == 0
    assert similar[0].max() > 0.5
    assert similar[1:].sum() == 0


def test_radius_follows_the_features_that_tell() -> None:
    rng = np.random.default_rng(3)
    sure = rng.random(600)
    errors = np.where(sure > 0.5, rng.exponential(0.5, 600), rng.exponential(30.0, 600))
    radius = learn_radius(np.column_stack([sure, rng.random(600)]), errors)
    shares = radius.shares(np.array([[0.9, 0.5], [0.1, 0.5]]))
    near, far = radius.radii(shares)
    assert near < 3 < 20 < far
    assert shares.shape == (2, len(STEPS_KM))
    assert (np.diff(shares, axis=1) >= 0).all()
