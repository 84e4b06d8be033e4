"""Looking a written name up in several indexes: as spelt, or as it sounds with slips in proportion to its length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from rapidfuzz.distance import OSA

from nlp.gazetteer.index import SHORTEST_PART, START, Entry, Hit, Index
from nlp.gazetteer.spelling import CACHED_WORDS, SHORTEST_WITH_SLIP, slips, sound
from nlp.geo import between_km


@dataclass(frozen=True, slots=True)
class Match:
    """An entry a spelling may mean. `likeness` is 1 for the same spelling; `layer` counts from the programme's own."""

    entry: Entry
    likeness: float
    full: bool
    layer: int
    initials: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """The ground that the programme's own places cover, as a circle."""

    lat: float
    lon: float
    radius_km: float

    def holds(self, entry: Entry) -> bool:
        """Whether the entry lies on it."""
        return between_km(self.lat, self.lon, entry.lat, entry.lon) <= self.radius_km


class Gazetteer:
    """Indexes in order of trust: the programme's own first. `home` is None when it has too few places to tell."""

    def __init__(self, layers: Sequence[Index], home: Home | None = None) -> None:
        self.layers = tuple(layers)
        self.home = home
        self.alike = lru_cache(maxsize=CACHED_WORDS)(self._alike)
        self.knows_start = lru_cache(maxsize=CACHED_WORDS)(self._knows_start)
        self.knows_word = lru_cache(maxsize=CACHED_WORDS)(self._knows_word)
        self.may_begin = lru_cache(maxsize=CACHED_WORDS)(self._may_begin)

    def with_layer(self, layer: Index) -> Gazetteer:
        """A gazetteer that also knows these names."""
        return Gazetteer([*self.layers, layer], self.home)

    def _may_begin(self, word: str) -> bool:
        """Whether a name of several words may begin with this one, as written or as it sounds."""
        return self.knows_start(word[:START]) or self.knows_word(word)

    def _knows_word(self, word: str) -> bool:
        """Whether a name of several words may have one that sounds like this."""
        code = sound(word)
        return len(word) >= SHORTEST_PART and any(layer.knows_part(code) for layer in self.layers)

    def _knows_start(self, letters: str) -> bool:
        """Whether a name may begin with these first START or LONG_START letters of a spelling."""
        return any(layer.knows_start(letters) for layer in self.layers)

    def exact(self, key: str) -> tuple[Match, ...]:
        """The entries under a joined, folded spelling."""
        code = crc32(key.encode())
        found: tuple[Match, ...] = ()
        for number, layer in enumerate(self.layers):
            hits = layer.exact(key, code)
            if hits:
                found += tuple(Match(hit.entry, 1.0, hit.full, number, hit.initials) for hit in hits)
        return found

    def with_ending(self, key: str, last: int) -> tuple[Match, ...]:
        """The programme's own places of which the spelling is the name with an ending, as many languages write "in" and "of"
        behind a name: "Hasanpurma" is in Hasanpur. `last` is how many letters its last word has."""
        least = max(SHORTEST_ENDED, len(key) - last + SHORTEST_PART - 1)
        for cut in range(len(key) - 1, max(least, len(key) - LONGEST_ENDING) - 1, -1):
            hits = self.layers[0].exact(key[:cut], crc32(key[:cut].encode()))
            found = tuple(Match(hit.entry, ENDED, True, 0) for hit in hits if hit.full and not hit.initials)
            if found:
                return found
        return ()

    def _alike(self, key: str) -> tuple[Match, ...]:
        code = sound(key)
        if len(code) < SHORTEST_WITH_SLIP:
            return ()
        best: dict[tuple[int, Entry], Match] = {}
        hashed = [crc32(slip.encode()) for slip in slips(code)]
        for number, layer in enumerate(self.layers):
            for spelling in layer.near(hashed):
                likeness = likeness_of(key, layer.key(spelling))
                if likeness:
                    _keep_best(best, number, layer.hits(spelling), likeness)
        return tuple(sorted(best.values(), key=lambda match: -match.likeness)[:MOST_MATCHES])


MOST_MATCHES = 12
SHORTEST_ENDED, LONGEST_ENDING = 6, 4
"""Letters of a name that is known with an ending, and of the ending: of shorter names too many words begin with the letters."""
ENDED = 0.9
"""The likeness of a name with an ending: in small letters it needs a word beside it that speaks of a place."""
_SLIPS = ((5, 0.5), (7, 1.0), (11, 2.0), (1_000, 3.0))
"""Letters up to which so many slips are forgiven; half a slip is another way to write the same sound."""


def likeness_of(written: str, known: str) -> float:
    """From 0 (not alike) to 1; slips allowed grow with the length, none in numbers or in the first sound."""
    if _digits(written) != _digits(known) or written[0].isdigit() != known[0].isdigit():
        return 0.0
    length = min(len(written), len(known))
    allowed = next(slips for longest, slips in _SLIPS if length <= longest)
    heard, meant = sound(written), sound(known)
    if heard[0] != meant[0]:
        return 0.0
    apart = OSA.distance(written, known, score_cutoff=6)
    sounds_apart = OSA.distance(heard, meant, score_cutoff=6)
    cost = min(apart, sounds_apart + 0.5)
    if cost > allowed:
        return 0.0
    return 1.0 - 0.5 * cost / (allowed + 1) - 0.5 * cost / length


def _keep_best(best: dict[tuple[int, Entry], Match], layer: int, hits: list[Hit], likeness: float) -> None:
    for hit in hits:
        if hit.initials:
            continue
        place = (layer, hit.entry)
        if place not in best or best[place].likeness < likeness:
            best[place] = Match(hit.entry, likeness, hit.full, layer)


def _digits(key: str) -> str:
    return "".join(letter for letter in key if letter.isdigit())
