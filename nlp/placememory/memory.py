"""The memory of confirmed places, and what it says about a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from nlp.analysis import Location, Mention
from nlp.fold import words
from nlp.gazetteer.index import Index
from nlp.gazetteer.spelling import sound
from nlp.gazetteer.text import MASK
from nlp.geo import Floats, between_km, distance_km
from nlp.placememory.density import Evidence, Peak, find_peak, gather
from nlp.placememory.neighbours import Neighbours
from nlp.placememory.phrases import Phrases, phrases_of
from nlp.placememory.radius import FINE, Radius

NEIGHBOURS = 15
SHARPNESS = 4
"""The power of the cosine by which neighbours are weighed: the likest counts most."""
NEIGHBOUR_WEIGHT = 2.0
SAME_KM = 1.5
COARSE_KM = 25.0
LEAST_UNNAMED = 10
"""Texts that name no place of which it was measured where they were. With fewer nobody knows what likeness alone is worth:
where all that was confirmed names its place, a common word or two look as sure as a name."""
NO_NEWS = 0.6
"""An answer whose radius is this share of the reach of all lessons says nothing."""

_NOISE = re.compile(r"https?://\S+|&\w+;")


@dataclass
class PlaceMemory:
    """Picklable. Lessons with a place come first in all tables, those that name no place after them."""

    names: tuple[str, ...] = field(repr=False)
    lats: Floats = field(repr=False)
    lons: Floats = field(repr=False)
    neighbours: Neighbours = field(repr=False)
    phrases: Phrases = field(repr=False)
    named: bytes = field(repr=False)
    """An index of the learned names."""
    common: frozenset[str] = field(repr=False)
    """Words that people use everywhere, so that alone they name no place."""
    reach_km: float = 0.0
    """How far from their middle nearly all confirmed places lie."""
    radius: Radius | None = field(default=None, repr=False)
    """None while lessons are too few to know how far to trust an estimate."""

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "index"}

    @cached_property
    def index(self) -> Index:
        """The learned names, for a gazetteer."""
        return Index(self.named)

    def gather(self, texts: Sequence[Sequence[str]], mentions: Sequence[Sequence[Mention]]) -> list[Evidence]:
        """The evidence for each text, given as folded words (`plain_words`)."""
        count = len(self.names)
        similar = self.neighbours.similar(texts)
        said = self.phrases.weigh(texts)
        found = []
        for row in range(len(texts)):
            start, end = similar.indptr[row], similar.indptr[row + 1]
            columns, cosines = similar.indices[start:end], similar.data[start:end]
            if len(cosines) > NEIGHBOURS:
                best = np.argpartition(cosines, -NEIGHBOURS)[-NEIGHBOURS:]
                columns, cosines = columns[best], cosines[best]
            likest = float(cosines.max()) if len(cosines) else 0.0
            sharp = cosines**SHARPNESS
            weights = NEIGHBOUR_WEIGHT * likest * sharp / sharp.sum() if likest > 0 else np.zeros(0)
            located = columns < count
            start, end = said.indptr[row], said.indptr[row + 1]
            lessons = np.concatenate([columns[located], said.indices[start:end]])
            spoken = np.concatenate([weights[located], said.data[start:end]])
            found.append(gather(lessons, spoken, (likest, float(weights[~located].sum())), mentions[row]))
        return found

    def peaks(self, evidence: Sequence[Evidence]) -> list[Peak | None]:
        """The thickest point of each."""
        return [find_peak(one, self.lats, self.lons) for one in evidence]

    def locate(self, texts: Sequence[str], mentions: Sequence[Sequence[Mention]]) -> list[Location | None]:
        """A location for each text, None where nothing is known or what is known says nothing.

        The score is the probability that it is right within 5 km. Only for a memory with a learned radius.
        """
        assert self.radius is not None
        spoken = [plain_words(text) for text in texts]
        evidence = self.gather(spoken, mentions)
        peaks = self.peaks(evidence)
        found: list[Location | None] = [None] * len(texts)
        rows = [row for row, peak in enumerate(peaks) if peak is not None]
        if not rows:
            return found
        shares = self.radius.shares(np.array([peak.features for peak in peaks if peak is not None]))
        blind = self.radius.unnamed < LEAST_UNNAMED
        for row, share, radius in zip(rows, shares, self.radius.radii(shares), strict=True):
            peak = peaks[row]
            if blind and not evidence[row].named:
                continue
            if peak is not None and radius < NO_NEWS * self.reach_km:
                trust = float(radius), float(share[FINE])
                found[row] = self._answer(spoken[row], evidence[row], peak, mentions[row], trust)
        return found

    def _answer(
        self,
        spoken: Sequence[str],
        evidence: Evidence,
        peak: Peak,
        mentions: Sequence[Mention],
        trust: tuple[float, float],
    ) -> Location:
        radius, score = trust
        near = [
            (candidate.score, candidate, mention)
            for mention in mentions
            for candidate in mention.candidates
            if between_km(peak.lat, peak.lon, candidate.lat, candidate.lon) <= SAME_KM
        ]
        area = None
        if near:
            _, candidate, mention = max(near, key=lambda item: item[0])
            name, area = candidate.name, candidate.area
            if area is not None and peak.number >= len(evidence.lessons):
                # Nothing was confirmed there: all we know is the programme's own place, which may be a whole area.
                radius = max(radius, candidate.radius_km or 0.0)
            why = f'names "{mention.text}"'
        else:
            name = self.names[evidence.lessons[peak.number]]
            phrase = self._telling(spoken, peak)
            why = f'"{phrase}" was confirmed here before' if phrase else "like earlier accounts confirmed here"
        if radius > COARSE_KM:
            why += "; too unsure to go there"
        return Location(name, peak.lat, peak.lon, round(radius, 3), round(score, 4), why, area)

    def _telling(self, spoken: Sequence[str], peak: Peak) -> str:
        """The words of the text that speak most for the place, as folded, or nothing."""
        weighed = sorted(((self.phrases.weight(phrase), phrase) for phrase in set(phrases_of(spoken))), reverse=True)
        for weight, phrase in weighed[:8]:
            if weight > 0 and self._lies_near(phrase, peak):
                return _as_spoken(spoken, phrase)
        return ""

    def _lies_near(self, phrase: str, peak: Peak) -> bool:
        row = self.phrases.phrases[phrase]
        matrix = self.phrases.lessons
        lessons = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
        apart = distance_km(peak.lat, peak.lon, self.lats[lessons], self.lons[lessons])
        return bool(np.mean(apart <= SAME_KM) >= 0.5)


def plain_words(text: str) -> list[str]:
    """The folded words of a text, without masks and links."""
    return words(_NOISE.sub(" ", MASK.sub(" ", text)))


def _as_spoken(spoken: Sequence[str], phrase: str) -> str:
    sounds = [sound(word) for word in spoken]
    for start in range(len(sounds)):
        for size in (1, 2, 3):
            if "".join(sounds[start : start + size]) == phrase:
                return " ".join(spoken[start : start + size])
    return phrase
