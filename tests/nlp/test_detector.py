"""Detectors: accounts no rule was written for are heard, ordinary texts are not, and what they learn from is in order."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
import spacy

from nlp.analysis import CategoryFinding, Language
from nlp.detecting import learn_detector, learn_detectors, ordinary_texts
from nlp.detector import Detector, passages
from nlp.features import level
from nlp.fold import words
from nlp.knowledge import SENSITIVE_KINDS, Category, Knowledge
from nlp.lexicon import read_data
from nlp.model import Model
from nlp.pipeline import Pipeline, load
from nlp.rulebook import Rulebook
from nlp.steps.sensitive import SensitiveStep

ENGLISH = Knowledge(programme="en", languages=("en",))
KIND = "gender_based_violence"
PARTS = 5
UNRULED = (
    "he says filthy stuff to every girl on the ferry",
    "an old man shows himself to the schoolgirls by the canal",
    "the porter brushes his fingers over every woman who passes",
)
"""Accounts in which no phrase of the rules stands."""

UNHEARD = "the guard asks girls for their number"
"""Nearly an account to the detector, which says nothing by itself."""

UNLIKE = (
    "the driver followed the river road and my friend got the medicine at the clinic",
    "the engineer pushed my broken cart to the market because the road is flooded",
)
"""Ordinary texts that have the words of a rule."""

GOLD = Path(__file__).parents[2] / "benchmarks" / "gold"


@pytest.fixture(scope="module")
def pipeline(models: Path) -> Pipeline:
    return load(ENGLISH, models)


def _chance(detector: Detector, text: str, rules: Rulebook) -> float:
    found = words(text)
    return detector.probability(passages(level(found), rules.find(found)))


@pytest.mark.parametrize("text", UNRULED)
def test_an_account_that_no_rule_knows_is_heard(text: str, pipeline: Pipeline) -> None:
    rules = Rulebook("sensitive.yaml", ENGLISH.languages)
    assert not [match for match in rules.apply(rules.find(words(text))) if match.rule.says == KIND]
    finding = pipeline.analyse([text])[0].sensitive[0]
    assert finding.kind == KIND
    assert finding.why and all(word in words(text) for word in finding.why.split(", "))


@pytest.mark.parametrize("text", UNLIKE)
def test_a_weak_rule_is_not_enough_for_a_text_unlike_any_account(text: str, pipeline: Pipeline) -> None:
    rules = Rulebook("sensitive.yaml", ENGLISH.languages)
    assert [match for match in rules.apply(rules.find(words(text))) if match.rule.says == KIND]
    assert not pipeline.analyse([text])[0].sensitive


def test_news_of_others_is_not_heard_as_an_account(pipeline: Pipeline) -> None:
    account = UNRULED[0]
    assert pipeline.analyse([account])[0].sensitive
    assert not pipeline.analyse([f"{account}, a spokeswoman of the ministry said"])[0].sensitive


ROUND = (
    "I have sold tomatoes at this market for nineteen years and my mother sold them before me. The committee has drained the "
    "lower rows and put lamps by the gate, and trade is better than in many years. "
)
"""Much that is about nothing else, before and after one sentence."""


def test_one_sentence_of_a_long_account_is_heard_and_a_long_ordinary_text_is_not(pipeline: Pipeline) -> None:
    sentence = "The guard pressed himself against my sister and put his hand under her skirt. "
    detector = learn_detectors(ENGLISH)[0]
    rules = Rulebook("sensitive.yaml", ENGLISH.languages)
    around, long = ROUND * 4, ROUND * 2 + sentence + ROUND * 2
    assert _chance(detector, sentence, rules) > 0.5 > _chance(detector, around, rules)
    assert _chance(detector, long, rules) > 0.5
    assert not pipeline.analyse([around])[0].sensitive


PLEA = "Please mend the pump of our lane, the water is brown and the tap of the school is dry."


@pytest.mark.parametrize(
    ("text", "language", "score", "believed"),
    [
        (PLEA, "en", 0.6, False),
        (PLEA, "en", 0.9, False),
        (UNHEARD, "en", 0.1, False),
        (UNHEARD, "en", 0.8, True),
        ("le arreglan la bomba solo a sus primos", "es", 0.6, True),
    ],
    ids=[
        "unlike any account",
        "unlike, and sure",
        "nearly an account",
        "nearly, and sure",
        "a language it does not know",
    ],
)
def test_a_category_speaks_with_the_detector_where_that_knows_the_language(
    text: str, language: str, score: float, *, believed: bool
) -> None:
    harm = Category("harm", sensitive=KIND)
    step = SensitiveStep()
    step.prepare(
        Knowledge(programme="harm", languages=("en",), categories=(harm,)),
        Model("test", detectors=learn_detectors(ENGLISH)),
    )
    doc = spacy.blank("en")(text)
    doc._.language = Language(language, 1.0)
    doc._.scores = (CategoryFinding("harm", score, "lane"),)
    assert [finding.kind for finding in step.read(doc)._.sensitive] == [KIND] * believed


def test_accounts_held_back_are_mostly_heard_and_ordinary_texts_mostly_not() -> None:
    accounts, ordinary = tuple(read_data("told.yaml")["accounts"][KIND]["en"]), ordinary_texts(ENGLISH)
    detector = learn_detector(KIND, _without(accounts), _without(ordinary), ENGLISH.languages)
    rules = Rulebook("sensitive.yaml", ENGLISH.languages)
    heard = [_chance(detector, text, rules) >= 0.5 for text in accounts[::PARTS]]
    alarmed = [_chance(detector, text, rules) >= 0.5 for text in ordinary[::PARTS]]
    assert sum(heard) / len(heard) > 0.7
    assert sum(alarmed) / len(alarmed) < 0.08


def _without(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for number, text in enumerate(texts) if number % PARTS)


def test_it_learns_the_same_each_time_from_the_programmes_languages_and_can_be_stored() -> None:
    detector, shared = learn_detectors(ENGLISH)
    learn_detector.cache_clear()
    assert learn_detectors(ENGLISH) == (detector, shared)
    assert pickle.loads(pickle.dumps((detector, shared))) == (detector, shared)
    swahili, _ = learn_detectors(Knowledge(languages=("sw",)))
    assert swahili.weights["w:mapaja"] > 0 and "w:mapaja" not in detector.weights


def test_a_programmes_own_examples_teach_what_is_ordinary() -> None:
    text = "the uncle rubs all girls with balm before the wrestling"
    wrestling = Category("wrestling", examples={"en": (text,) * 3})
    rules = Rulebook("sensitive.yaml", ENGLISH.languages)
    before, _ = learn_detectors(ENGLISH)
    after, _ = learn_detectors(Knowledge(languages=("en",), categories=(wrestling,)))
    sensitive, _ = learn_detectors(
        Knowledge(languages=("en",), categories=(Category("wrestling", sensitive=KIND, examples={"en": (text,)}),))
    )
    assert _chance(after, text, rules) < _chance(before, text, rules) - 0.1
    assert sensitive == before


def test_the_shared_detector_says_of_which_kind_an_account_is() -> None:
    _, shared = learn_detectors(ENGLISH)
    assert {one.kind for one in shared.among} == set(SENSITIVE_KINDS) - {KIND}
    rules = Rulebook("sensitive.yaml", ENGLISH.languages)
    text = words("the storekeeper swallowed rat poison and wants to be dead")
    assert shared.named(passages(text, rules.find(text))) == "self_harm"


def test_what_is_learned_from_is_of_known_kinds_said_once_and_held_apart_from_gold() -> None:
    told = read_data("told.yaml")
    assert set(told["accounts"]) <= set(SENSITIVE_KINDS)
    spoken = [*told["accounts"].values(), told["ordinary"]]
    texts = [" ".join(words(text)) for languages in spoken for texts in languages.values() for text in texts]
    assert len(told["accounts"][KIND]["en"]) >= 700 and len(told["ordinary"]["en"]) >= 900
    twice = {text for text in texts if texts.count(text) > 1}
    assert not twice
    gold = {
        " ".join(words(json.loads(line)["text"]))
        for path in GOLD.glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    assert not [text for text in texts if len(text.split()) > 3 and text in gold]
