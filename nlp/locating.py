"""Choosing one location from the places a text names, or none: the finest that the words stand behind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from nlp.analysis import Candidate, Location, Mention
from nlp.fold import words
from nlp.gazetteer.cues import LONGEST, Cues
from nlp.gazetteer.extents import Extent, ancestors
from nlp.geo import between_km
from nlp.knowledge import Area, Place

SURE = 0.45
"""The score below which we say nothing."""
COMPETES = 0.6
"""A second meaning with this share of the best one's score makes the name unclear."""
CLOSE_KM = 2.0
COARSE_KM = 25.0
"""An answer that reaches this far tells hardly more than the country."""

_DISTANCE = re.compile(r"\d\s*(?:km|kms|kilomet\w+|miles?|mi)\b[^.!?]{0,25}$", re.IGNORECASE)
NEXT_KM = 1.5
"""How far from a place of the programme its area goes on."""
ON_THE_WAY = 0.4
"""What remains of an end of a way: it happened somewhere between ("from Lindi to Makina"), or to who comes from there or
goes there. One end that is the programme's own is still where people are."""

MOST_NAMED = 40
"""Names that are weighed, the first ones: what an account of pages comes to after so many is something else."""
FIRST = 0.4
"""What is named first is where it happened, more often than what is named after."""
WAY_WORDS = 3
"""Words at most between the two ends of a way of which only the second has a cue."""
GAP = 12
"""Letters at most between the two ends of a way after "between"."""
REACH = 40
"""Letters before and after a name that are read for how it lies to what happened."""

_DASH = re.compile(r"\s*[-–—]+\s*")
_FARTHER = {"near": 1.5, "behind": 1.2, "opposite": 1.2, "between": 1.5}
_WORTH = {None: 1.0, "in": 1.25, "home": 1.4, "way": 0.75, "away": 0.75}
_STOP = re.compile(r"[.!?;:,\n()|]")
_SAID = {
    "near": "near",
    "behind": "behind",
    "opposite": "opposite",
    "between": "between",
    "in": "in",
    "home": "lives in",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A mention that may be where it happened: its best candidate, and how the words put it."""

    mention: Mention
    best: Candidate
    relation: str | None
    clear: bool
    """Whether no other meaning comes close."""

    @property
    def reach(self) -> float:
        """Kilometres."""
        return self.best.radius_km or 1.0


def locate(text: str, mentions: Sequence[Mention], areas: Mapping[str, Area], cues: Cues) -> Location | None:
    """One location, or None where nothing is named, or two places are as likely."""
    readings = _readings(text, mentions, cues)
    if not readings:
        return None
    between = _between(text, readings, cues)
    if between:
        return between
    readings = _with_ends(text, readings)
    chosen = max(
        enumerate(readings), key=lambda told: _worth(told[1], readings, areas) * (1.0 + FIRST / (1.0 + told[0]))
    )[1]
    if not chosen.clear:
        return None
    return _location(chosen, readings, areas)


def asserted(text: str, mentions: Sequence[Mention], cues: Cues) -> list[Mention]:
    """The mentions without those of which the text says that it was not there, or far away."""
    return [reading.mention for reading in _readings(text, mentions, cues)]


def _readings(text: str, mentions: Sequence[Mention], cues: Cues) -> list[Reading]:
    readings = [_read(text, mention, cues) for mention in mentions[:MOST_NAMED] if mention.candidates]
    denied = {
        id(one)
        for one, two in pairwise(readings)
        if tuple(words(text[one.mention.end : two.mention.start][:REACH])) in cues.denies
    }
    return [reading for reading in readings if reading.relation != "far" and id(reading) not in denied]


def _read(text: str, mention: Mention, cues: Cues) -> Reading:
    best, rest = mention.candidates[0], mention.candidates[1:]
    reach = best.radius_km or 1.0
    # A place and the area of its name that it lies in are no two meanings to choose from.
    clear = not any(
        other.score > COMPETES * best.score
        and between_km(best.lat, best.lon, other.lat, other.lon) > max(reach + (other.radius_km or 1.0), CLOSE_KM)
        for other in rest
    )
    return Reading(mention, best, _relation(text, mention, cues), clear)


def _relation(text: str, mention: Mention, cues: Cues) -> str | None:
    before = text[max(0, mention.start - REACH) : mention.start]
    if _DISTANCE.search(before):
        return "far"
    after = text[mention.end : mention.end + REACH]
    if _STOP.search(before) or _STOP.search(after):
        near = words(_STOP.split(before)[-1]), words(_STOP.split(after)[0])
        return cues.relation_over_things(*near) or cues.relation(words(before)[-LONGEST:], words(after)[:LONGEST])
    return cues.relation_over_things(words(before), words(after))


def _with_ends(text: str, readings: Sequence[Reading]) -> list[Reading]:
    """The readings with both ends of a way as such: in "Lindi to Makina" the first has no cue of its own."""
    ends = {
        id(reading)
        for one, two in pairwise(readings)
        if _apart(one, two) > COARSE_KM and _is_way(text[one.mention.end : two.mention.start], one, two)
        for reading in (one, two)
    }
    return [replace(reading, relation="way") if id(reading) in ends else reading for reading in readings]


def _is_way(gap: str, one: Reading, two: Reading) -> bool:
    if one.relation == "between":
        return len(gap) <= GAP
    return bool(_DASH.fullmatch(gap)) or (two.relation == "way" and len(words(gap)) <= WAY_WORDS and gap.isprintable())


def _apart(one: Reading, two: Reading) -> float:
    return between_km(one.best.lat, one.best.lon, two.best.lat, two.best.lon)


def _between(text: str, readings: Sequence[Reading], cues: Cues) -> Location | None:
    """The middle of two neighbours with "between" before the first or behind the second."""
    for one, two in pairwise(readings):
        if "between" not in (one.relation, two.relation) or not (one.clear and two.clear):
            continue
        gap = text[one.mention.end : two.mention.start]
        if len(gap) > REACH or _STOP.search(gap) or not cues.joined(words(gap)):
            continue
        apart = _apart(one, two)
        if apart <= 2 * COARSE_KM:
            return Location(
                name=f"{one.best.name} / {two.best.name}",
                lat=(one.best.lat + two.best.lat) / 2,
                lon=(one.best.lon + two.best.lon) / 2,
                radius_km=round(max(apart / 2, min(one.reach, two.reach)), 3),
                score=round(min(one.best.score, two.best.score), 4),
                why=f'between "{one.mention.text}" and "{two.mention.text}"',
                area=one.best.area if one.best.area == two.best.area else None,
            )
    return None


def _worth(reading: Reading, readings: Sequence[Reading], areas: Mapping[str, Area]) -> float:
    """Finer and surer is better; a place that another one lies in has said what it is there for."""
    worth = reading.best.score / (1.0 + 0.15 * reading.reach)
    worth *= _WORTH.get(reading.relation, 1.1)
    if any(_holds(reading, other, areas) for other in readings):
        worth *= 0.3
    if any(_holds(other, reading, areas) for other in readings):
        worth *= 1.3
    return worth


def _holds(large: Reading, small: Reading, areas: Mapping[str, Area]) -> bool:
    if large.reach <= small.reach or large.best.name == small.best.name:
        return False
    if large.best.area and large.best.area != small.best.area and large.best.area in ancestors(areas, small.best.area):
        return True
    return between_km(large.best.lat, large.best.lon, small.best.lat, small.best.lon) <= large.reach + small.reach


def _location(chosen: Reading, readings: Sequence[Reading], areas: Mapping[str, Area]) -> Location | None:
    score = chosen.best.score
    ends = [reading for reading in readings if reading.relation == "way"]
    if chosen.relation == "way" and (len(ends) > 1 or chosen.best.area is None):
        score *= ON_THE_WAY
    others = {reading.best.name for reading in readings if not _related(chosen, reading, areas)}
    score *= 0.9 ** len(others)
    if score < SURE:
        return None
    radius = chosen.reach * _FARTHER.get(chosen.relation or "", 1.0)
    held = next((reading for reading in readings if _holds(reading, chosen, areas)), None)
    why = f'{_SAID.get(chosen.relation or "", "names")} "{chosen.mention.text}"'
    if held is not None:
        why += f', and names "{held.mention.text}", where it lies'
    if radius > COARSE_KM:
        why += "; so large that this is not a place to go to"
    return Location(
        name=chosen.best.name, lat=chosen.best.lat, lon=chosen.best.lon, radius_km=round(radius, 3),
        score=round(score, 4), why=why, area=chosen.best.area,
    )  # fmt: skip


def _related(chosen: Reading, other: Reading, areas: Mapping[str, Area]) -> bool:
    near = between_km(chosen.best.lat, chosen.best.lon, other.best.lat, other.best.lon) <= chosen.reach + other.reach
    return near or _holds(other, chosen, areas)


def nearest_area(
    location: Location, places: Sequence[Place], areas: Mapping[str, Area], known: Mapping[str, Extent]
) -> str | None:
    """The area of the programme's place next to it that is as large as the answer, or None where no place is within reach."""
    if location.radius_km > COARSE_KM or not places:
        return None
    place = min(places, key=lambda place: between_km(location.lat, location.lon, place.lat, place.lon))
    if between_km(location.lat, location.lon, place.lat, place.lon) > NEXT_KM:
        return None
    around = ancestors(areas, place.area)
    return next((code for code in around if code in known and known[code].radius_km >= location.radius_km), None)
