"""Words that people use every day in a programme's languages, so that alone they do not prove a place."""

from __future__ import annotations

from functools import lru_cache

import spacy.util

from nlp.fold import words
from nlp.gazetteer.cues import EVERYDAY
from nlp.knowledge import Knowledge


def everyday_words(knowledge: Knowledge) -> frozenset[str]:
    """Stop words of its languages and English, words of its categories, and lower-case words of its examples."""
    found = set(EVERYDAY) | _stop_words("en")
    for language in knowledge.languages:
        found |= _stop_words(language.split("-")[0])
    for category in knowledge.categories:
        for spoken in category.words.values():
            found.update(word for phrase in spoken for word in words(phrase))
        for examples in category.examples.values():
            for example in examples:
                found.update(_lower_case(example))
    return frozenset(found)


def _lower_case(example: str) -> set[str]:
    """Words that the writer did not take for names. A text all in lower case says nothing about that."""
    if example == example.lower():
        return set()
    return {word for part in example.split() if part == part.lower() for word in words(part)}


@lru_cache(maxsize=64)
def _stop_words(language: str) -> frozenset[str]:
    try:
        stops = spacy.util.get_lang_class(language).Defaults.stop_words
    except ImportError:
        return frozenset()
    return frozenset(word for stop in stops for word in words(stop))
