"""The spellings under which a name is found: joined, abbreviated, as it sounds, and one slip away."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

from nlp.fold import words

CACHED_WORDS = 10_000
"""Words whose finding is remembered: those of most texts. A process that reads for months must not grow by each new one."""
ALIKE = (
    ("saint", "st", "sen", "sainte", "ste", "san", "santa"),
    ("street", "st", "str"),
    ("road", "rd"),
    ("route", "rte", "wout"),
    ("avenue", "ave", "av"),
    ("boulevard", "blvd", "bd"),
    ("ruelle", "rle"),
    ("impasse", "imp"),
    ("rue", "ri"),
    ("lane", "ln"),
    ("mount", "mt", "mont", "mon"),
    ("fort", "ft"),
    ("primary", "pri", "pry"),
    ("secondary", "sec"),
    ("school", "sch"),
    ("hospital", "hosp"),
    ("dispensary", "disp"),
    ("market", "mkt"),
    ("estate", "est"),
    ("junction", "jct", "jn"),
    ("roundabout", "rbt"),
    ("village", "vill", "vlg"),
    ("district", "dist"),
    ("block", "blk", "blok"),
    ("sector", "sec", "sect"),
    ("phase", "ph"),
    ("extension", "extn", "ext"),
    ("colony", "col", "coloni"),
    ("nagar", "ngr", "nagr"),
    ("one", "1", "i"),
    ("two", "2", "ii"),
    ("three", "3", "iii"),
    ("four", "4", "iv"),
    ("and", "n", "et", "na"),
)
"""Words of names that people write for one another."""

_ALIKE: dict[str, set[str]] = {}
for _group in ALIKE:
    for _word in _group:
        _ALIKE.setdefault(_word, set()).update(_group)

PHRASES = {("police", "station"): "ps", ("police", "post"): "pp", ("bus", "stop"): "stage", ("health", "centre"): "hc"}
GENERIC = frozenset(
    (
        "estate", "village", "ward", "town", "city", "slum", "slums", "district", "county", "block", "subcounty",
        "constituency", "division", "area", "township", "municipality", "commune", "panchayat", "gram", "tola",
        "colony", "settlement", "ville",
    )
)  # fmt: skip
"""Words that a name is often said without."""

SAINTS = frozenset(ALIKE[0])
INSTITUTIONS = frozenset(
    (
        "hospital", "hopital", "lopital", "clinic", "klinik", "school", "ecole", "lekol", "college", "university",
        "church", "eglise", "legliz", "cathedral", "hotel", "villa", "parish", "paroisse", "orphanage", "orphelinat",
        "sisters", "soeurs", "kanisa", "shule", "hospitali", "vidyalaya",
    )
)  # fmt: skip
"""What is named after a person or another place without standing there."""

HEADS = frozenset(("carrefour", "kafou", "kalfou", "crossroads", "chowk", "place"))
"""Words for a crossroads or a square: with another name behind them they are not the town that is called so."""
STREETS = frozenset(
    (
        "street", "avenue", "ave", "boulevard", "blvd", "lane", "rue", "ruelle", "rle", "impasse", "ri", "riyel",
        "wiyel", "avni", "enpas", "calle", "avenida", "rua", "travessa",
    )
)  # fmt: skip
"""Words for what a town has many of, named after other towns. Roads lead to the town they are called after."""
SQUARES = frozenset(("place", "plas", "plaza", "praca"))
CONTINUES = frozenset(("de", "du", "des", "la", "roi", "of", "the"))
"""What stands inside the name of a saint."""

_MOST_SPELLINGS = 12
_SHORTEST = 3


def spellings(name: str) -> dict[str, bool]:
    """The joined, folded spellings of a name; True where it is said in full, False where something is left out."""
    parts = [word for word in words(name) if word != "s"]
    if not parts:
        return {}
    found = dict.fromkeys(_written(parts), True)
    short = [part for part in parts if part not in GENERIC]
    if (
        short != parts
        and not INSTITUTIONS.issuperset(short)
        and len("".join(short)) > _SHORTEST
        and not short[0].isdigit()
    ):
        for spelling in _written(short):
            found.setdefault(spelling, False)
    return {spelling: full for spelling, full in found.items() if len(spelling) >= _SHORTEST or _is_code(spelling)}


def _is_code(spelling: str) -> bool:
    """A letter and a digit: "4a"."""
    return len(spelling) > 1 and not spelling.isalpha() and not spelling.isdigit()


def initials(name: str) -> set[str]:
    """The first letters of a name of three words and more, also with its small words in full: "pap", "paup"."""
    parts = [word for word in words(name) if word != "s"]
    if len(parts) < _SHORTEST or not "".join(parts).isalpha():
        return set()
    return {"".join(part[0] for part in parts), "".join(part if len(part) < _SHORTEST else part[0] for part in parts)}


def _written(parts: list[str]) -> list[str]:
    choices = [[part, *sorted(_ALIKE.get(part, {part}) - {part})] for part in parts]
    if len(parts) == 1:
        choices = [[parts[0]]]
    found = []
    for number, chosen in enumerate(product(*choices)):
        if number >= _MOST_SPELLINGS:
            break
        found.append("".join(chosen))
    for place in range(len(parts) - 1):
        short = PHRASES.get((parts[place], parts[place + 1]))
        if short:
            found.append("".join([*parts[:place], short, *parts[place + 2 :]]))
    return found


_SOUNDS = (
    (re.compile(r"tch|sch|chh|ch|sh|ck(?=e)"), "x"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"qu?|ck|kh"), "k"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"c"), "k"),
    (re.compile(r"(?<=[a-z])h|h(?=[a-z])"), ""),
    (re.compile(r"eaux?|aux?|oa"), "o"),
    (re.compile(r"ou|oo|oe"), "u"),
    (re.compile(r"ee|ie|ea|[yj](?![aeiou])"), "i"),
    (re.compile(r"[ae][iy]"), "e"),
    (re.compile(r"y"), "i"),
    (re.compile(r"w"), "v"),
    (re.compile(r"z"), "s"),
    (re.compile(r"m(?=[pb])"), "n"),
    (re.compile(r"(.)\1+"), r"\1"),
)
"""What sounds alike in the English, French, Swahili and Indian ways to write with Latin letters, coarse on purpose."""


@lru_cache(maxsize=CACHED_WORDS)
def sound(word: str) -> str:
    """The coarse sound of a folded word: spellings that sound alike get the same letters."""
    if word.isdigit():
        return word
    for pattern, letters in _SOUNDS:
        word = pattern.sub(letters, word)
    return word


def slips(code: str) -> set[str]:
    """The code, and for one long enough to bear a slip those with one letter less; a number at the end stays."""
    letters = code.rstrip("0123456789")
    if len(letters) < SHORTEST_WITH_SLIP:
        return {code}
    number = code[len(letters) :]
    return {code, *(letters[:place] + letters[place + 1 :] + number for place in range(len(letters)))}


SHORTEST_WITH_SLIP = 5


def is_number(word: str) -> bool:
    """Digits, or one of the number words that names are written with."""
    return word.isdigit() or any(other.isdigit() for other in _ALIKE.get(word, ()))


def is_code(key: str) -> bool:
    """A letter and a digit, as blocks and phases are called: "4a", "d4"."""
    return len(key) == 2 and key.isalnum() and not key.isalpha() and not key.isdigit()
