"""The interval against simulated Poisson counts, and the words it leads to."""

from __future__ import annotations

import numpy
import pytest

from service.summaries.change import compare


@pytest.mark.parametrize(
    ("people", "before", "word"),
    [
        (40, [10, 10, 10, 10], "more"),
        (3, [20, 22, 19, 21], "fewer"),
        (11, [10, 9, 12, 10], "unclear"),
        (7, [5, 5, 5, 5], "unclear"),
        (0, [5, 5, 5, 5], "fewer"),
    ],
)
def test_a_word_is_said_only_when_chance_does_not_explain_it(people: int, before: list[int], word: str) -> None:
    change = compare(people, before)
    assert change is not None
    assert change.word == word


def test_nobody_at_all_is_no_comparison() -> None:
    assert compare(0, [0, 0, 0, 0]) is None
    assert compare(5, []) is None


def test_nobody_before_has_no_upper_end() -> None:
    change = compare(6, [0, 0, 0, 0])
    assert change is not None
    assert (change.ratio, change.high, change.word) == (None, None, "more")


def test_known_values() -> None:
    """12 against 40: share 12/52, Wilson 0.137 to 0.361, so 0.64 to 2.26 times the mean of 10."""
    change = compare(12, [10, 10, 10, 10])
    assert change is not None
    assert (change.mean, change.ratio) == (10.0, 1.2)
    assert change.low == pytest.approx(0.64, abs=0.01)
    assert change.high == pytest.approx(2.26, abs=0.01)


@pytest.mark.parametrize(("usual", "ratio"), [(6.0, 1.0), (12.0, 2.0), (30.0, 0.5)])
def test_the_interval_holds_the_truth_about_95_times_in_100(usual: float, ratio: float) -> None:
    random = numpy.random.default_rng(2026)
    weeks = random.poisson(usual, (3000, 4))
    now = random.poisson(usual * ratio, 3000)
    held = 0
    for people, before in zip(now.tolist(), weeks.tolist(), strict=True):
        change = compare(people, before)
        assert change is not None
        held += change.low - 0.005 <= ratio and (change.high is None or ratio <= change.high + 0.005)
    assert 0.935 <= held / 3000 <= 0.975
