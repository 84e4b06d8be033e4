"""Which cells may be shown, so that nobody can be found in the figures, nor worked out from them.

Whoever reads every digest and the public page at once is the reader we guard against: everything published about a
span of time is chosen here, from one set. Four rules hold for that set.

1. A shown cell is about at least `minimum` people. An empty cell is not shown as 0: if it were, every other hidden
   cell would be known to hold somebody. So a hidden cell says "fewer than five people, or none", or was hidden to
   guard another.
2. What is left of a total after taking away what is shown below it is about nobody or at least `minimum` people.
3. Every hidden cell of one to `minimum` - 1 people has an alibi: another table, no less in accord with all that is
   shown, in which it is empty. Hence no sum or difference of shown cells gives it back, and its interval begins at 0.
4. Whatever breaks rule 2 or 3 is mended by hiding more, the cell of the fewest people first. Showing less is always
   safe.

Shown cells fall into two families of nested totals, of areas and of categories in areas. Each count lies in the
smallest shown total of either family that holds it, so all that is shown is a two-way table of such groups, and an
alibi is a flow from one to the other (D. Gusfield, A graph theoretic approach to statistical data security, SIAM
Journal on Computing 17, 1988, 552-571).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from service.programme import Programme
from service.summaries.alibi import Pairs, has_alibi
from service.summaries.cells import ALL, Name, Table, ancestors, open_categories

Atoms = list[Name]


def choose_shown(programme: Programme, table: Table, minimum: int) -> frozenset[Name]:
    """The names of the cells that may be shown. The same table always gives the same choice."""
    shown = {name for name, cell in table.cells.items() if cell.people >= minimum}
    scene = _Scene(ancestors(programme), open_categories(programme), table, minimum)
    while (ALL, ALL) in shown:
        doubtful = scene.doubtful(shown)
        if not doubtful:
            return frozenset(shown)
        shown -= {min(names, key=scene.weight) for names in doubtful}
    return frozenset()


Only = TypeVar("Only")


def _only(found: set[Only]) -> Only | None:
    return next(iter(found)) if len(found) == 1 else None


@dataclass(frozen=True)
class _Groups:
    """Where each atom lies: in which shown total of an area (left), in which of a category (right; None: in none)."""

    left: Mapping[Name, Name]
    right: Mapping[Name, Name | None]
    in_left: Mapping[Name, Atoms]
    in_right: Mapping[Name | None, Atoms]
    below: Mapping[Name | None, set[Name]]
    """By shown total, the shown totals of its family next below it; None has the uppermost of categories."""

    @cached_property
    def whole_left(self) -> Mapping[Name | None, Name | None]:
        """By right group, the left group it lies wholly inside, or None."""
        return {name: _only({self.left[atom] for atom in atoms}) for name, atoms in self.in_right.items()}

    @cached_property
    def whole_right(self) -> Mapping[Name, tuple[Name | None] | None]:
        """By left group, the right group it lies wholly inside, in a tuple, or None."""
        return {name: _only({(self.right[atom],) for atom in atoms}) for name, atoms in self.in_left.items()}


class _Scene:
    """A table with what its rules need to know, computed once."""

    def __init__(
        self, chains: Mapping[str, tuple[str, ...]], categories: Iterable[str], table: Table, minimum: int
    ) -> None:
        self.chains = chains
        self.table = table
        self.minimum = minimum
        self.atoms = [(area, category) for area in chains for category in categories]
        self.inside: dict[Name, Atoms] = defaultdict(list)
        """The atoms of every cell, the empty ones too: a count must not hide in them."""
        self.pending: list[Atoms] = []
        """Small cells whose alibi is not found yet. Once found it stays: hiding more takes no freedom away."""
        for area, category in self.atoms:
            for above in chains[area]:
                self.inside[above, category].append((area, category))
                self.inside[above, ALL].append((area, category))
        self.pending = list(self._small())

    def weight(self, name: Name) -> tuple[int, int, bool, Name]:
        """What is hidden first: the fewest people; of equals the cell within the others, so that the total goes last."""
        area, category = name
        return self.table.cell(name).people, -len(self.chains.get(area, ())), category == ALL, name

    def doubtful(self, shown: set[Name]) -> list[set[Name]]:
        """For each rule that is broken, the shown cells of which hiding one can help. Empty: all is well."""
        groups = self._group(shown)
        found = [names for names in self._remainders(groups) if names]
        return found or self._without_alibi(groups)

    def _group(self, shown: set[Name]) -> _Groups:
        left: dict[Name, Name] = {}
        right: dict[Name, Name | None] = {}
        in_left: dict[Name, Atoms] = defaultdict(list)
        in_right: dict[Name | None, Atoms] = defaultdict(list)
        rows = {
            area: next((above, ALL) for above in chain if (above, ALL) in shown) for area, chain in self.chains.items()
        }
        for atom in self.atoms:
            area, category = atom
            left[atom] = rows[area]
            right[atom] = next(((above, category) for above in self.chains[area] if (above, category) in shown), None)
            in_left[left[atom]].append(atom)
            in_right[right[atom]].append(atom)
        below: dict[Name | None, set[Name]] = defaultdict(set)
        for name in shown - {(ALL, ALL)}:
            below[self._above(name, shown)].add(name)
        return _Groups(left, right, in_left, in_right, below)

    def _remainders(self, groups: _Groups) -> Iterable[set[Name]]:
        """Rule 2, for either family and what is left when groups of the other lie wholly inside."""
        for name, atoms in groups.in_left.items():
            rest = [atom for atom in atoms if groups.whole_left[groups.right[atom]] != name]
            if self._too_few(atoms):
                # Hiding cells of the other family would leave these very atoms alone.
                yield {name} | groups.below[name]
            elif self._too_few(rest):
                yield self._around_left(name, groups)
        for column, atoms in groups.in_right.items():
            rest = [atom for atom in atoms if groups.whole_right[groups.left[atom]] != (column,)]
            if self._too_few(atoms) or self._too_few(rest):
                yield self._around_right(column, groups) | {groups.left[atom] for atom in atoms}

    def _too_few(self, atoms: Atoms) -> bool:
        people: set[int] = set()
        for atom in atoms:
            people |= self.table.people.get(atom, frozenset())
        return 0 < len(people) < self.minimum

    def _without_alibi(self, groups: _Groups) -> list[set[Name]]:
        """Rule 3."""
        measures = [
            Pairs.of((groups.left[atom], groups.right[atom], amount) for atom, amount in amounts)
            for amounts in (
                [(atom, self._reports(atom)) for atom in self.atoms],
                [(atom, self._people(atom)) for atom in self.atoms],
            )
        ]
        found, doubtful = [], []
        for atoms in self.pending:
            small = [
                [(groups.left[a], groups.right[a], amount(a)) for a in atoms]
                for amount in (self._reports, self._people)
            ]
            if not all(has_alibi(pairs, edges) for pairs, edges in zip(measures, small, strict=True)):
                around: set[Name] = set()
                for atom in atoms:
                    around |= self._around_left(groups.left[atom], groups)
                    around |= self._around_right(groups.right[atom], groups)
                found.append(around)
                doubtful.append(atoms)
        self.pending = doubtful
        return found

    def _small(self) -> Iterable[Atoms]:
        """The atoms of the largest hidden cells of too few people: the cells within them then have an alibi too."""
        small = {name for name, cell in self.table.cells.items() if cell.people < self.minimum}
        for area, category in small:
            above = self._parent(area)
            if (above, category) not in small and (category == ALL or (area, ALL) not in small):
                yield self.inside[area, category]
        for atom, cell in self.table.atoms.items():
            if atom not in small and cell.people < self.minimum:
                yield [atom]

    def _reports(self, atom: Name) -> int:
        cell = self.table.atoms.get(atom)
        return 0 if cell is None else cell.reports

    def _people(self, atom: Name) -> int:
        return len(self.table.people.get(atom, ()))

    def _parent(self, area: str) -> str | None:
        return None if area == ALL else self.chains[area][1]

    def _around_left(self, name: Name, groups: _Groups) -> set[Name]:
        """The shown total of an area, those next below it, and the shown cells wholly inside what is left of it."""
        columns = {groups.right[atom] for atom in groups.in_left[name]}
        inside = {column for column in columns if column is not None and groups.whole_left[column] == name}
        return {name} | groups.below[name] | inside

    def _around_right(self, column: Name | None, groups: _Groups) -> set[Name]:
        """The shown total of a category, and those next below it; for no total, the uppermost ones."""
        return groups.below[column] if column is None else groups.below[column] | {column}

    def _above(self, name: Name, shown: set[Name]) -> Name | None:
        """The next larger shown total of the same family."""
        area, category = name
        chain = self.chains[area][1:] if area != ALL else ()
        return next(((above, category) for above in chain if (above, category) in shown), None)
