"""Villages of one name in a list of a whole state: which is meant is told by what else the text names, or not at all."""

from __future__ import annotations

import pytest

from nlp.gazetteer import Entry, Gazetteer, Index, build, open_programme
from nlp.gazetteer.candidates import as_mentions
from nlp.gazetteer.mentions import find_names
from nlp.gazetteer.speech import speech_of
from nlp.knowledge import Area, Knowledge, Place
from nlp.locating import locate

STATE = Knowledge(
    languages=("hi", "hi-Latn", "en"),
    areas=(
        Area("east", "Purabia", (), None, "district"),
        Area("west", "Pachhimia", (), None, "district"),
        Area("east-a", "Belwari", (), "east", "block"),
        Area("west-a", "Mahuari", (), "west", "block"),
    ),
    places=(
        Place("Belwari Bazar", 25.0, 86.0, (), "east-a", "town"),
        Place("Sonatola", 25.1, 86.1, (), "east-a", "village"),
        Place("Mahuari Bazar", 25.1, 84.5, (), "west-a", "town"),
        Place("Chandatola", 25.2, 84.6, (), "west-a", "village"),
    ),
)
AREAS = {area.code: area for area in STATE.areas}
EAST, WEST, FAR = (25.05, 86.05), (25.15, 84.55), (26.5, 84.0)
LISTED = Index(build([Entry("Rampur Kalan", lat, lon, "town") for lat, lon in (EAST, WEST, FAR)]))
NAMES = Gazetteer([*open_programme(STATE).layers, LISTED])
SPEECH = speech_of(STATE)


def _where(text: str) -> tuple[float, float] | None:
    found = locate(text, as_mentions(find_names(text, NAMES, SPEECH), AREAS), AREAS, SPEECH.cues)
    return found and (found.lat, found.lon)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("rampur kalan, purabia jila me pani nahi", EAST),
        ("pachhimia ke rampur kalan me pani nahi", WEST),
        ("Rampur Kalan, block Belwari: the school is closed", EAST),
        ("रामपुर कलां, महुआरी प्रखंड में बाढ़", WEST),
        ("no light in Rampur Kalan and Sonatola", EAST),
        ("rampur kalan me pani nahi, chandatola me bhi nahi", WEST),
    ],
)
def test_what_else_is_named_tells_which(text: str, point: tuple[float, float]) -> None:
    assert _where(text) == pytest.approx(point)


@pytest.mark.parametrize("text", ["rampur kalan me pani nahi", "Rampur Kalan", "no light in Rampur Kalan, 12 houses"])
def test_alone_it_says_nothing(text: str) -> None:
    assert _where(text) is None
