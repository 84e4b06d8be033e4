"""One spelling for many, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.fold import fold, tokens, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Pétion-Ville", ["petion", "ville"]),
        ("Delmas33", ["delmas", "33"]),
        ("Mathare 4B", ["mathare", "4b"]),
        ("ØÆ straße", ["oae", "strasse"]),
        ("पटना", ["patnaa"]),
        ("समस्तीपुर", ["samastipur"]),
        ("मुज़फ़्फ़रपुर", ["muzaffarpur"]),
        ("कमला नगर", ["kamlaa", "nagar"]),
        ("বাজার", ["baajaar"]),
        ("१२ ١٢", ["12", "12"]),
        ("\u200bki\u00adbera", ["kibera"]),
        ("", []),
    ],
)
def test_folding(text: str, folded: list[str]) -> None:
    assert words(text) == folded


def test_a_word_without_end_is_spelt_like_a_short_one() -> None:
    assert words("पानी" * 40) == ["paani" * 40]


def test_tokens_lead_back_to_what_was_written() -> None:
    text = "Straße nach Pétion-Ville, समस्तीपुर में"
    folded = fold(text)
    written = [text[slice(*folded.original(start, end))] for _, start, end in tokens(folded)]
    assert written == ["Straße", "nach", "Pétion", "Ville", "समस्तीपुर", "में"]


@given(st.text())
def test_any_text_folds_and_leads_back_inside_itself(text: str) -> None:
    folded = fold(text)
    last = 0
    for _, start, end in tokens(folded):
        left, right = folded.original(start, end)
        assert last <= left < right <= len(text)
        last = left
    if folded.offsets is None:
        assert len(folded.text) == len(text)


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text).text).text == fold(text).text
