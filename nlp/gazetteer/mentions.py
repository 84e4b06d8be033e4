"""Finding the names of places in a text: longest first, with proof as needed for words that may be something else."""

from __future__ import annotations

from dataclasses import dataclass

from nlp.fold import words
from nlp.gazetteer.index import LONG_START, START
from nlp.gazetteer.levels import level_words
from nlp.gazetteer.search import Gazetteer, Match
from nlp.gazetteer.speech import Speech
from nlp.gazetteer.spelling import is_code, is_number
from nlp.gazetteer.support import ENOUGH, support_of
from nlp.gazetteer.text import Text, read_text

MOST_WORDS = 5
"""Words in the longest name we look for."""
MOST_ALIKE = 3
"""Words in the longest name we look for with slips."""
LONGEST_WORD = 60
"""Letters from which on a word is no name: a script without spaces, or a cat on the keyboard."""
SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Named:
    """A name in a text at `start:end` of it. `support` is how sure we are that it names a place at all."""

    text: str
    start: int
    end: int
    key: str
    matches: tuple[Match, ...]
    support: float


def find_names(text: str, gazetteer: Gazetteer, speech: Speech) -> list[Named]:
    """The names of places in the text, in order, none inside another."""
    read = read_text(text, speech)
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


def _best(read: Text, place: int, gazetteer: Gazetteer) -> tuple[int, tuple[Match, ...], float]:
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
        return 1, matches, support_of(read, place, 1, matches) if matches else 0.0
    keys = _keys(read, place)
    for look in (_longest, _longest_alike, _longest_ended):
        size, matches = look(read, place, keys, gazetteer)
        support = support_of(read, place, size, matches) if matches else 0.0
        if support >= ENOUGH:
            return size, matches, support
    return 0, (), 0.0


def _keys(read: Text, place: int) -> list[str]:
    """The next one, two, three… words, joined."""
    key = read.tokens[place][0]
    keys = [key]
    for after in range(place + 1, min(place + MOST_WORDS, len(read.tokens))):
        if not read.gaps[after - 1] or len(read.tokens[after][0]) > LONGEST_WORD:
            break
        key += read.tokens[after][0]
        keys.append(key)
    return keys


def _longest(read: Text, place: int, keys: list[str], gazetteer: Gazetteer) -> tuple[int, tuple[Match, ...]]:
    whole = keys[-1]
    long = len(whole) >= LONG_START and gazetteer.knows_start(whole[:LONG_START])
    for size in range(len(keys), 0, -1):
        key = keys[size - 1]
        if (len(key) < SHORTEST and not is_code(key)) or (len(key) >= LONG_START and not long):
            continue
        matches = gazetteer.exact(key)
        if size > 1 and matches:
            matches = _not_by_chance(read, place, size, matches)
        if matches:
            return size, matches
    return 0, ()


def _not_by_chance(read: Text, place: int, size: int, matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """Without names that only everyday words run together make: "ka man" is not Kaman."""
    everyday = read.speech.everyday
    ends = (place, place + size - 1)
    edges = [read.tokens[end][0] for end in ends if read.tokens[end][0] in everyday]
    if not edges or (read.cased and all(read.raw[read.spans[end][0]].isupper() for end in ends)):
        return matches
    # A programme writes down what its people say: "Stage 46", "Baraka clinic".
    last = read.tokens[place + size - 1][0]
    trusted = size > 2 or len(edges) == 1 or is_number(last) or last in level_words()
    return tuple(
        match for match in matches if (trusted and match.layer == 0) or set(edges) <= set(words(match.entry.name))
    )


def _longest_alike(read: Text, place: int, keys: list[str], gazetteer: Gazetteer) -> tuple[int, tuple[Match, ...]]:
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


def _longest_ended(read: Text, place: int, keys: list[str], gazetteer: Gazetteer) -> tuple[int, tuple[Match, ...]]:
    for size in range(len(keys), 0, -1):
        last = read.tokens[place + size - 1][0]
        if last.isalpha() and last not in read.speech.everyday:
            matches = gazetteer.with_ending(keys[size - 1], len(last))
            if matches:
                return size, matches
    return 0, ()
