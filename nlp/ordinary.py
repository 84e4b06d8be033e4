"""Ordinary words: those of our invented texts and of the lists that tell languages apart. Where a word in small letters may
be somebody's name, it is not taken for one when it is one of these."""

from __future__ import annotations

from functools import cache
from typing import Any

from nlp.fold import words
from nlp.lexicon import languages_of, read_data


@cache
def ordinary_words(languages: tuple[str, ...]) -> frozenset[str]:
    """The folded words of some languages and of English; of all languages where none is named."""
    told = read_data("told.yaml")
    texts = [text for spoken in (*told["accounts"].values(), told["ordinary"]) for text in _of(spoken, languages)]
    listed = _of(read_data("languages.yaml")["words"], languages)
    return frozenset(word for text in (*texts, *listed) for word in words(text))


def _of(spoken: dict[str, Any], languages: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for code in languages_of(languages, spoken):
        found += [spoken[code]] if isinstance(spoken[code], str) else spoken[code]
    return found
