"""What people drew, wrote or filled in upon a page of a PDF: notes, stamps, signatures and fields, as the file shows them.

A reader draws these over the page. To keep what is seen without who did it and when, their pictures become part of the page.
Where each goes: ISO 32000-2, 12.5.5, algorithm "appearance streams".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from service.media.copying import entry

_UNSEEN = frozenset({"/Link", "/Popup"})
_HIDDEN, _NOT_VIEWED = 1 << 1, 1 << 5
_UPRIGHT = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def marks(page: DictionaryObject) -> Iterator[tuple[Any, bytes]]:
    """Of each mark that is seen: what it looks like, a form or a reference to one, and its place as operands of `cm`."""
    listed = entry(page, "/Annots")
    for item in listed if isinstance(listed, ArrayObject) else ():
        mark = item.get_object()
        if not isinstance(mark, DictionaryObject) or not _is_seen(mark):
            continue
        look = _look(mark)
        if look is not None and (place := _place(mark, look.get_object())):
            yield look, place


def _is_seen(mark: DictionaryObject) -> bool:
    flags = entry(mark, "/F")
    hidden = isinstance(flags, int) and flags & (_HIDDEN | _NOT_VIEWED)
    return not hidden and entry(mark, "/Subtype") not in _UNSEEN


def _look(mark: DictionaryObject) -> Any:
    """The form that shows it, as the file refers to it; None if it has none."""
    looks = entry(mark, "/AP")
    if not isinstance(looks, DictionaryObject) or "/N" not in looks:
        return None
    look = looks.raw_get("/N")
    if not isinstance(look.get_object(), StreamObject):
        # One for each state, as ticked and not.
        states, state = look.get_object(), entry(mark, "/AS")
        if not isinstance(states, DictionaryObject) or state not in states:
            return None
        look = states.raw_get(state)
    return look if isinstance(look.get_object(), StreamObject) else None


def _place(mark: DictionaryObject, form: DictionaryObject) -> bytes:
    """Moves and stretches the form's box onto the mark's; nothing if one of the two has no size."""
    a, b, c, d, e, f = _numbers(form, "/Matrix", 6) or _UPRIGHT
    box, goal = _numbers(form, "/BBox", 4), _numbers(mark, "/Rect", 4)
    if not box or not goal:
        return b""
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in box[::2] for y in box[1::2]]
    (left, right), (low, high) = ((min(side), max(side)) for side in zip(*corners, strict=True))
    (goal_left, goal_right), (goal_low, goal_high) = sorted(goal[::2]), sorted(goal[1::2])
    if right == left or high == low:
        return b""
    across, up = (goal_right - goal_left) / (right - left), (goal_high - goal_low) / (high - low)
    moved = (across, 0.0, 0.0, up, goal_left - left * across, goal_low - low * up)
    return " ".join(f"{number:.5f}" for number in moved).encode()


def _numbers(thing: DictionaryObject, key: str, count: int) -> list[float]:
    """That many numbers; none where there are more, or less."""
    found = entry(thing, key)
    if not isinstance(found, ArrayObject) or len(found) != count:
        return []
    return [float(number.get_object()) for number in found]
