"""Finding the names of places in a text: longest first, with proof as needed for words that may be something else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nlp.fold import Token, fold, tokens, words
from nlp.gazetteer.index import LONG_START, START, Entry
from nlp.gazetteer.search import Gazetteer, Match
from nlp.gazetteer.speech import Speech
from nlp.gazetteer.spelling import CONTINUES, GENERIC, HEADS, INSTITUTIONS, SAINTS, SQUARES, STREETS

MOST_WORDS = 5
"""Words in the longest name we look for."""
MOST_ALIKE = 3
"""Words in the longest name we look for with slips."""
LONGEST_WORD = 60
"""Letters from which on a word is no name: a script without spaces, or a cat on the keyboard."""
SHORTEST = 3
AROUND = 3
"""Words before and after a name that are read for cues."""
ENOUGH = 0.5
"""The support, from 0 to 1, from which on a word is taken for a name."""
LONG, LONGEST_INITIALS, LETTER_AND_DIGIT = 6, 4, 2
TOWN_LEVEL = "town"
UNKNOWN = 0.2
"""What a small town loses in support that is not spelt right, or whose name goes on as another."""
TOWN = 30_000
"""People from which on a place of the country is known by its name alone."""

MASK = re.compile(r"[\[<][a-z_]{2,20}[\]>]")
_SET_OFF = frozenset(("", *",.;:!?|()\n-"))
_STOPS = frozenset("!?;:\n()|")
_BREAK = re.compile(r"[!?;:\n()|]|(?<=\w{4})\.\s")


@dataclass(frozen=True, slots=True)
class Named:
    """A name in a text at `start:end` of it. `support` is how sure we are that it names a place at all."""

    text: str
    start: int
    end: int
    key: str
    matches: tuple[Match, ...]
    support: float


@dataclass(slots=True)
class _Text:
    raw: str
    tokens: list[Token]
    spans: list[tuple[int, int]]
    gaps: list[bool]
    """Whether a name may go on over the gap after each token."""
    cased: bool
    speech: Speech

    def beside(self, at: int) -> bool:
        """Whether nothing but space is between a token and the next."""
        return at + 1 < len(self.spans) and self.raw[self.spans[at][1] : self.spans[at + 1][0]].isspace()

    def said(self, start: int, end: int) -> list[str]:
        return [token[0] for token in self.tokens[max(0, start) : end]]


def find_names(text: str, gazetteer: Gazetteer, speech: Speech) -> list[Named]:
    """The names of places in the text, in order, none inside another."""
    read = _read(text, speech)
    found: list[Named] = []
    place = 0
    while place < len(read.tokens):
        size, matches, support = _best(read, place, gazetteer)
        if support >= ENOUGH:
            start, end = read.spans[place][0], read.spans[place + size - 1][1]
            found.append(Named(text[start:end], start, end, "".join(read.said(place, place + size)), matches, support))
            place += size
        else:
            place += 1
    return found


def _best(read: _Text, place: int, gazetteer: Gazetteer) -> tuple[int, tuple[Match, ...], float]:
    """The words from this place on that are a name, what it may mean, and its support; 0 when there is none."""
    word = read.tokens[place][0]
    if len(word) > LONGEST_WORD:
        return 0, (), 0.0
    if len(word) < START:
        follows = read.tokens[place + 1][0] if read.gaps[place] else ""
        if not (gazetteer.knows_start((word + follows)[:START]) or (follows and gazetteer.knows_start(word))):
            return 0, (), 0.0
    elif not gazetteer.may_begin(word):
        matches = gazetteer.alike(word) if word not in read.speech.everyday else ()
        return 1, matches, _support(read, place, 1, matches) if matches else 0.0
    keys = _keys(read, place)
    for look in (_longest, _longest_alike):
        size, matches = look(read, place, keys, gazetteer)
        support = _support(read, place, size, matches) if matches else 0.0
        if support >= ENOUGH:
            return size, matches, support
    return 0, (), 0.0


def _read(text: str, speech: Speech) -> _Text:
    raw = MASK.sub(lambda mask: "|" * len(mask.group()), text) if "[" in text or "<" in text else text
    folded = fold(raw)
    kept = tokens(folded)
    if folded.offsets is None:
        spans = [(start, end) for _, start, end in kept]
    else:
        spans = [folded.original(start, end) for _, start, end in kept]
    gaps = [_goes_on(raw, this[1], that[0]) for this, that in pairwise(spans)]
    gaps.append(False)
    return _Text(raw, kept, spans, gaps, raw != raw.lower() and raw != raw.upper(), speech)


def _goes_on(text: str, end: int, start: int) -> bool:
    if start - end <= 1:
        return start == end or text[end] not in _STOPS or _is_lost_letter(text, end, start)
    return start - end <= 4 and not _BREAK.search(text, end, start)


def _is_lost_letter(text: str, end: int, start: int) -> bool:
    """Phones and gateways write a question mark for a letter they do not know."""
    return text[end] == "?" and end > 0 and start < len(text) and text[end - 1].isalpha() and text[start].islower()


def _keys(read: _Text, place: int) -> list[str]:
    """The next one, two, three… words, joined."""
    key = read.tokens[place][0]
    keys = [key]
    for after in range(place + 1, min(place + MOST_WORDS, len(read.tokens))):
        if not read.gaps[after - 1] or len(read.tokens[after][0]) > LONGEST_WORD:
            break
        key += read.tokens[after][0]
        keys.append(key)
    return keys


def _longest(read: _Text, place: int, keys: list[str], gazetteer: Gazetteer) -> tuple[int, tuple[Match, ...]]:
    whole = keys[-1]
    long = len(whole) >= LONG_START and gazetteer.knows_start(whole[:LONG_START])
    for size in range(len(keys), 0, -1):
        key = keys[size - 1]
        if (len(key) < SHORTEST and not _is_code(key)) or (len(key) >= LONG_START and not long):
            continue
        matches = gazetteer.exact(key)
        if size > 1 and matches:
            matches = _not_by_chance(read, place, size, matches)
        if matches:
            return size, matches
    return 0, ()


def _is_code(key: str) -> bool:
    """A letter and a digit, as blocks and phases are called: "4a", "d4"."""
    return len(key) == LETTER_AND_DIGIT and key.isalnum() and not key.isalpha() and not key.isdigit()


def _not_by_chance(read: _Text, place: int, size: int, matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """Without names that only everyday words run together make: "ka man" is not Kaman."""
    everyday = read.speech.everyday
    ends = (place, place + size - 1)
    edges = [read.tokens[end][0] for end in ends if read.tokens[end][0] in everyday]
    if not edges or (read.cased and all(read.raw[read.spans[end][0]].isupper() for end in ends)):
        return matches
    # A programme writes down what its people say: "Stage 46", "Baraka clinic".
    trusted = size > 2 or len(edges) == 1 or read.tokens[place + size - 1][0].isdigit()
    return tuple(
        match for match in matches if (trusted and match.layer == 0) or set(edges) <= set(words(match.entry.name))
    )


def _longest_alike(read: _Text, place: int, keys: list[str], gazetteer: Gazetteer) -> tuple[int, tuple[Match, ...]]:
    everyday = read.speech.everyday
    if read.tokens[place][0] in everyday:
        return 0, ()
    for size in range(min(MOST_ALIKE, len(keys)), 0, -1):
        said = read.said(place, place + size)
        if size > 1 and (said[-1] in everyday or not any(map(gazetteer.knows_word, said))):
            continue
        matches = gazetteer.alike(keys[size - 1])
        if matches:
            return size, matches
    return 0, ()


def _support(read: _Text, place: int, size: int, matches: tuple[Match, ...]) -> float:
    best = max(matches, key=lambda match: (match.full, match.likeness))
    before, after = read.said(place - AROUND, place), read.said(place + size, place + size + AROUND)
    key = "".join(read.said(place, place + size))
    start, end = read.spans[place][0], read.spans[place + size - 1][1]
    capitals = sum(map(str.isupper, read.raw[start:end]))
    short = (capitals > 1 and len(key) <= LONGEST_INITIALS) or (_is_code(key) and capitals > 0)
    if best.initials and not short:
        return 0.0
    how = read.speech.cues.relation(before, after)
    ours = any(match.layer == 0 for match in matches)
    support = 0.62 if best.full else 0.5
    support += 0.08 if ours else 0.0
    support -= 1.2 * (1.0 - best.likeness)
    capital = read.cased and read.raw[start].isupper()
    first = place == 0 or not read.gaps[place - 1]
    if read.cased:
        support += (
            (0.05 if first else 0.18)
            if capital
            else -0.1
            if _is_plain(best, key) or (ours and _is_said(best))
            else -0.2
        )
    if how or read.raw[start - 1 : start] == "#":
        support += 0.15
    elif before and before[-1] in read.speech.cues.articles and not capital:
        support -= 0.25
    several = size > 1 or any(letter.isdigit() for letter in key)
    if several:
        support += 0.12
    elif key in read.speech.everyday or key in GENERIC:
        support -= 0.3 if how and ours else 0.4
    elif not (capital or how or ours) and not any(_is_known(match.entry) for match in matches):
        support -= 0.15
    if len(key) <= 4 and not short:
        support -= 0.15 if len(key) == 4 else 0.35
    elif len(key) >= 8:
        support += 0.05
    name = read.said(place, place + size)
    alone, known = _stands_alone(read, place, size), not ours and _is_known(best.entry)
    support -= read.speech.doubts.loss(
        name, before, after, read.speech.cues.articles,
        sure=bool(how and (ours or known or capital)) or (capital and not first), alone=alone, first=first, known=known,
    )  # fmt: skip
    if not (ours or known or alone or short):
        support -= read.speech.elsewhere.loss(
            name, before, after, placed=how not in (None, "way", "away"), capital=capital
        )
    town = not ours and best.entry.level == TOWN_LEVEL
    if town and not known and (best.likeness < 1.0 or (not how and _goes_on_as(read, place + size))):
        support -= UNKNOWN
    if not ours and (
        _is_of_a_saint(before, name, after)
        or _heads_a_name(read, place + size, name)
        or (town and _is_of_a_street(read, place, place + size))
    ):
        support *= 0.5
    return max(0.0, min(1.0, support))


def _stands_alone(read: _Text, place: int, size: int) -> bool:
    """Whether the name is all that is said: a text of its own, or set off by stops."""
    start, end = read.spans[place][0], read.spans[place + size - 1][1]
    left, right = read.raw[:start].rstrip()[-1:], read.raw[end:].lstrip()[:1]
    return left in _SET_OFF and right in _SET_OFF


def _is_plain(match: Match, key: str) -> bool:
    """A name in full as it is spelt, too long to be another word by chance."""
    return match.full and match.likeness == 1.0 and len(key) >= LONG and match.entry.population >= TOWN


def _is_said(match: Match) -> bool:
    return match.full and match.likeness == 1.0


def _heads_a_name(read: _Text, after: int, name: Sequence[str]) -> bool:
    """What is called after a saint, or a crossroads, goes on: St Louis de Gonzague, Carrefour Marin."""
    if not read.gaps[after - 1] or (name[0] not in SAINTS and name[-1] not in HEADS):
        return False
    word, raw = read.tokens[after][0], read.raw[read.spans[after][0]]
    if word in CONTINUES:
        return name[0] in SAINTS
    return raw.isupper() and raw != raw.lower() and not read.raw.isupper() and word not in read.speech.cues.everyday


def _goes_on_as(read: _Text, after: int) -> bool:
    """Whether another name follows: Chantal is a town, and Chantal Landrin somebody."""
    if not read.beside(after - 1) or not read.cased:
        return False
    word, raw = read.tokens[after][0], read.raw[read.spans[after][0]]
    return raw.isupper() and word not in read.speech.everyday and word not in INSTITUTIONS


def _is_of_a_street(read: _Text, place: int, after: int) -> bool:
    """A street or square that is called after a town is mostly in another."""
    before = read.tokens[place - 1][0] if place and read.beside(place - 1) else ""
    behind = read.tokens[after][0] if read.beside(after - 1) else ""
    return before in STREETS or before in SQUARES or behind in STREETS


def _is_known(entry: Entry) -> bool:
    return entry.population >= TOWN or entry.radius_km is not None


def _is_of_a_saint(before: Sequence[str], name: Sequence[str], after: Sequence[str]) -> bool:
    """A hospital or school of a saint does not stand in the town of that saint."""
    return name[0] in SAINTS and not INSTITUTIONS.isdisjoint([*before[-2:], *after])
