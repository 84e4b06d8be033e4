"""Shares of a whole that give nobody away: rounded to 5 %, and in words where one side is few people."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

STEP = 5
"""Per cent that a share is rounded to."""
NEARLY = 0.9
"""From this part on we say nearly all."""


@dataclass(frozen=True)
class Share:
    """`most`: all or nearly all; `least`: none or hardly any; `about`: so many per cent."""

    kind: Literal["most", "least", "about"]
    percent: int | None = None


def share(with_it: Collection[int], without: Collection[int], reports: int, whole: int, minimum: int) -> Share | None:
    """The share of `reports` in `whole`. Who has it and who has not are reporters.

    None where one side is few people and yet no small part: words would mislead and a number would tell on them.
    """
    if len({*with_it, *without}) < minimum:
        return None
    if len(set(without)) < minimum:
        return Share("most") if reports >= NEARLY * whole else None
    if len(set(with_it)) < minimum:
        return Share("least") if whole - reports >= NEARLY * whole else None
    return Share("about", min(100 - STEP, max(STEP, round(100 * reports / whole / STEP) * STEP)))
