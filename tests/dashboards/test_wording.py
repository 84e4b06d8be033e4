"""Keys and codes are for those who write a programme; a moderator reads words."""

from __future__ import annotations

import re

import pytest

from dashboards.wording import PURPOSES, named, purpose_name
from service.programme import Programme
from service.programme.texts import TEXTS


def test_every_text_we_send_has_a_name_at_the_desk() -> None:
    assert PURPOSES.keys() >= TEXTS.keys()
    assert not [name for name in PURPOSES.values() if re.search("_|[{}]", name)]
    assert len(set(PURPOSES.values())) == len(PURPOSES)
    assert (purpose_name("profile_ask"), purpose_name("gone"), purpose_name(None)) == (
        "Question about themselves",
        "A text",
        "A text",
    )


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("category water: tap, dry", "Water: tap, dry"),
        ("category water", "Water"),
        ("category gone: tap", "gone: tap"),
        ("beats the child", "beats the child"),
        ("", ""),
    ],
)
def test_a_reason_names_the_category_and_not_its_code(programme: Programme, why: str, said: str) -> None:
    assert named(why, programme) == said
