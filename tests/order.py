"""The order of the tests: those that start whole houses come first, so that none of them is left to one core at the end.

`--dist worksteal` cuts the list into one piece a worker, and whoever is done takes from the end of another's piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Test = TypeVar("Test")

HOUSES = (
    "tests/service/simulation/test_rehearsal.py",
    "tests/browser/",
    "tests/service/test_sigkill",
    "tests/service/test_rehearsal.py",
    "tests/docs/test_tutorial.py",
)
"""They take from five to eighty seconds each and start processes of their own, most of them several."""

FIRST = (*HOUSES, "tests/service/jobs/test_learn_decisions.py")


def is_house(name: str) -> bool:
    """Does the test of this name start a whole house?"""
    return name.startswith(HOUSES)


def is_first(name: str) -> bool:
    """Does the test of this name go before others?"""
    return name.startswith(FIRST)


def deal(first: Sequence[Test], rest: Sequence[Test], workers: int) -> list[Test]:
    """All tests, in pieces as `--dist worksteal` cuts them. The first are dealt to half of the workers only: several of them at
    once would have each other's processes wait.
    """
    heads = max(1, workers // 2)
    dealt: list[Test] = []
    left, count = list(rest), len(first) + len(rest)
    for worker in range(workers):
        size = (count - len(dealt)) // (workers - worker)
        head = first[worker::heads] if worker < heads else ()
        body = max(0, size - len(head))
        dealt += [*head, *left[:body]]
        del left[:body]
    return dealt
