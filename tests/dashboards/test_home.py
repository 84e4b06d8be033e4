from __future__ import annotations

from datetime import UTC, datetime, timedelta

from service.db import Database
from service.programme import Programme
from service.summaries.periods import last_block
from tests.dashboards.conftest import Start
from tests.service.folk import crowd


async def test_the_page_without_reports_says_so(start: Start) -> None:
    page = await (await (await start()).get("/")).text()
    assert "No figures yet" in page
    assert "Village Voices" in page
    assert "GeoNames" in page
    assert "We keep your words safe" in page
    assert "Tunatunza maneno yako" in page


async def test_figures_are_shown_and_small_ones_named_as_hidden(
    start: Start, database: Database, programme: Programme
) -> None:
    at = last_block(datetime.now(UTC), programme.zone).bounds(programme.zone)[1] + timedelta(hours=9)
    async with database.writing() as session:
        await crowd(session, 17, at, "upper", "water")
        await crowd(session, 9, at, "lower", "roads")
        await crowd(session, 3, at, "lower", "clinic")
    client = await start()
    page = await (await client.get("/")).text()
    assert ">29<" in page
    assert "Subjects about which fewer than 5 people reported" in page
    assert "Clinic" in page
    whole = await (await client.get("/figures/village")).text()
    assert ">17<" in whole
    assert ">3<" not in whole


async def test_an_unknown_programme_is_not_found(start: Start) -> None:
    assert (await (await start()).get("/figures/nowhere")).status == 404
