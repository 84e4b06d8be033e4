"""A week's figures beside the four before, as far as they may be shown.

What a digest says of earlier weeks is made only of cells that were shown in each of them: a mean that held a hidden
week would give it back to whoever kept the other three. Late decisions of moderators may still move a past week a
little.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from service.programme import Programme
from service.summaries.cells import Cell, Name, Table, count
from service.summaries.change import Change, compare
from service.summaries.periods import Weeks
from service.summaries.suppression import choose_shown

BEFORE = 4
"""Weeks that a week is compared with."""


@dataclass(frozen=True)
class Week:
    """One week's counts, and the names of those that may be shown."""

    table: Table
    shown: frozenset[Name]

    def cell(self, name: Name) -> Cell | None:
        """The cell, or None where it is hidden."""
        return self.table.cell(name) if name in self.shown else None


@dataclass(frozen=True)
class Board:
    """The weeks in order; the last is the one reported on."""

    weeks: tuple[Week, ...]

    @property
    def current(self) -> Week:
        return self.weeks[-1]

    def change(self, name: Name) -> Change | None:
        """This week's people against the four weeks before; None where one of the five is hidden."""
        cells = [week.cell(name) for week in self.weeks]
        if any(cell is None for cell in cells):
            return None
        *before, now = [cell.people for cell in cells if cell is not None]
        return compare(now, before)


async def load_board(session: AsyncSession, programme: Programme, period: Weeks) -> Board:
    """The weeks of `period`, and four before it."""
    tables = await count(session, programme, period.with_before(BEFORE).bounds(programme.zone))
    minimum = programme.rules.small_cell
    # In a thread: with hundreds of areas this takes a second a week, and the web must go on answering.
    chosen = [await asyncio.to_thread(choose_shown, programme, table, minimum) for table in tables]
    return Board(tuple(Week(table, shown) for table, shown in zip(tables, chosen, strict=True)))
