"""Languages have names on our pages, also those no phrases are in."""

from __future__ import annotations

import pytest

from dashboards.languages import NAMES, language_name, own_name
from dashboards.phrases import PHONE
from nlp.languages import Identifier
from service.programme import Programme


def test_whatever_the_analysis_finds_has_a_name() -> None:
    found = set(Identifier()._codes)
    assert {"fr", "ht", "hi-Latn", "ur-Latn"} <= found
    assert found <= NAMES.keys() | PHONE.keys()
    assert not NAMES.keys() & PHONE.keys(), "phrases bring their own name"


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("sw", "Kiswahili"),
        ("hi", "हिन्दी"),
        ("fr", "French"),
        ("no", "Norwegian"),
        ("pt-BR", "Portuguese"),
        ("dag", "Dagbanli"),
        ("gur", "language gur"),
        ("und", "unknown"),
    ],
)
def test_a_language_is_called(programme: Programme, tag: str, name: str) -> None:
    """The programme's own name for it where we have none, and its tag where nobody has."""
    spoken = programme.messages["sw"].model_copy(update={"ussd": {"language": "Dagbanli"}})
    speaking = programme.model_copy(update={"messages": {**programme.messages, "dag": spoken}})
    assert language_name(tag, speaking) == name


@pytest.mark.parametrize(
    ("tag", "word", "at_the_desk", "own"),
    [
        ("ne", "नेपाली", "Nepali", "नेपाली"),
        ("ay", "aymar aru", "Aymar aru", "Aymar aru"),
        ("sw", "swahili", "Kiswahili", "Kiswahili"),
    ],
)
def test_who_speaks_it_finds_its_own_name(
    programme: Programme, tag: str, word: str, at_the_desk: str, own: str
) -> None:
    """As they ask for it, where the programme has no screens; the desk speaks English."""
    spoken = programme.messages["sw"]
    spoken = spoken.model_copy(update={"ussd": {}, "commands": {**spoken.commands, "language": [word, "lugha"]}})
    speaking = programme.model_copy(update={"messages": {**programme.messages, tag: spoken}})
    assert (language_name(tag, speaking), own_name(tag, speaking)) == (at_the_desk, own)
