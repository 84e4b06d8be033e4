"""Nobody can be worked out of the figures: a reader with every shown cell at once and a linear solver tries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import product

import numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from service.summaries.cells import ALL, Cell, Name, Table, ancestors, open_categories
from service.summaries.suppression import choose_shown
from tests.service.summaries.towns import town

MINIMUM = 5
TOWN = town()
CHAINS = ancestors(TOWN)
CATEGORIES = open_categories(TOWN)
ATOMS = [(area, category) for area in CHAINS for category in CATEGORIES]
NODES = [ALL, *CHAINS]


@dataclass(frozen=True)
class Account:
    area: str
    category: str
    reporter: int


def tabulate(accounts: list[Account]) -> Table:
    """The slow and obvious way: every cell by itself."""

    def cell(found: list[Account]) -> Cell:
        return Cell(len(found), len({a.reporter for a in found}), len(found))

    def inside(area: str) -> list[Account]:
        return [a for a in accounts if area in CHAINS[a.area]]

    named = {
        (area, category): [a for a in inside(area) if category in (ALL, a.category)]
        for area, category in product(NODES, (ALL, *CATEGORIES))
    }
    atoms: dict[Name, list[Account]] = defaultdict(list)
    for account in accounts:
        atoms[account.area, account.category].append(account)
    return Table(
        cells={name: cell(found) for name, found in named.items() if found},
        atoms={name: cell(found) for name, found in atoms.items()},
        people={name: frozenset(a.reporter for a in found) for name, found in atoms.items()},
        cell_people={name: frozenset(a.reporter for a in found) for name, found in named.items()},
    )


def covers(name: Name, atom: Name) -> bool:
    return name[0] in CHAINS[atom[0]] and name[1] in (ALL, atom[1])


def indicator(name: Name) -> list[float]:
    return [1.0 if covers(name, atom) else 0.0 for atom in ATOMS]


def small(table: Table) -> list[Name]:
    return [name for name, cell in table.cells.items() if 0 < cell.people < MINIMUM]


def least_reports(table: Table, shown: frozenset[Name], name: Name) -> float:
    """The lowest count of a cell in any table that agrees with everything shown."""
    ordered = sorted(shown)
    solved = linprog(
        indicator(name),
        A_eq=[indicator(s) for s in ordered] or None,
        b_eq=[table.cell(s).reports for s in ordered] or None,
        bounds=(0, None),
    )
    assert solved.status == 0
    return float(solved.fun)


def least_people(table: Table, shown: frozenset[Name], name: Name) -> float:
    """For people, who may be in several cells: a total is at most the sum of its parts, and no less than each."""
    matrix, limits = [], []
    for s in sorted(shown):
        parts = numpy.array(indicator(s))
        people = table.cell(s).people
        matrix.append(-parts)
        limits.append(-people)
        for index in numpy.flatnonzero(parts):
            row = numpy.zeros(len(ATOMS))
            row[index] = 1
            matrix.append(row)
            limits.append(people)
    solved = linprog(indicator(name), A_ub=matrix or None, b_ub=limits or None, bounds=(0, None))
    assert solved.status == 0
    return float(solved.fun)


areas = st.sampled_from([*CHAINS])
categories = st.sampled_from(CATEGORIES)


@st.composite
def towns_full(draw: st.DrawFn) -> list[Account]:
    """Lumpy on purpose: most cells empty or tiny, a few large, some people with several accounts."""
    accounts: list[Account] = []
    for area, category in draw(st.lists(st.tuples(areas, categories), min_size=1, max_size=14, unique=True)):
        for _ in range(draw(st.sampled_from([1, 1, 2, 3, 4, 5, 6, 9, 14]))):
            accounts.append(Account(area, category, len(accounts)))
    for index, area, category in draw(
        st.lists(st.tuples(st.integers(0, len(accounts) - 1), areas, categories), max_size=6)
    ):
        accounts.append(Account(area, category, accounts[index].reporter))
    return accounts


@settings(max_examples=70, deadline=None, derandomize=True)
@given(towns_full())
def test_no_small_cell_can_be_told_from_an_empty_one(accounts: list[Account]) -> None:
    table = tabulate(accounts)
    shown = choose_shown(TOWN, table, MINIMUM)
    assert all(table.cell(name).people >= MINIMUM for name in shown)
    for name in small(table):
        assert least_reports(table, shown, name) < 1e-6, (name, sorted(shown))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(towns_full())
def test_nor_by_counting_people(accounts: list[Account]) -> None:
    table = tabulate(accounts)
    shown = choose_shown(TOWN, table, MINIMUM)
    for name in small(table):
        assert least_people(table, shown, name) < 1e-6, (name, sorted(shown))


def many(area: str, category: str, people: int, first: int) -> list[Account]:
    return [Account(area, category, first + number) for number in range(people)]


def test_the_solver_finds_what_plain_thresholds_give_away() -> None:
    """The attack works: hiding only the small cells would give one back, so a pass above means something."""
    accounts = many("north", "water", 9, 0) + many("north", "roads", 2, 100) + many("south", "roads", 30, 200)
    table = tabulate(accounts)
    naive = frozenset(name for name, cell in table.cells.items() if cell.people >= MINIMUM)
    assert least_reports(table, naive, ("north", "roads")) == 2
    careful = choose_shown(TOWN, table, MINIMUM)
    assert least_reports(table, careful, ("north", "roads")) == 0
    assert (ALL, ALL) in careful


def test_large_cells_are_all_shown() -> None:
    accounts = [
        account
        for number, (area, category) in enumerate(product(("n1", "n2", "s1", "s2"), ("water", "roads")))
        for account in many(area, category, 8, number * 100)
    ]
    table = tabulate(accounts)
    assert choose_shown(TOWN, table, MINIMUM) == frozenset(table.cells)


def test_a_rest_of_few_people_hides_another_cell() -> None:
    """23 in the north, 20 of them in n1: the other three would be known."""
    table = tabulate(many("n1", "water", 20, 0) + many("n2", "water", 3, 100) + many("s1", "water", 20, 200))
    shown = choose_shown(TOWN, table, MINIMUM)
    assert not {("north", "water"), ("n1", "water")} <= shown


def test_a_few_texts_without_a_place_do_not_hide_the_total() -> None:
    """Where all people are also counted in one area, it goes, not the total, and not what is shown of each subject."""
    accounts = many("n1", "water", 20, 0) + many("n1", "roads", 20, 100)
    accounts += [Account("", "water", 0), Account("", "water", 1), Account("", "roads", 100)]
    shown = choose_shown(TOWN, tabulate(accounts), MINIMUM)
    assert {(ALL, ALL), (ALL, "water"), (ALL, "roads")} <= shown


def test_too_few_people_show_nothing() -> None:
    assert choose_shown(TOWN, tabulate(many("n1", "water", 4, 0)), MINIMUM) == frozenset()
    assert choose_shown(TOWN, tabulate([]), MINIMUM) == frozenset()


def test_the_choice_does_not_hang_on_order() -> None:
    accounts = many("n1", "water", 6, 0) + many("n2", "roads", 4, 50) + many("s1", "fire", 9, 90) + many("", "", 5, 200)
    assert choose_shown(TOWN, tabulate(accounts), MINIMUM) == choose_shown(TOWN, tabulate(accounts[::-1]), MINIMUM)
