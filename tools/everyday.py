"""`python -m tools.everyday`: write `nlp/data/everyday.yaml`, the words of our own texts that nobody takes for a name.

A village may be called as any word is. A word that stands in small letters in texts of a language is a word first; where a
script has no small letters, one that stands there often. Names of larger towns of the examples' countries are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from nlp.fold import words
from nlp.gazetteer.country import read_country
from nlp.gazetteer.mentions import SHORTEST
from nlp.gazetteer.support import TOWN
from nlp.lexicon import read_data

FILE = Path(__file__).parents[1] / "nlp" / "data" / "everyday.yaml"
COUNTRIES = ("KE", "IN", "HT")
OFTEN, OFTEN_WITHOUT_CASE = 2, 3
WIDTH = 150
HEAD = """\
# Words of our texts about danger, folded, by language: a place of their name needs more support (nlp/gazetteer/speech.py).
# Written by `python -m tools.everyday`; do not edit.
"""


def texts_by_language() -> dict[str, list[str]]:
    """All texts that the detectors learn from."""
    found: dict[str, list[str]] = {}
    for name in ("told", "danger", "alarm"):
        data = read_data(f"{name}.yaml")
        for side in data.values():
            for spoken in side.values() if name != "alarm" and side is data["accounts"] else (side,):
                for language, texts in spoken.items():
                    found.setdefault(language, []).extend(texts)
    return found


def everyday(texts: Iterable[str]) -> list[str]:
    """The words of these texts that are no names, in order of the alphabet."""
    small, capital, without_case = Counter[str](), Counter[str](), Counter[str]()
    for text in texts:
        for at, part in enumerate(text.split()):
            kind = without_case if part.lower() == part.upper() else small if part == part.lower() else capital
            if kind is not capital or at:
                kind.update(word for word in words(part) if len(word) >= SHORTEST and word.isalpha())
    often = {word for word, count in small.items() if count >= OFTEN and count > capital[word]}
    often |= {word for word, count in without_case.items() if count >= OFTEN_WITHOUT_CASE}
    return sorted(often)


def towns() -> set[str]:
    """The words that larger towns of the examples' countries are called by."""
    large = (entry for country in COUNTRIES for entry in read_country(country) if entry.population >= TOWN)
    return {word for entry in large for name in (entry.name, *entry.other_names) for word in words(name)}


def written() -> Iterator[str]:
    """The lines of the file."""
    yield from HEAD.splitlines()
    large = towns()
    for language, texts in sorted(texts_by_language().items()):
        yield f"{language}: >-"
        line = " "
        for word in everyday(texts):
            if word in large:
                continue
            if len(line) + len(word) >= WIDTH:
                yield line
                line = " "
            line += f" {word}"
        yield line


if __name__ == "__main__":
    FILE.write_text("\n".join(written()) + "\n", encoding="utf-8")
