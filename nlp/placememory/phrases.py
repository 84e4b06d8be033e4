"""Words that stand for a place: those said again and again about one spot, and hardly elsewhere.

A phrase is one to three words as they sound. Its weight is how close together the confirmed places of its texts lie;
a phrase seen once is trusted little, one from the name of the place itself more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from nlp.gazetteer.spelling import sound
from nlp.geo import Floats, distance_km

Words = Sequence[str]

LONGEST, SHORTEST = 3, 4
"""Words in the longest phrase, letters in the shortest."""
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
        columns: list[int] = []
        counts: list[float] = []
        starts = [0]
        for words in texts:
            for phrase, count in count_phrases(words).items():
                number = self.phrases.get(phrase)
                if number is not None:
                    columns.append(number)
                    counts.append(count)
            starts.append(len(columns))
        said = 1.0 + 0.5 * np.log(np.array(counts, dtype=float))
        shape = (len(texts), len(self.phrases))
        return sparse.csr_matrix((said, np.array(columns, dtype=np.int32), starts), shape=shape) @ self.lessons

    def weight(self, phrase: str) -> float:
        """How much a phrase says about a place at all, from 0."""
        number = self.phrases.get(phrase)
        return 0.0 if number is None else float(self.weights[number])


def learn_phrases(texts: Sequence[Words], names: Sequence[Words], lats: Floats, lons: Floats) -> Phrases:
    """From texts and the names of their confirmed places, both as folded words, and their points."""
    said: dict[str, list[int]] = {}
    named: dict[str, int] = {}
    for number, (words, name) in enumerate(zip(texts, names, strict=True)):
        in_name = count_phrases(name)
        for phrase in count_phrases(words).keys() | in_name.keys():
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


def count_phrases(words: Sequence[str]) -> dict[str, int]:
    """The phrases of folded words, with how often each is said."""
    sounds = [sound(word) for word in words]
    counts: dict[str, int] = {}
    for start in range(len(sounds)):
        phrase = ""
        for word in sounds[start : start + LONGEST]:
            phrase += word
            if len(phrase) >= SHORTEST:
                counts[phrase] = counts.get(phrase, 0) + 1
    return counts


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
