"""Long tests begin early, and no test is lost on the way there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.order import FIRST, deal, is_first

ROOT = Path(__file__).parents[1]


def _pieces(dealt: list[str], workers: int) -> list[list[str]]:
    """As worksteal cuts them: an equal share of what is left to each."""
    pieces = []
    for worker in range(workers):
        size = len(dealt) // (workers - worker)
        pieces.append(dealt[:size])
        dealt = dealt[size:]
    return pieces


@pytest.mark.parametrize(("workers", "heads"), [(1, 1), (2, 1), (3, 1), (4, 2), (9, 4)])
def test_half_of_the_workers_begin_with_the_long_ones(workers: int, heads: int) -> None:
    first, rest = [f"long {n}" for n in range(11)], [f"short {n}" for n in range(200)]
    dealt = deal(first, rest, workers)
    assert sorted(dealt) == sorted(first + rest)
    assert [test for test in dealt if test in rest] == rest
    counts = [sum(test in first for test in piece) for piece in _pieces(dealt, workers)]
    assert sum(counts[:heads]) == len(first)
    assert max(counts[:heads]) - min(counts[:heads]) <= 1
    assert all(
        piece[:count] == [t for t in piece if t in first]
        for piece, count in zip(_pieces(dealt, workers), counts, strict=True)
    )


def test_a_few_chosen_tests_are_all_run() -> None:
    assert sorted(deal(["a", "b", "c"], ["d"], 4)) == ["a", "b", "c", "d"]
    assert deal([], [], 2) == []


@pytest.mark.parametrize("start", FIRST)
def test_what_goes_first_is_there(start: str) -> None:
    names = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")]
    assert any(is_first(name) and name.startswith(start) for name in names)
