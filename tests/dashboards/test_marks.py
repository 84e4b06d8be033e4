"""Letters carry the marks that writing needs and no towers of them; what is stored stays as it was written."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest

from dashboards.marks import IN_ALL, ON_A_SIDE, SAME, drawn
from service.db import Database
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, ON_SQLITE, logged_in, page, stored
from tests.service.making import make_report

SOUND = (  # French, Hindi, Vietnamese, Greek and Yoruba, Hebrew, Arabic, Thai, Burmese, emoji
    "No water, \u00e9t\u00e9, na\u00efve",
    "\u0939\u093f\u0928\u094d\u0926\u0940 \u092e\u0947\u0902 \u092a\u093e\u0928\u0940"
    " \u0928\u0939\u0940\u0902, \u0915\u094d\u0937\u0947\u0924\u094d\u0930, \u0921\u093c\u094b\u0902",
    unicodedata.normalize("NFD", "Ti\u1ebfng Vi\u1ec7t \u1eadp \u1f84 \u1ecdj\u1ecd\u0301"),
    "\u05d1\u05bc\u05b0\u05e8\u05b5\u05d0\u05e9\u05c1\u05b4\u0596\u05d9\u05ea",
    "\u0628\u0650\u0633\u0652\u0645\u0650 \u0671\u0644\u0644\u0651\u064e\u0647\u0650",
    "\u0e19\u0e49\u0e33\u0e1b\u0e23\u0e30\u0e1b\u0e32\u0e44\u0e21\u0e48\u0e44\u0e2b\u0e25 \u0e17\u0e35\u0e48\u0e19\u0e35\u0e48",
    "\u1019\u103c\u1014\u103a\u1019\u102c \u1000\u103b\u103d\u1014\u103a\u102f\u1015\u103a",
    "\u2764\ufe0f \U0001f6b0 \U0001f468\u200d\U0001f469\u200d\U0001f467 1\ufe0f\u20e3",
)
TOWER = "".join(letter + "\u0301\u0302\u0323\u0324\u0338\u0360\u20dd" * 30 for letter in "water")


@pytest.mark.parametrize("text", SOUND)
def test_writing_is_drawn_as_it_is(text: str) -> None:
    assert drawn(text) == text


@pytest.mark.parametrize(
    ("mark", "most"),
    [
        *((mark, ON_A_SIDE) for mark in ("\u0301", "\u0323", "\u0338", "\u0360", "\u20dd")),
        *((mark, SAME) for mark in ("\u0e49", "\u0e47", "\u093f")),
    ],
)
def test_no_tower_stands_on_a_letter(mark: str, most: int) -> None:
    assert drawn(f"a{mark * 200}b{mark}") == f"a{mark * most}b{mark}"


def test_signs_that_have_their_place_are_no_tower_either() -> None:
    thai = "".join(chr(code) for code in (*range(0x0E34, 0x0E3B), *range(0x0E47, 0x0E4F)))
    assert drawn(f"\u0e01{thai}") == f"\u0e01{thai[:IN_ALL]}"


def test_what_is_not_there_is_drawn_as_nothing() -> None:
    assert (drawn(None), drawn("")) == ("", "")


@ON_SQLITE
async def test_the_desk_draws_few_and_keeps_all(database: Database, secrets: Secrets, start: Start) -> None:
    report = await make_report(database, datetime.now(UTC), text=f"No {TOWER} at Mashimoni")
    client = await logged_in(database, start)
    for path in (DESK, f"{DESK}/reports/{report.reference}", f"{DESK}/reports/{report.reference}/alike"):
        shown = await page(client, path)
        assert (drawn(TOWER) in shown, "\u0301\u0302\u0323\u0324\u0338\u0360\u20dd" * 3 in shown) == (True, False), path
    assert (await stored(database, report)).text == f"No {TOWER} at Mashimoni"
