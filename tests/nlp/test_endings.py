"""Many languages write "in", "of" and "from" behind a name, together with it: the programme's own places are known so too."""

from __future__ import annotations

import pytest

from nlp.gazetteer import Entry, Gazetteer, Index, build
from nlp.gazetteer.mentions import find_names
from nlp.gazetteer.speech import speech_of
from nlp.knowledge import Knowledge

OWN = ("हसनपुर", "सेती अस्पताल", "Hasanpur", "Poconchile", "Taksim", "Karen", "Koch A", "Villa", "Kisumu Ndogo")
"""The programme's own; Kijabe and Limuru are of an import."""
PLACES = Gazetteer(
    [
        Index(build(Entry(name, 28.7 + at / 10, 80.6, "village") for at, name in enumerate(OWN))),
        Index(build(Entry(name, -1.0, 36.6, "town", 40_000) for name in ("Kijabe", "Limuru"))),
    ]
)
SPEECH = speech_of(Knowledge(languages=("ne", "en", "sw")))


def _named(text: str) -> list[tuple[str, str]]:
    return [(named.text, named.matches[0].entry.name) for named in find_names(text, PLACES, SPEECH)]


@pytest.mark.parametrize(
    ("text", "written", "name"),
    [
        ("हसनपुरमा तीन दिनदेखि पानी छैन", "हसनपुरमा", "हसनपुर"),
        ("हसनपुरको बाटो बिग्रियो", "हसनपुरको", "हसनपुर"),
        ("सेती अस्पतालको बाटो", "सेती अस्पतालको", "सेती अस्पताल"),
        ("Hasanpurma pani chaina", "Hasanpurma", "Hasanpur"),
        ("Poconchilena janiw umax utjkiti", "Poconchilena", "Poconchile"),
        ("Hakuna maji Taksimuni", "Taksimuni", "Taksim"),
        ("Kisumu Ndogoni hakuna maji", "Kisumu Ndogoni", "Kisumu Ndogo"),
    ],
)
def test_a_place_of_ours_with_an_ending(text: str, written: str, name: str) -> None:
    ((found, entry),) = _named(text)
    assert found == written
    assert entry.casefold() in (name.casefold(), "hasanpur", "हसनपुर")


@pytest.mark.parametrize(
    "text",
    [
        # Of short names too many words begin with the letters.
        "People from Villages walk on the road",
        "वे घर लाकर बंद करेंगे",
        "budho ko chashma chahiye",
        # Too long an ending is another word, and another place may be called so.
        "Poconchilezanelo is far",
        # In small letters, with no word beside it that speaks of a place.
        "the taksimaru was good",
        # Of an import, where every other village begins like one more.
        "Limurujo has no water",
    ],
)
def test_what_only_begins_like_one_is_none(text: str) -> None:
    assert _named(text) == []
