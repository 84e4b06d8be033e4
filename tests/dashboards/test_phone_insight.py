"""A demonstration shows what was understood of a text; of a sensitive one nothing."""

from __future__ import annotations

from datetime import datetime

import pytest

import nlp.analysis as nlp
from dashboards.evidence import Piece, mark_evidence
from service.db import Database
from service.programme import Programme
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.phoning import number_of, open_page, say, take_all, water_at


async def test_a_demonstration_shows_what_was_understood_and_others_do_not(
    start: Start, database: Database, secrets: Secrets, programme: Programme, now: datetime
) -> None:
    client = await start(demo=True)
    page = await open_page(client)
    assert "Nothing to explain yet" in page
    await say(client, "No water at Soko, call 0722000000", number_of(page))
    await take_all(database, secrets, programme, water_at(), now)
    page = await open_page(client)
    panel = page.partition("<aside")[2]
    assert '<mark class="mark-word">water</mark>' in panel
    assert '<mark class="mark-mask">[phone]</mark>' in panel
    assert "0722000000" not in panel
    assert "sure, 91" in panel
    assert "Analysis by hand" in panel
    plain = await start()
    plain.session.cookie_jar.update_cookies(client.session.cookie_jar.filter_cookies(client.make_url("/phone")))
    page = await open_page(plain)
    assert "<aside" not in page


async def test_nothing_of_a_sensitive_account_is_shown_but_that_it_is_in_the_vault(
    start: Start, database: Database, secrets: Secrets, programme: Programme, now: datetime
) -> None:
    client = await start(demo=True)
    await say(client, "the chief asks for money and beats us", number_of(await open_page(client)))
    finding = nlp.SensitiveFinding("violence", 0.9, "beats")
    text = "the chief asks for money and beats us"
    await take_all(database, secrets, programme, water_at(text=text, sensitive=(finding,)), now)
    panel = (await open_page(client)).partition("<aside")[2].partition("</aside>")[0]
    assert "went to the vault" in panel
    assert "beats" not in panel
    assert "91" not in panel
    assert "violence" not in panel


async def test_a_language_nobody_could_tell_is_unknown_and_not_surely_so(
    start: Start, database: Database, secrets: Secrets, programme: Programme, now: datetime
) -> None:
    client = await start(demo=True)
    await say(client, "bip bip", number_of(await open_page(client)))
    await take_all(database, secrets, programme, water_at(text="bip bip", language=nlp.Language("und", 0.83)), now)
    panel = (await open_page(client)).partition("<aside")[2]
    assert "Language: unknown" in panel
    assert "83" not in panel.partition("Language: unknown")[2].partition("</li>")[0]


@pytest.mark.parametrize(
    ("text", "places", "words", "marked"),
    [
        ("No water at Soko.", ["soko"], ["water"], [("water", "word"), ("Soko", "place")]),
        ("waterfall [phone]", [], ["water"], [("[phone]", "mask")]),
        ("पानी और पान", [], ["पान"], [("पान", "word")]),
        ("Soko Mjinga", ["Soko", "Soko Mjinga"], ["Mjinga"], [("Soko Mjinga", "place")]),
        ("a (b", [], ["(b"], [("(b", "word")]),
        ("", [""], [""], []),
    ],
)
def test_evidence(text: str, places: list[str], words: list[str], marked: list[tuple[str, str]]) -> None:
    pieces = mark_evidence(text, places, words)
    assert "".join(piece.text for piece in pieces) == text
    assert [piece for piece in pieces if piece.sort != "plain"] == [Piece(*mark) for mark in marked]  # type: ignore[arg-type]
