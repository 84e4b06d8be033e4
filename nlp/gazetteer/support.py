"""How strongly a text says that some of its words name a place at all, whichever place that is: from 0 to 1.

Added up from how the name is spelt and written, what stands around it, what it is made of, how long it is, and what else
the words may be. The figures were chosen on gold texts and on reports whose place is known; where they fail is said in
docs/explanation/where-it-errs.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlp.gazetteer.index import Entry
from nlp.gazetteer.search import Match
from nlp.gazetteer.spelling import CONTINUES, GENERIC, HEADS, INSTITUTIONS, SAINTS, SQUARES, STREETS, is_code
from nlp.gazetteer.text import Text

ENOUGH = 0.5
"""From which on words are taken for a name."""
IN_FULL, IN_PART, OF_THE_PROGRAMME, A_SLIP = 0.62, 0.5, 0.08, 1.1
"""By the spelling: what is found, and what is lost for each whole difference."""
CAPITAL, CAPITAL_FIRST, SMALL, SMALL_BUT_EXACT = 0.18, 0.05, -0.2, -0.1
"""By the first letter, which at the beginning of a sentence is a capital anyway."""
CUE, AFTER_ARTICLE = 0.15, -0.25
SEVERAL, EVERYDAY, EVERYDAY_AND_CUED, LITTLE_KNOWN = 0.12, -0.4, -0.3, -0.15
FOUR_LETTERS, FEWER_LETTERS, MANY_LETTERS, MANY = -0.15, -0.35, 0.05, 8
UNKNOWN = 0.2
"""What a small town loses that is not spelt right, or whose name goes on as another."""
CALLED_AFTER = 0.5
"""What is left where something is called after the place: a street, or what stands at a saint's."""

AROUND = 3
"""Words before and after a name that are read for cues."""
LONG, LONGEST_INITIALS, SHORTEST_UNSPOKEN = 6, 4, 3
TOWN_LEVEL = "town"
TOWN = 30_000
"""People from which on a place of the country is known by its name alone."""
_VOWELS = re.compile("[aeiouy]")
_SET_OFF = frozenset(("", *",.;:!?|()\n-"))


@dataclass(slots=True)
class _Name:
    """Words of a text, `size` from `place` on, that may be a name, and what of it is asked more than once."""

    read: Text
    place: int
    size: int
    matches: tuple[Match, ...]
    best: Match
    said: list[str]
    key: str
    before: list[str]
    after: list[str]
    how: str | None
    """How the words around point at a place, if they do."""
    ours: bool
    """Whether it may be a place of the programme's own."""
    short: bool
    """Whether it is written as initials, or as a block is called."""
    capital: bool
    first: bool
    """Whether a sentence begins with it."""

    @property
    def known(self) -> bool:
        """Whether it is a place of the country that people know by its name."""
        return not self.ours and _is_known(self.best.entry)

    @property
    def town(self) -> bool:
        return not self.ours and self.best.entry.level == TOWN_LEVEL


def support_of(read: Text, place: int, size: int, matches: tuple[Match, ...]) -> float:
    """The support of the words from a place on for being a name. `matches` is what they may mean, at least one."""
    name = _name(read, place, size, matches)
    if name.best.initials and not name.short:
        return 0.0
    support = _by_spelling(name) + _by_capital(name) + _by_cue(name) + _by_words(name) + _by_length(name)
    support -= _doubt(name)
    if name.town and not name.known and (name.best.likeness < 1.0 or (not name.how and _goes_on_as(name))):
        support -= UNKNOWN
    if not name.ours and (_is_of_a_saint(name) or _heads_a_name(name) or (name.town and _is_of_a_street(name))):
        support *= CALLED_AFTER
    return max(0.0, min(1.0, support))


def _name(read: Text, place: int, size: int, matches: tuple[Match, ...]) -> _Name:
    said = read.said(place, place + size)
    before, after = read.said(place - AROUND, place), read.said(place + size, place + size + AROUND)
    key = "".join(said)
    start, end = read.spans[place][0], read.spans[place + size - 1][1]
    capitals = sum(map(str.isupper, read.raw[start:end]))
    ours = any(match.layer == 0 for match in matches)
    return _Name(
        read,
        place,
        size,
        matches,
        best=max(matches, key=lambda match: (match.full, match.likeness)),
        said=said,
        key=key,
        before=before,
        after=after,
        how=read.speech.cues.relation(before, after),
        ours=ours,
        short=len(key) <= LONGEST_INITIALS
        and (capitals > 1 or (is_code(key) and capitals > 0) or (ours and _is_unspoken(key))),
        capital=read.cased and read.raw[start].isupper(),
        first=place == 0 or not read.gaps[place - 1],
    )


def _by_spelling(name: _Name) -> float:
    found = (IN_FULL if name.best.full else IN_PART) + (OF_THE_PROGRAMME if name.ours else 0.0)
    return found - A_SLIP * (1.0 - name.best.likeness)


def _by_capital(name: _Name) -> float:
    if not name.read.cased:
        return 0.0
    if name.capital:
        return CAPITAL_FIRST if name.first else CAPITAL
    exact = name.best.full and name.best.likeness == 1.0
    known = name.ours or (len(name.key) >= LONG and name.best.entry.population >= TOWN)
    return SMALL_BUT_EXACT if exact and known else SMALL


def _by_cue(name: _Name) -> float:
    start = name.read.spans[name.place][0]
    if name.how or name.read.raw[start - 1 : start] == "#":
        return CUE
    articled = name.before and name.before[-1] in name.read.speech.cues.articles
    return AFTER_ARTICLE if articled and not name.capital else 0.0


def _by_words(name: _Name) -> float:
    """Several words are seldom a name by chance; one that everybody says needs more."""
    if name.size > 1 or any(letter.isdigit() for letter in name.key):
        return SEVERAL
    if name.key in name.read.speech.everyday or name.key in GENERIC:
        return EVERYDAY_AND_CUED if name.how and name.ours else EVERYDAY
    hinted = name.capital or name.how or name.ours or any(_is_known(match.entry) for match in name.matches)
    return 0.0 if hinted else LITTLE_KNOWN


def _by_length(name: _Name) -> float:
    letters = len(name.key)
    if letters <= LONGEST_INITIALS:
        return 0.0 if name.short else FOUR_LETTERS if letters == LONGEST_INITIALS else FEWER_LETTERS
    return MANY_LETTERS if letters >= MANY else 0.0


def _doubt(name: _Name) -> float:
    """What else the words may be: said of something else, or a name that not only a place has."""
    alone, speech = _stands_alone(name), name.read.speech
    sure = bool(name.how and (name.ours or name.known or name.capital)) or (name.capital and not name.first)
    loss = speech.doubts.loss(
        name.said, name.before, name.after, speech.cues.articles,
        sure=sure, alone=alone, first=name.first, known=name.known,
    )  # fmt: skip
    if name.ours or name.known or alone or name.short:
        return loss
    placed = name.how not in (None, "way", "away")
    return loss + speech.elsewhere.loss(name.said, name.before, name.after, placed=placed, capital=name.capital)


def _stands_alone(name: _Name) -> bool:
    """Whether the name is all that is said: a text of its own, or set off by stops."""
    read = name.read
    start, end = read.spans[name.place][0], read.spans[name.place + name.size - 1][1]
    left, right = read.raw[:start].rstrip()[-1:], read.raw[end:].lstrip()[:1]
    return left in _SET_OFF and right in _SET_OFF


def _is_unspoken(key: str) -> bool:
    """Letters without a vowel are no word, but initials, in whatever case people write them: "knh", "pmch"."""
    return len(key) >= SHORTEST_UNSPOKEN and key.isalpha() and not _VOWELS.search(key)


def _is_known(entry: Entry) -> bool:
    return entry.population >= TOWN or entry.radius_km is not None


def _is_of_a_saint(name: _Name) -> bool:
    """A hospital or school of a saint does not stand in the town of that saint."""
    return name.said[0] in SAINTS and not INSTITUTIONS.isdisjoint([*name.before[-2:], *name.after])


def _heads_a_name(name: _Name) -> bool:
    """What is called after a saint, or a crossroads, goes on: St Louis de Gonzague, Carrefour Marin."""
    read, after = name.read, name.place + name.size
    if not read.gaps[after - 1] or (name.said[0] not in SAINTS and name.said[-1] not in HEADS):
        return False
    word, raw = read.tokens[after][0], read.raw[read.spans[after][0]]
    if word in CONTINUES:
        return name.said[0] in SAINTS
    return raw.isupper() and raw != raw.lower() and not read.raw.isupper() and word not in read.speech.cues.everyday


def _goes_on_as(name: _Name) -> bool:
    """Whether another name follows: Chantal is a town, and Chantal Landrin somebody."""
    read, after = name.read, name.place + name.size
    if not read.beside(after - 1) or not read.cased:
        return False
    word, raw = read.tokens[after][0], read.raw[read.spans[after][0]]
    return raw.isupper() and word not in read.speech.everyday and word not in INSTITUTIONS


def _is_of_a_street(name: _Name) -> bool:
    """A street or square that is called after a town is mostly in another."""
    read, place, after = name.read, name.place, name.place + name.size
    before = read.tokens[place - 1][0] if place and read.beside(place - 1) else ""
    behind = read.tokens[after][0] if read.beside(after - 1) else ""
    return before in STREETS or before in SQUARES or behind in STREETS
