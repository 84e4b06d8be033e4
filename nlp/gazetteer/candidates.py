"""What a name may mean, best first: by people, by how well it is spelt, and by what else the text names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from nlp.analysis import Candidate, Mention
from nlp.gazetteer.index import Entry
from nlp.gazetteer.mentions import Named
from nlp.gazetteer.programme import ancestors
from nlp.gazetteer.search import Match
from nlp.geo import between_km
from nlp.knowledge import Area

SAME_KM = 1.5
"""Entries of one name closer than this are one place."""
NEIGHBOURS_KM = 30.0
"""Names of one text that lie this close speak for each other."""
MOST_CANDIDATES = 9
"""A numbered question has one digit."""


def as_mentions(names: Sequence[Named], areas: Mapping[str, Area]) -> tuple[Mention, ...]:
    """The names with their candidates. Scores of one mention sum to its support: the rest is "no place at all"."""
    return tuple(
        Mention(named.text, named.start, named.end, _candidates(named, [o for o in names if o.key != named.key], areas))
        for named in names
    )


def reach_km(entry: Entry) -> float:
    """How far from its point an account of the place usually is: known, or guessed from its people."""
    if entry.radius_km is not None:
        return entry.radius_km
    return 2.0 + 0.5 * math.sqrt(entry.population / 10_000)


def _candidates(named: Named, others: Sequence[Named], areas: Mapping[str, Area]) -> tuple[Candidate, ...]:
    weights = [(_weight(match, others, areas), match) for match in named.matches]
    weights.sort(key=lambda pair: -pair[0])
    total = 0.0
    distinct: list[tuple[float, Match]] = []
    for weight, match in weights:
        if any(between_km(match.entry.lat, match.entry.lon, o.entry.lat, o.entry.lon) < SAME_KM for _, o in distinct):
            continue
        distinct.append((weight, match))
        total += weight
    return tuple(
        Candidate(
            match.entry.name, match.entry.lat, match.entry.lon, match.entry.level,
            round(named.support * weight / total, 4), match.entry.area, round(reach_km(match.entry), 3),
        )
        for weight, match in distinct[:MOST_CANDIDATES]
    )  # fmt: skip


def _weight(match: Match, others: Sequence[Named], areas: Mapping[str, Area]) -> float:
    entry = match.entry
    weight = math.exp(-6.0 * (1.0 - match.likeness)) * (1.0 if match.full else 0.4)
    weight *= math.pow(1.0 + entry.population / 1_000, 0.35)
    if match.layer == 0:
        weight *= 4.0
    within = set(ancestors(areas, entry.area))
    for other in others:
        best = other.matches[0].entry
        if best.area and best.area in within and best.area != entry.area:
            weight *= 4.0
        elif between_km(entry.lat, entry.lon, best.lat, best.lon) < NEIGHBOURS_KM:
            weight *= 2.0
    return weight
