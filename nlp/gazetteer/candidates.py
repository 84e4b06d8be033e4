"""What a name may mean, best first: by people, by how well it is spelt, and by what else the text names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from nlp.analysis import Candidate, Mention
from nlp.gazetteer.extents import ancestors
from nlp.gazetteer.index import CONFIRMED, Entry
from nlp.gazetteer.mentions import Named
from nlp.gazetteer.search import Home, Match
from nlp.geo import between_km
from nlp.knowledge import Area

SAME_KM = 1.5
"""Entries of one name closer than this are one place."""
NEIGHBOURS_KM, ONE_PLACE_KM = 10.0, 1.0
"""Names of one text speak for each other the less the farther apart they lie: twice as far, half as much, whether it is the next
quarter or the next county; what lies closer than the second is as close as can be."""
HELD = 8.0
"""How much likelier a place is whose area is named."""
OWN_KM = 20.0
OWN = 20.0
"""How many times likelier the programme's own place of a name is than a town of a thousand people; its areas are named less
often the larger they are."""
OUTSIDE = 0.4
BESIDE = 20
"""Names before and after one that speak for it: in an account of pages, what stands far away is about something else."""
MOST_CANDIDATES = 9
"""A numbered question has one digit."""


def as_mentions(names: Sequence[Named], areas: Mapping[str, Area], home: Home | None = None) -> tuple[Mention, ...]:
    """The names with their candidates. Scores of one mention sum to its support: the rest is "no place at all"."""
    return tuple(
        Mention(
            named.text,
            named.start,
            named.end,
            _candidates(named, _beside(names, number), areas, home),
        )
        for number, named in enumerate(names)
    )


def _beside(names: Sequence[Named], number: int) -> list[Named]:
    around = names[max(0, number - BESIDE) : number + BESIDE + 1]
    return [other for other in around if other.key != names[number].key]


def reach_km(entry: Entry) -> float:
    """How far from its point an account of the place usually is: known, or guessed from its people."""
    if entry.radius_km is not None:
        return entry.radius_km
    return 2.0 + 0.5 * math.sqrt(entry.population / 10_000)


def _candidates(
    named: Named, others: Sequence[Named], areas: Mapping[str, Area], home: Home | None
) -> tuple[Candidate, ...]:
    matches = [match for match in named.matches if not any(_stands_for(own, match, areas) for own in named.matches)]
    if len(matches) == 1:
        weights = [(1.0, matches[0])]
    else:
        weights = [(_weight(match, others, areas, home), match) for match in matches]
        weights.sort(key=lambda pair: -pair[0])
    total = 0.0
    distinct: list[tuple[float, Match]] = []
    for weight, match in weights:
        if any(_is_same(match, other) for _, other in distinct):
            continue
        distinct.append((weight, match))
        total += weight
    return tuple(
        _candidate(match.entry, named.support * weight / total * _trust(match, home))
        for weight, match in distinct[:MOST_CANDIDATES]
    )


def _candidate(entry: Entry, score: float) -> Candidate:
    reach = round(reach_km(entry), 3)
    return Candidate(entry.name, entry.lat, entry.lon, entry.level, round(score, 4), entry.area, reach)


def _stands_for(own: Match, match: Match, areas: Mapping[str, Area]) -> bool:
    """Whether who says the name in the programme means its own: the state of Bihar, not a town elsewhere that others call so,
    and the district of Nalanda, not the village of Nalanda in it."""
    if own.layer != 0 or not own.full or own.likeness < match.likeness or (match.layer == 0 and match.full):
        return False
    if match.layer != 0 and _is_area(own.entry, areas):
        return True
    within = reach_km(own.entry) if match.layer == 0 else OWN_KM
    return between_km(own.entry.lat, own.entry.lon, match.entry.lat, match.entry.lon) < within


def _is_same(match: Match, other: Match) -> bool:
    """The programme's own point of a name stands for those that others give nearby."""
    within = SAME_KM
    if other.layer == 0:
        within = OWN_KM if match.layer != 0 else max(SAME_KM, reach_km(match.entry), reach_km(other.entry))
    return between_km(match.entry.lat, match.entry.lon, other.entry.lat, other.entry.lon) < within


def _trust(match: Match, home: Home | None) -> float:
    """Places outside the programme's own are where people come from or went to, seldom what it is told about."""
    if home is None or match.layer == 0 or match.entry.level == CONFIRMED or home.holds(match.entry):
        return 1.0
    return OUTSIDE


def _weight(match: Match, others: Sequence[Named], areas: Mapping[str, Area], home: Home | None) -> float:
    entry = match.entry
    weight = math.exp(-6.0 * (1.0 - match.likeness)) * (1.0 if match.full else 0.4)
    if match.layer == 0:
        weight *= OWN / (1.0 + reach_km(entry)) if _is_area(entry, areas) else OWN
    else:
        weight *= math.pow(1.0 + entry.population / 1_000, 0.35)
    weight *= _trust(match, home)
    within = ancestors(areas, entry.area)
    for other in others:
        best = other.matches[0].entry
        if best.area in within and _is_area(best, areas):
            weight *= HELD
            continue
        apart = between_km(entry.lat, entry.lon, best.lat, best.lon)
        beyond = max(0.0, apart - reach_km(best))
        weight *= (1.0 + math.exp(-apart / NEIGHBOURS_KM)) / (ONE_PLACE_KM + beyond)
    return weight


def _is_area(entry: Entry, areas: Mapping[str, Area]) -> bool:
    return entry.area is not None and entry.area in areas and areas[entry.area].name == entry.name
