from __future__ import annotations

from datetime import UTC, datetime, timedelta

from service.db import Database
from service.programme import Programme
from service.summaries.periods import last_block
from tests.dashboards.conftest import Start
from tests.service.folk import crowd, person, report


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
    assert '<th scope="row">English' in whole, "a language is called by its name"


async def test_an_unknown_programme_is_not_found(start: Start) -> None:
    assert (await (await start()).get("/figures/nowhere")).status == 404


async def test_what_people_say_of_themselves_stands_in_the_words_of_the_programme(
    start: Start, database: Database, programme: Programme
) -> None:
    at = last_block(datetime.now(UTC), programme.zone).bounds(programme.zone)[1] + timedelta(hours=9)
    async with database.writing() as session:
        for said, number in (("tenant", 12), ("vendor", 8), ("", 20)):
            values = {"groups": {"group": said}, "asked": ["group"]} if said else {}
            for _ in range(number):
                await report(session, await person(session, at, **values), at, "upper", "water")
    page = await (await (await start()).get("/figures/village")).text()
    assert "Tenant" in page
    assert "about 60\u00a0%" in page
    assert "Of the people who reported, about 50\u00a0% answered and about 50\u00a0% were not asked." in page
    assert "Left out, since" not in page


async def test_answers_of_too_few_people_are_not_shown_and_it_is_said(
    start: Start, database: Database, programme: Programme
) -> None:
    at = last_block(datetime.now(UTC), programme.zone).bounds(programme.zone)[1] + timedelta(hours=9)
    async with database.writing() as session:
        for said, number in (("tenant", 12), ("vendor", 2)):
            for _ in range(number):
                asha = await person(session, at, groups={"group": said}, asked=["group"])
                await report(session, asha, at, "upper", "water")
    page = await (await (await start()).get("/figures/village")).text()
    assert "Too few people answered to show what." in page
    assert "Of the people who reported, nearly all answered." in page
    assert "Tenant" not in page
