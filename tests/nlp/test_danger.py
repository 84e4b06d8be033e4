"""Gold about danger in every language of the programmes and of Haiti: what is flagged, and what is let go."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from nlp.analysis import Analysis
from nlp.lexicon import read_data
from tests.nlp.conftest import Open
from tests.nlp.test_evaluation import GOLD_TEXTS, stays_above

SHIPPED = {"en": "nairobi", "sw": "nairobi", "hi": "bihar", "hi-Latn": "bihar"}
"""The programme that reads a language; a programme without categories of its own reads the others."""


def _analysed(name: str, pipeline_of: Open) -> list[tuple[dict[str, Any], Analysis]]:
    rows = defaultdict(list)
    for line in (GOLD_TEXTS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        rows[SHIPPED.get(row["language"], row["language"])].append(row)
    found = []
    for programme, own in rows.items():
        found += list(zip(own, pipeline_of(programme).analyse([row["text"] for row in own]), strict=True))
    return found


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags)


def test_denials_are_let_go_and_accounts_with_a_negation_are_not(pipeline_of: Open) -> None:
    answers = _analysed("denied", pipeline_of)
    heard = [bool(answer.sensitive) for row, answer in answers if row["sensitive"]]
    calm = [not answer.sensitive for row, answer in answers if not row["sensitive"]]
    no_alarm = [answer.urgent.score < 0.5 for row, answer in answers if not row["sensitive"]]
    stays_above("denied", {"heard": _share(heard), "calm": _share(calm), "no_alarm": _share(no_alarm)})


@pytest.mark.parametrize("name", ["wrongs", "wrongs-2", "wrongs-3", "wrongs-4"])
def test_wrongs_of_every_kind_are_heard_in_every_language(name: str, pipeline_of: Open) -> None:
    answers = _analysed(name, pipeline_of)
    told = [(row, {finding.kind for finding in answer.sensitive}) for row, answer in answers]
    reached = {
        "heard": _share([bool(kinds) for row, kinds in told if row["sensitive"]]),
        "named": _share([bool(kinds.intersection(row["sensitive"])) for row, kinds in told if row["sensitive"]]),
        "calm": _share([not kinds for row, kinds in told if not row["sensitive"]]),
    }
    stays_above(name, reached)


def test_urgent_texts_are_told_from_those_that_sound_like_them(pipeline_of: Open) -> None:
    answers = _analysed("urgent", pipeline_of)
    heard = [answer.urgent.score >= 0.5 for row, answer in answers if row["urgent"]]
    calm = [answer.urgent.score < 0.5 for row, answer in answers if not row["urgent"]]
    stays_above("urgent", {"heard": _share(heard), "calm": _share(calm)})


LITTLE = {"nairobi": ["me", "and me", "he did it"], "bihar": ["mujhe", "And me?"]}
"""With few examples a category, and a detector, take such words for their own: accounts of violence are full of them."""


@pytest.mark.parametrize("name", LITTLE)
def test_little_words_alone_are_about_nothing(name: str, pipeline_of: Open) -> None:
    answers = pipeline_of(name).analyse(LITTLE[name])
    assert not [answer.redacted for answer in answers if answer.sensitive or answer.categories]


def test_a_rule_is_heard_among_little_words(pipeline_of: Open) -> None:
    (answer,) = pipeline_of("nairobi").analyse(["I want to end it all, end my life"])
    assert {finding.kind for finding in answer.sensitive} == {"self_harm"}


def test_no_text_of_gold_was_learned_from() -> None:
    told, learned, alarm = read_data("told.yaml"), read_data("danger.yaml"), read_data("alarm.yaml")
    every = {
        text
        for spoken in (
            *(accounts for one in (told, learned) for accounts in one["accounts"].values()),
            *(told["ordinary"], learned["ordinary"], alarm["urgent"], alarm["calm"]),
        )
        for own in spoken.values()
        for text in own
    }
    for name in ("denied", "wrongs", "wrongs-2", "wrongs-3", "wrongs-4", "urgent"):
        lines = (GOLD_TEXTS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        assert not every.intersection(json.loads(line)["text"] for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        "The blankets for the flood are sold at the chief's shop by his wife",
        "In the register it says forty desks, come and count, we never saw ten",
        "The clerk signs the permit only when there is something in the form",
    ],
)
def test_corruption_is_heard_without_a_strong_word(text: str, pipeline_of: Open) -> None:
    pipeline = pipeline_of("en")
    assert "corruption" in {finding.kind for finding in pipeline.analyse([text])[0].sensitive}


def test_a_french_article_is_not_the_united_nations(pipeline_of: Open) -> None:
    pipeline = pipeline_of("fr")
    told = pipeline.analyse(["une collégienne a été violée par un voisin"])
    assert {finding.kind for finding in told[0].sensitive} >= {"gender_based_violence"}


@pytest.mark.parametrize(
    "text",
    [
        "A suicide bombing near the bus park delayed the vaccination round.",
        "Power cuts are longer every evening.",
        "Water was diverted from the field canal to the town.",
        "The wind battered the houses on the shore all night.",
    ],
)
def test_words_of_the_news_are_no_account(text: str, pipeline_of: Open) -> None:
    pipeline = pipeline_of("en")
    assert not pipeline.analyse([text])[0].sensitive
