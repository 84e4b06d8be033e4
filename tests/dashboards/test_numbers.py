"""Keys in addresses and forms: plain digits, no more than a database takes."""

from __future__ import annotations

import pytest

from dashboards.numbers import key


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("17", 17),
        ("0", 0),
        ("9" * 15, 10**15 - 1),
        ("9" * 16, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("١٧", None),
    ],
)
def test_a_key_is_plain_digits(text: str, number: int | None) -> None:
    assert key(text) == number
