"""Accounts about the same thing come first, whatever their spelling; others are not proposed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from nlp.alike import SAME_WORDS, Account, most_alike

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HERE, FAR = (-1.3120, 36.7900), (-1.2620, 36.8580)
PIPE = Account("The main pipe burst at Mashimoni, water is flooding the road", NOW, HERE, "upper", frozenset({"water"}))


def _scores(*others: Account) -> dict[int, float]:
    return {one.number: one.score for one in most_alike(PIPE, others, 8)}


def test_the_same_event_in_other_words_comes_before_other_events() -> None:
    others = [
        replace(PIPE, text="no teacher came to the school this week", categories=frozenset({"school"})),
        replace(PIPE, text="pipe busted near mashimoni, road floded with water", at=NOW + timedelta(hours=2)),
        replace(PIPE, text="a pipe burst in Kosovo and the water floods the road", point=FAR, area="lower"),
        replace(PIPE, at=NOW - timedelta(days=1)),
    ]
    scores = _scores(*others)
    assert list(scores)[:2] == [3, 1]
    assert 0 not in scores
    assert scores[3] > 0.85
    assert scores.get(2, 0.0) < scores[1]


def test_time_and_place_part_the_same_words() -> None:
    later, farther = replace(PIPE, at=NOW + timedelta(days=20)), replace(PIPE, point=FAR, area="lower")
    scores = _scores(PIPE, later, farther)
    assert scores[0] > max(scores[1], scores[2])


def test_two_languages_meet_in_topic_place_and_time() -> None:
    told = replace(PIPE, language="en")
    again = replace(
        PIPE, text="bomba kubwa limepasuka, maji yamejaa barabarani", language="sw", at=NOW + timedelta(hours=3)
    )
    (found,) = most_alike(told, [again], 8)
    assert found.why == "the same topic in another language, the same place, the same day"
    others = [
        replace(again, point=FAR),
        replace(again, point=None),
        replace(again, at=NOW + timedelta(days=4)),
        replace(again, categories=frozenset({"school"})),
        replace(again, language="en"),
        replace(again, language=None),
    ]
    assert most_alike(told, others, 8) == []


def test_the_reason_is_said() -> None:
    near = replace(PIPE, point=(HERE[0] + 0.003, HERE[1]), at=NOW + timedelta(days=2))
    (found,) = most_alike(PIPE, [near], 8)
    assert found.why == "nearly the same words, 330 m apart, 2 days apart"
    assert found.words >= SAME_WORDS


def test_nothing_is_proposed_for_nothing() -> None:
    assert most_alike(PIPE, [], 8) == []
    assert most_alike(replace(PIPE, text="!!"), [PIPE], 8) == []
    assert most_alike(PIPE, [replace(PIPE, text="")], 8) == []
