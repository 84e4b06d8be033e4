"""Names of places in the script a person reads."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from service.programme import Place, Programme


def script_of(text: str) -> str:
    """The script most of a text's letters are in, as Unicode names it: LATIN, DEVANAGARI, ARABIC…"""
    scripts = [unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha()]
    return max(set(scripts), key=scripts.count, default="LATIN")


def in_language(programme: Programme, language: str, names: Iterable[str]) -> str:
    """The first of some names that is in the script of a language; the first of all if none is."""
    ordered = list(names)
    spoken = programme.messages.get(language)
    # The states hold no commands, which are in Latin letters in every language.
    script = script_of("".join(spoken.states.values())) if spoken is not None else "LATIN"
    return next((name for name in ordered if script_of(name) == script), ordered[0])


def place_name(programme: Programme, language: str, place: Place) -> str:
    """A place of the programme as people of that language write it."""
    return in_language(programme, language, (place.name, *place.other_names))
