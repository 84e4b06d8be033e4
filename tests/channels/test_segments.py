from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.segments import BASIC, EXTENDED, Count, count, fits_one_segment, shorten

texts = st.text(st.sampled_from("ab c€^\n") | st.sampled_from("नमस्ते 🙏👨‍👩‍👧é\u2003"), max_size=200)


@pytest.mark.parametrize(
    "text, encoding, units, segments",
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("|^{}[]~\\", "GSM-7", 16, 1),
        ("¿Dónde?", "UCS-2", 7, 1),
        ("Où è il càffè, ñandú?"[:16], "GSM-7", 16, 1),
        ("ç", "UCS-2", 1, 1),
        ("Ç", "GSM-7", 1, 1),
        ("न" * 70, "UCS-2", 70, 1),
        ("न" * 71, "UCS-2", 71, 2),
        ("न" * 160, "UCS-2", 160, 3),
        ("🙏" * 35, "UCS-2", 70, 1),
        ("🙏" * 36, "UCS-2", 72, 2),
        # 33 pairs fill 66 of a part's 67 units; the 67th cannot take half a pair.
        ("🙏" * 66, "UCS-2", 132, 2),
        ("🙏" * 67, "UCS-2", 134, 3),
        # 152 + an escape pair that does not fit the part's 153rd septet.
        ("a" * 152 + "€" + "a" * 151, "GSM-7", 305, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),
    ],
)
def test_count(text: str, encoding: str, units: int, segments: int) -> None:
    assert count(text) == Count(encoding, units, segments)
    assert fits_one_segment(text) == (segments == 1)


def test_the_alphabet_is_whole() -> None:
    # 128 places of 3GPP TS 23.038, one of them the escape itself.
    assert len(BASIC) == 127
    assert len(EXTENDED) == 10
    assert not BASIC & EXTENDED


@pytest.mark.parametrize(
    "text, units, short",
    [
        ("No water", 8, "No water"),
        ("No water since Monday", 18, "No water since..."),
        ("No water since Monday", 17, "No water since..."),
        ("No water since Monday", 16, "No water..."),
        ("Mississippi river", 10, "Mississ..."),
        ("abcdef", 3, "abc"),
        ("abcdef", 0, ""),
        ("🙏🙏🙏", 5, "🙏🙏"),
        ("पानी नहीं है", 11, "पानी..."),
        ("€€€€€€ 🙏", 8, "€€..."),
    ],
)
def test_shorten(text: str, units: int, short: str) -> None:
    assert shorten(text, units) == short


def test_a_letter_keeps_its_marks_and_a_family_stays_together() -> None:
    assert shorten("कि" * 4, 7) == "कि" * 2 + "..."
    assert shorten("ab👨‍👩‍👧 and more words", 9) == "ab..."


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(texts, st.integers(0, 160))
def test_shortened_texts_fit_and_begin_as_the_whole(text: str, units: int) -> None:
    short = shorten(text, units)
    assert count(short).units <= units
    short.encode()
    if count(text).units <= units:
        assert short == text
    else:
        assert text.startswith(short.removesuffix("..."))
