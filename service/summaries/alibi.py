"""Could a hidden cell be empty, for all that the shown totals say?

The shown totals split all counts into a table of left groups (areas) by right groups (categories), of which only the
sums of groups are known. A cell could be empty if its count can be moved to other cells so that every sum stays: up
along one cell, down along the next. Counts may grow without bound and shrink to 0, so that is a flow.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

Group = Hashable
Edge = tuple[Group, Group, int]
"""A cell: its left group, its right group, its count."""


@dataclass(frozen=True)
class Pairs:
    """For each left and right group that have cells in common: how many cells, and the sum of their counts."""

    right_of: dict[Group, dict[Group, list[int]]]
    left_of: dict[Group, set[Group]]

    @classmethod
    def of(cls, edges: Iterable[Edge]) -> Pairs:
        right_of: dict[Group, dict[Group, list[int]]] = defaultdict(dict)
        left_of: dict[Group, set[Group]] = defaultdict(set)
        for left, right, amount in edges:
            pair = right_of[left].setdefault(right, [0, 0])
            pair[0] += 1
            pair[1] += amount
            left_of[right].add(left)
        return cls(right_of, left_of)


def has_alibi(pairs: Pairs, cells: Sequence[Edge]) -> bool:
    """True if all of `cells`, which are among those of `pairs`, could be empty at once."""
    spare: dict[Group, int] = defaultdict(int)
    lacking: dict[Group, int] = defaultdict(int)
    changed: dict[tuple[Group, Group], list[int]] = {}
    for left, right, amount in cells:
        spare[left] += amount
        lacking[right] += amount
        pair = changed.setdefault((left, right), list(pairs.right_of[left][right]))
        pair[0] -= 1
        pair[1] -= amount
    while any(spare.values()):
        path = _path(pairs, changed, spare, lacking)
        if path is None:
            return False
        _move(pairs, changed, spare, lacking, path)
    return True


def _look(pairs: Pairs, changed: dict[tuple[Group, Group], list[int]], left: Group, right: Group) -> list[int]:
    return changed.get((left, right)) or pairs.right_of[left][right]


def _path(
    pairs: Pairs,
    changed: dict[tuple[Group, Group], list[int]],
    spare: dict[Group, int],
    lacking: dict[Group, int],
) -> list[Group] | None:
    """Left, right, left, …, right: from where counts are over to where they lack, by the fewest steps."""
    starts = {left for left, amount in spare.items() if amount}
    came_left: dict[Group, Group] = {}
    came_right: dict[Group, Group] = {}
    waiting = deque(starts)
    while waiting:
        left = waiting.popleft()
        for right in pairs.right_of[left]:
            if right in came_right or not _look(pairs, changed, left, right)[0]:
                continue
            came_right[right] = left
            if lacking.get(right):
                return _trace(right, starts, came_left, came_right)
            for further in pairs.left_of[right]:
                if further not in came_left and further not in starts and _look(pairs, changed, further, right)[1]:
                    came_left[further] = right
                    waiting.append(further)
    return None


def _trace(
    end: Group, starts: set[Group], came_left: dict[Group, Group], came_right: dict[Group, Group]
) -> list[Group]:
    path, at = [end], end
    while True:
        left = came_right[at]
        path.append(left)
        if left in starts:
            return path[::-1]
        at = came_left[left]
        path.append(at)


def _move(
    pairs: Pairs,
    changed: dict[tuple[Group, Group], list[int]],
    spare: dict[Group, int],
    lacking: dict[Group, int],
    path: list[Group],
) -> None:
    """Move as much as the path bears: the cells it goes along grow, those it goes back along shrink."""
    ups = [(path[i], path[i + 1]) for i in range(0, len(path) - 1, 2)]
    downs = [(path[i + 1], path[i]) for i in range(1, len(path) - 1, 2)]
    bears = [_look(pairs, changed, *pair)[1] for pair in downs]
    amount = min(spare[path[0]], lacking[path[-1]], *bears)
    spare[path[0]] -= amount
    lacking[path[-1]] -= amount
    for sign, moved in ((1, ups), (-1, downs)):
        for pair in moved:
            found = changed.setdefault(pair, list(pairs.right_of[pair[0]][pair[1]]))
            found[1] += sign * amount
