"""The figures anyone may see: the last finished block of four weeks, and how reports of three blocks fared.

Blocks do not overlap, and a figure of which all weeks but one are shown in digests would give that week back: it is
hidden.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.programme import Programme
from service.summaries.cells import ALL, NONE, Cell, Name, Table, count
from service.summaries.chain import Chains, load_chains
from service.summaries.heard import Heard, load_heard
from service.summaries.periods import BLOCK, Weeks, last_block
from service.summaries.remits import digest_names
from service.summaries.suppression import choose_shown

CHAIN_BLOCKS = 3
"""An answer takes weeks; the chain looks back this many blocks."""


@dataclass(frozen=True)
class AreaLine:
    """An area's figures. `cell` is None where it is hidden; `depth` is how many areas it lies in."""

    code: str
    name: str
    level: str
    depth: int
    cell: Cell | None
    per_10000: float | None
    """People who reported for every 10,000 who live there."""


@dataclass(frozen=True)
class CategoryLine:
    """A category's figures over all areas; `cell` is None where it is hidden."""

    code: str
    label: Mapping[str, str]
    sdg: str | None
    cell: Cell | None


@dataclass(frozen=True)
class PublicFigures:
    """All that is published about one programme. `weeks` and `chain_weeks` are whole ISO weeks."""

    weeks: Weeks
    chain_weeks: Weeks
    total: Cell | None
    areas: tuple[AreaLine, ...]
    categories: tuple[CategoryLine, ...]
    unlocated: Cell | None
    uncategorised: Cell | None
    crossed: Mapping[Name, Cell]
    """Shown cells of one area and one category."""
    heard: Heard
    chains: Chains


async def public_figures(session: AsyncSession, programme: Programme, now: datetime) -> PublicFigures:
    """The figures as of `now`; they change when a block of four weeks ends, or a moderator decides late."""
    weeks = last_block(now, programme.zone)
    bounds = weeks.bounds(programme.zone)
    minimum = programme.rules.small_cell
    tables = await count(session, programme, bounds)
    (table,) = await count(session, programme, [bounds[0], bounds[-1]])
    shown = hide_single_weeks(
        choose_shown(programme, table, minimum),
        [(week, choose_shown(programme, week, minimum) & digest_names(programme)) for week in tables],
        minimum,
    )
    cells = {name: table.cell(name) for name in shown}
    chain_weeks = weeks.with_before((CHAIN_BLOCKS - 1) * BLOCK)
    chain_bounds = chain_weeks.bounds(programme.zone)
    return PublicFigures(
        weeks=weeks,
        chain_weeks=chain_weeks,
        total=cells.get((ALL, ALL)),
        areas=tuple(_area_lines(programme, cells)),
        categories=tuple(
            CategoryLine(entry.code, entry.label, entry.sdg, cells.get((ALL, entry.code)))
            for entry in programme.categories
            if entry.sensitive is None
        ),
        unlocated=cells.get((NONE, ALL)),
        uncategorised=cells.get((ALL, NONE)),
        crossed={
            name: cell for name, cell in cells.items() if name[0] not in (ALL, NONE) and name[1] not in (ALL, NONE)
        },
        heard=await load_heard(session, programme, bounds[0], bounds[-1]),
        chains=await load_chains(session, programme, chain_bounds[0], chain_bounds[-1]),
    )


def hide_single_weeks(
    shown: frozenset[Name], weeks: Sequence[tuple[Table, frozenset[Name]]], minimum: int
) -> frozenset[Name]:
    """What may stay beside its weeks: those that are hidden hold nobody, or they are two or more with enough people.

    Of each week, give what digests show of it.
    """
    missing: dict[Name, list[frozenset[int]]] = defaultdict(list)
    in_digests = frozenset().union(*(week for _, week in weeks))
    for table, week in weeks:
        for name in (shown & in_digests) - week:
            if table.cell(name).people:
                missing[name].append(table.cell_people[name])
    return frozenset(
        name
        for name in shown
        if not missing[name] or (len(missing[name]) > 1 and len(frozenset().union(*missing[name])) >= minimum)
    )


def _area_lines(programme: Programme, cells: Mapping[Name, Cell]) -> Iterable[AreaLine]:
    below: dict[str | None, list[str]] = defaultdict(list)
    for area in programme.areas:
        below[area.parent].append(area.code)

    def walk(parent: str | None, depth: int) -> Iterable[AreaLine]:
        for code in below[parent]:
            area, cell = programme.area_by_code[code], cells.get((code, ALL))
            rate = round(10_000 * cell.people / area.population, 1) if cell and area.population else None
            yield AreaLine(code, area.name, area.level, depth, cell, rate)
            yield from walk(code, depth + 1)

    return walk(None, 0)
