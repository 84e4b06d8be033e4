"""Figures of speech, which leave their strong words out and all others in."""

from __future__ import annotations

import pytest

from nlp.figurative import figures_in, without
from nlp.fold import words

EVERY = ("en", "sw", "hi", "hi-Latn", "fr", "ht")


def _told(text: str, *, doers: bool = True, languages: tuple[str, ...] = EVERY) -> str:
    said = words(text)
    return " ".join(without(figures_in(said, languages), said, "_", doers=doers))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a murder of crows at the dump", "a _ of crows at the dump"),
        ("we shot a video of the road", "we _ _ video of the road"),
        ("this hunger will kill us", "this hunger will _ _"),
        ("nilipiga simu jana", "_ simu jana"),
        ("बेटी बचाओ बेटी पढ़ाओ", "beti _ beti parhaao"),
        ("garmi ne hame maar dala", "garmi ne hame _ _"),
        ("les prix nous tuent", "les prix nous _"),
        ("lapli ap bat nou", "lapli ap _ nou"),
        ("they will kill us", "they will kill us"),
        ("he beat me to the floor", "he beat me to the floor"),
        ("alinipiga nikapiga kelele", "alinipiga nikapiga kelele"),
    ],
)
def test_strong_words_are_left_out_where_they_mean_nothing(text: str, told: str) -> None:
    assert _told(text) == told


def test_hunger_may_be_urgent_though_nobody_does_it() -> None:
    assert _told("hunger is killing us", doers=False) == "hunger is killing us"
    assert _told("we shot a film", doers=False) == "we _ _ film"


def test_figures_of_other_languages_are_not_known() -> None:
    assert _told("lapli ap bat nou", languages=("sw",)) == "lapli ap bat nou"
