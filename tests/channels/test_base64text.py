from __future__ import annotations

import base64
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.base64text import decode_if_encoded

LONG = "There has been no water at the tap near Stage 10 since Monday, and nobody tells us why."
HINDI = "तीन दिन से पानी नहीं आ रहा है। कृपया मदद करें 🙏"


@pytest.mark.parametrize("text", [LONG, HINDI, LONG + "\n" + HINDI])
def test_an_encoded_text_is_decoded(text: str) -> None:
    packed = base64.b64encode(text.encode()).decode()
    assert decode_if_encoded(packed) == text
    assert decode_if_encoded("\r\n".join(textwrap.wrap(packed, 64))) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        LONG,
        HINDI,
        "aGVsbG8gdGhlcmU=",  # short: could be anything
        "HAHA" * 20,  # decodes to control characters
        "abcd" * 20,  # decodes to no UTF-8
        base64.b64encode(LONG.encode()).decode()[:-1],
        " ".join(textwrap.wrap(base64.b64encode(LONG.encode()).decode(), 58)),
        base64.b64encode(b"\0" * 60).decode(),
    ],
)
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert decode_if_encoded(text) == text


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=60, max_size=120))
def test_letters_typed_at_random_stay_as_they_are(text: str) -> None:
    assert decode_if_encoded(text) == text
