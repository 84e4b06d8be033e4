"""Words that stand for a place: those said again and again about one spot, and hardly elsewhere.

A phrase is one to three words as they sound. Its weight is how close together the confirmed places of its texts lie;
a phrase seen once is trusted little, one from the name of the place itself more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy import sparse

from nlp.gazetteer.spelling import sound
from nlp.geo import Floats, distance_km

Words = Sequence[str]

SHORTEST = 4
"""Letters in the shortest phrase."""
MOST_TEXTS, MOST_COMPARED, MOST_KEPT = 300, 60, 40
TOGETHER_KM = 2.0
PRIOR, PRIOR_COUNT = 0.15, 3.0
NAME_BONUS = 3.0
LEAST_WEIGHT = 0.004


@dataclass
class Phrases:
    """A sparse matrix of phrases by lessons: what each phrase says for the place of each lesson."""

    phrases: dict[str, int] = field(repr=False)
    weights: Floats = field(repr=False)
    lessons: sparse.csr_matrix = field(repr=False)

    def weigh(self, texts: Sequence[Sequence[str]]) -> sparse.csr_matrix:
        """Evidence for the place of each lesson (columns) in each text (rows, folded words)."""
        known = self.phrases
        columns: list[int] = []
        starts = [0]
        for words in texts:
            columns += [known[phrase] for phrase in phrases_of(words) if phrase in known]
            starts.append(len(columns))
        shape = (len(texts), len(known))
        said = sparse.csr_matrix((np.ones(len(columns)), np.array(columns, dtype=np.int32), starts), shape=shape)
        said.sum_duplicates()
        said.data = 1.0 + 0.5 * np.log(said.data)
        return said @ self.lessons

    def weight(self, phrase: str) -> float:
        """How much a phrase says about a place at all, from 0."""
        number = self.phrases.get(phrase)
        return 0.0 if number is None else float(self.weights[number])


def learn_phrases(texts: Sequence[Words], names: Sequence[Words], lats: Floats, lons: Floats) -> Phrases:
    """From texts and the names of their confirmed places, both as folded words, and their points."""
    said: dict[str, list[int]] = {}
    named: dict[str, int] = {}
    for number, (words, name) in enumerate(zip(texts, names, strict=True)):
        in_name = set(phrases_of(name))
        for phrase in in_name.union(phrases_of(words)):
            said.setdefault(phrase, []).append(number)
        for phrase in in_name:
            named[phrase] = named.get(phrase, 0) + 1
    phrases: dict[str, int] = {}
    weights: list[float] = []
    columns: list[int] = []
    shares: list[float] = []
    starts = [0]
    for phrase, lessons in said.items():
        weight = _weight(lessons, named.get(phrase, 0), lats, lons)
        if weight < LEAST_WEIGHT:
            continue
        kept = lessons[-MOST_KEPT:]
        phrases[phrase] = len(phrases)
        weights.append(weight)
        columns += kept
        shares += [weight / len(kept)] * len(kept)
        starts.append(len(columns))
    shape = (len(phrases), len(texts))
    matrix = sparse.csr_matrix((np.array(shares), np.array(columns, dtype=np.int32), starts), shape=shape)
    return Phrases(phrases, np.array(weights), matrix)


def phrases_of(words: Words) -> list[str]:
    """The phrases of folded words: each sound, each two and each three in a row, joined."""
    one = [sound(word) for word in words]
    two = [first + second for first, second in pairwise(one)]
    three = [first + second for first, second in zip(two, one[2:], strict=False)]
    return [phrase for phrase in (*one, *two, *three) if len(phrase) >= SHORTEST]


def _weight(lessons: Sequence[int], named: int, lats: Floats, lons: Floats) -> float:
    total = len(lessons)
    if total > MOST_TEXTS:
        return 0.0
    together = PRIOR
    if total > 1:
        places = np.array(lessons[-MOST_COMPARED:])
        lat, lon = lats[places], lons[places]
        near = np.exp(-distance_km(lat[:, None], lon[:, None], lat[None, :], lon[None, :]) / TOGETHER_KM)
        pairs = len(places) * (len(places) - 1)
        together = (float(near.sum()) - len(places)) / pairs
    share = (together * total + PRIOR * PRIOR_COUNT) / (total + PRIOR_COUNT) if total > 1 else PRIOR
    return share**2 * (1.0 + NAME_BONUS * named / total)
