"""Areas called by their level: "Mithila jila", "wadi ya Riverside"."""

from __future__ import annotations

import pytest

from nlp.gazetteer import open_programme
from nlp.gazetteer.candidates import as_mentions
from nlp.gazetteer.levels import level_names
from nlp.gazetteer.mentions import find_names
from nlp.gazetteer.speech import speech_of
from nlp.knowledge import Area, Knowledge, Place

BIHAR = Knowledge(
    languages=("hi", "hi-Latn", "en", "sw"),
    areas=(
        Area("gaya", "Gaya", ("गया",), None, "district"),
        Area("kanti", "Kanti", (), "gaya", "block"),
        Area("rohua", "Rohua Panchayat", (), "kanti", "panchayat"),
        Area("lindi", "Lindi", (), "gaya", "ward"),
    ),
    places=(
        Place("Kanti Thermal", 26.2, 85.3, ("Kanti",), "kanti", "town"),
        Place("Rohua", 26.25, 85.35, (), "rohua", "village"),
        Place("Lindi", 26.5, 85.5, (), "lindi", "village"),
    ),
)
NAMES, SPEECH = open_programme(BIHAR), speech_of(BIHAR)


def _levels(text: str) -> list[str]:
    mentions = as_mentions(find_names(text, NAMES, SPEECH), {area.code: area for area in BIHAR.areas})
    return [mention.candidates[0].level for mention in mentions]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("gaya jila me sukha hai", "district"),
        ("गया जिले में सूखा", "district"),
        ("there is drought in gaya district", "district"),
        ("kanti block me pani nahi", "block"),
        ("kanti prakhand ka haal", "block"),
        ("kanti me pani nahi", "town"),
        ("hali mbaya kata ya lindi", "ward"),
        ("Lindi ward has no tap", "ward"),
        ("huku Lindi hakuna maji", "village"),
    ],
)
def test_the_level_that_is_said_is_the_one_that_is_meant(text: str, level: str) -> None:
    assert _levels(text) == [level]


def test_went_is_no_district() -> None:
    assert _levels("mera bhai gaya thana") == []
    assert _levels("sab kho gaya hai") == []


def test_a_name_that_says_its_level_is_not_given_it_again() -> None:
    assert level_names(BIHAR.areas[2]) == ()
    assert level_names(Area("x", "X", (), None, "somewhere")) == ()
    assert "Gaya zila" in level_names(BIHAR.areas[0])
