"""The queue and the report page as a moderator uses them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from service.db import Database
from service.models import Analysis, Decision, Report
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, logged_in, page, send, stored
from tests.service.making import make_report


async def test_an_empty_desk_says_so(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    assert "Nothing waits for you" in await page(client, DESK)
    assert "Nothing fits" in await page(client, f"{DESK}?words=nothing")
    assert "No answer waits" in await page(client, f"{DESK}/answers")
    assert "Nothing has stopped" in await page(client, f"{DESK}/troubles")


async def test_the_queue_shows_what_waits_with_filters_and_pages(database: Database, start: Start) -> None:
    now = datetime.now(UTC)
    client = await logged_in(database, start)
    for number in range(27):
        await make_report(database, now, text=f"tap number {number}", area="upper", certainty=number / 100)
    await make_report(database, now, text="bridge fell", categories=("roads",), urgent=True)
    first = await page(client, DESK)
    assert "28 reports wait for a person" in first
    assert first.index("bridge fell") < first.index("tap number 0")
    assert "Roads (1)" in first
    assert "Upper Ward (27)" in first
    assert "tap number 26" not in first
    later = re.search(r'rel="next" href="([^"]+)"', first)
    assert later is not None
    second = await page(client, unescape(later[1]))
    assert "tap number 26" in second
    assert "tap number 0<" not in second
    roads = await page(client, f"{DESK}?category=roads")
    assert "bridge fell" in roads
    assert "tap number" not in roads
    assert f"{DESK}/reports/" in roads
    assert "?category=roads" in roads
    await page(client, f"{DESK}?after=rubbish", 404)


async def test_the_filter_names_a_category_whatever_it_is(database: Database, start: Start) -> None:
    """Also one of the vault's, of which the machine was not sure enough to move the account there."""
    client = await logged_in(database, start)
    await make_report(database, datetime.now(UTC), text="she shouted", categories=("violence_home",))
    assert "Violence at home (1)" in await page(client, DESK)


async def test_a_report_shows_evidence_reasons_candidates_and_history(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    report = await make_report(
        database, datetime.now(UTC), text="No water at Mashimoni, call [phone]", review_reason="place unclear"
    )
    text = await page(client, f"{DESK}/reports/{report.reference}")
    for part in (
        '<mark class="mark-word">water</mark>',
        '<mark class="mark-place">Mashimoni</mark>',
        '<mark class="mark-mask">[phone]</mark>',
        "because of",
        "tap, water",
        "place unclear",
        "fairly sure, 55",
        "Upper Ward",
        "Lower Ward",
    ):
        assert part in text, part
    data = re.search(r'data-map="([^"]+)"', text)
    assert data is not None
    drawn = json.loads(unescape(data[1]))
    assert [(spot["lat"], spot["lon"]) for spot in drawn["candidates"]] == [(-1.312, 36.79), (-1.262, 36.858)]
    assert {place["name"] for place in drawn["places"]} >= {"Gatwekera", "Kosovo"}
    assert (await stored(database, report)).claimed_by is not None


async def test_a_text_whose_language_has_no_rules_for_names_says_so_until_a_person_accepted_it(
    database: Database, start: Start
) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC), text="babu ruwa a nan")
    async with database.writing() as session:
        analysis = (await session.scalars(select(Analysis).where(Analysis.report_id == report.id))).one()
        analysis.result = (analysis.result or {}) | {"names_sought": False}
    assert "Not reviewed for names" in await page(client, f"{DESK}/reports/{report.reference}")
    async with database.writing() as session:
        (await session.get_one(Report, report.id)).accepted_by = "person"
    assert "Not reviewed for names" not in await page(client, f"{DESK}/reports/{report.reference}")


async def test_the_middle_of_an_area_is_drawn_as_its_reach_and_not_as_a_point(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC), text="No water in Upper Ward")
    for radius, fallback in ((2.5, True), (0.3, False)):
        async with database.writing() as session:
            kept = await session.get_one(Report, report.id)
            kept.place_name, kept.lat, kept.lon, kept.radius_km, kept.area = (
                "Upper Ward",
                -1.312,
                36.79,
                radius,
                "upper",
            )
        text = await page(client, f"{DESK}/reports/{report.reference}")
        data = re.search(r'data-map="([^"]+)"', text)
        assert data is not None
        assert json.loads(unescape(data[1]))["current"]["fallback"] is fallback
        assert ("the middle of an area, not a place" in text) is fallback


async def test_accepting_goes_on_to_the_next_with_the_same_filters(database: Database, start: Start) -> None:
    now = datetime.now(UTC)
    client = await logged_in(database, start)
    first = await make_report(database, now, certainty=0.1)
    await make_report(database, now, certainty=0.2, categories=("roads",))
    third = await make_report(database, now, certainty=0.3)
    here = f"{DESK}/reports/{first.reference}"
    response = await send(
        client,
        here,
        f"{here}/review?category=water",
        revision="0",
        do="accept",
        category=["water", "clinic"],
        urgent="yes",
    )
    assert response.headers["Location"] == f"{DESK}/reports/{third.reference}?category=water"
    done = await stored(database, first)
    assert (done.status, done.urgent, done.revision) == ("accepted", True, 3)
    here = f"{DESK}/reports/{third.reference}"
    assert f"{first.reference} is accepted." in await page(client, here)
    response = await send(client, here, f"{here}/review?category=water", revision="0", do="accept", category="water")
    assert response.headers["Location"] == f"{DESK}?category=water"


PLACES: dict[str, tuple[dict[str, str], tuple[Any, ...]]] = {
    "candidate": (
        {"place": "-1.262|36.858||lower|Mashimoni"},
        ("Mashimoni", -1.262, 36.858, "lower", None, "moderator"),
    ),
    "pin": (
        {"place": "pin", "lat": "-1.3131", "lon": " 36.7831 "},
        ("Gatwekera", -1.3131, 36.7831, "upper", 0.25, "moderator"),
    ),
    "none": ({"place": "none"}, (None, None, None, None, None, "moderator")),
    "keep": ({"place": "keep"}, ("Kosovo", -1.26, 36.856, "lower", None, "machine")),
}


@pytest.mark.parametrize(("fields", "expected"), PLACES.values(), ids=PLACES)
async def test_the_place_is_corrected_by_candidate_or_pin(
    database: Database, start: Start, fields: dict[str, str], expected: tuple[Any, ...]
) -> None:
    client = await logged_in(database, start)
    report = await make_report(
        database, datetime.now(UTC), place_name="Kosovo", lat=-1.26, lon=36.856, area="lower", place_by="machine"
    )
    here = f"{DESK}/reports/{report.reference}"
    response = await send(client, here, f"{here}/review", revision="0", do="save", category="water", **fields)
    assert response.headers["Location"] == here
    done = await stored(database, report)
    assert (done.place_name, done.lat, done.lon, done.area, done.radius_km, done.place_by) == expected
    assert done.status == "in_review"


@pytest.mark.parametrize(
    "fields",
    [
        {"place": "pin", "lat": "91", "lon": "0"},
        {"place": "pin", "lat": "nan", "lon": "0"},
        {"place": "pin"},
        {"place": "rubbish"},
        {"place": "1|2|x||y"},
    ],
)
async def test_a_place_nobody_can_read_changes_nothing(
    database: Database, start: Start, fields: dict[str, str]
) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    response = await send(client, here, f"{here}/review", revision="0", do="accept", category="roads", **fields)
    assert response.status == 409
    done = await stored(database, report)
    assert (done.status, done.revision) == ("in_review", 0)


async def test_places_are_searched_with_and_without_scripts(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    found = await (await client.get(f"{DESK}/places?words=gatw")).json()
    assert [(spot["name"], spot["where"]) for spot in found] == [("Gatwekera", "village, Upper Ward")]
    response = await send(
        client, here, f"{here}/find", revision="0", category=["roads"], place="none", place_words="gatwek", urgent="yes"
    )
    text = await response.text()
    assert found[0]["value"] in unescape(text)
    assert re.search(r'value="roads" checked', text)
    assert not re.search(r'value="water" checked', text)
    assert (await stored(database, report)).revision == 0


async def test_the_second_moderator_is_told_and_nothing_is_overwritten(database: Database, start: Start) -> None:
    report = await make_report(database, datetime.now(UTC))
    asha = await logged_in(database, start)
    beth = await logged_in(database, start, login="beth")
    here = f"{DESK}/reports/{report.reference}"
    await page(asha, here)
    assert "asha</bdi> is reading this now" in await page(beth, here)
    assert "asha is reading" in await page(beth, DESK)
    assert (await send(asha, here, f"{here}/review", revision="0", do="save", category="clinic")).status == 303
    response = await send(beth, here, f"{here}/review", revision="0", do="accept", category="roads")
    text = await response.text()
    assert response.status == 409
    assert "Somebody saved this report while you were reading: asha" in text
    assert 'name="revision" value="1"' in text
    assert re.search(r'value="clinic" checked', text)
    assert (await stored(database, report)).status == "in_review"
    again = await send(beth, here, f"{here}/review", revision="1", do="accept", category="clinic")
    assert again.status == 303


@pytest.mark.parametrize("revision", ["", "-1", "1.5", "²", "99999999999999999999", "x"])
async def test_a_form_without_its_revision_does_nothing(database: Database, start: Start, revision: str) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    assert (await send(client, here, f"{here}/review", revision=revision, do="accept")).status == 409
    assert (await stored(database, report)).revision == 0


async def test_setting_aside_and_taking_back(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    assert (await send(client, here, f"{here}/reject", revision="0")).status == 409
    response = await send(client, here, f"{here}/reject", revision="0", because="test", note="only a try")
    assert response.headers["Location"] == DESK
    text = await page(client, here)
    assert "only a try" in text
    assert "Somebody tried whether this works" in text
    assert (await send(client, here, f"{here}/reopen", revision="1", note="by mistake")).headers["Location"] == here
    assert (await stored(database, report)).status == "in_review"


async def test_every_act_left_a_decision(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    await send(client, here, f"{here}/review", revision="0", do="accept", category="roads", place="none", urgent="yes")
    async with database.reading() as session:
        acts = (await session.scalars(select(Decision.act).order_by(Decision.id))).all()
    assert list(acts) == ["correct_categories", "set_urgent", "accept"]
    text = await page(client, here)
    for sentence in ("changed the categories from Water to Roads", "marked it urgent", "accepted it"):
        assert sentence in text
