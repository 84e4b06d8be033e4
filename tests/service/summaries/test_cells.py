from __future__ import annotations

from datetime import datetime, timedelta

from service.db import Database
from service.summaries.cells import ALL, NONE, Cell, count
from service.summaries.periods import last_week
from tests.service.folk import crowd, person, report
from tests.service.summaries.towns import town


async def test_people_are_counted_apart_from_reports_in_every_area_above(database: Database, now: datetime) -> None:
    bounds = last_week(now, town().zone).bounds(town().zone)
    at = bounds[0] + timedelta(hours=1)
    async with database.writing() as session:
        asha = await person(session, now)
        await report(session, asha, at, "n1", "water", texts=3)
        await report(session, asha, at, "n2", "water", "roads")
        await report(session, await person(session, now), at, None)
        (table,) = await count(session, town(), bounds)
    assert table.cell((ALL, ALL)) == Cell(reports=3, people=2, texts=5)
    assert table.cell(("north", ALL)) == Cell(reports=2, people=1, texts=4)
    assert table.cell(("north", "water")) == Cell(reports=2, people=1, texts=4)
    assert table.cell(("n2", "roads")) == Cell(reports=1, people=1, texts=1)
    assert table.cell((NONE, NONE)) == Cell(reports=1, people=1, texts=1)
    assert table.cell(("south", ALL)) == Cell()


async def test_only_accepted_reports_that_are_not_sensitive_count(database: Database, now: datetime) -> None:
    bounds = last_week(now, town().zone).bounds(town().zone)
    at = bounds[0]
    async with database.writing() as session:
        for status in ("received", "analysed", "in_review", "rejected", "merged", "referred"):
            await crowd(session, 1, at, "n1", "water", status=status)
        await crowd(session, 1, at, "n1", "water", sensitive=True)
        await crowd(session, 1, at, "n1", "water", programme="elsewhere")
        await crowd(session, 1, at - timedelta(seconds=1), "n1", "water")
        await crowd(session, 1, bounds[1], "n1", "water")
        for status in ("accepted", "forwarded", "answered", "resolved", "disputed"):
            await crowd(session, 1, at, "n1", "water", status=status)
        (table,) = await count(session, town(), bounds)
    assert table.cell((ALL, ALL)).reports == 5


async def test_weeks_are_counted_apart_and_gone_codes_count_as_none(database: Database, now: datetime) -> None:
    weeks = last_week(now, town().zone).with_before(1)
    first, second, _ = bounds = weeks.bounds(town().zone)
    async with database.writing() as session:
        await crowd(session, 2, first, "n1", "water")
        await crowd(session, 3, second, "abolished", "abolished")
        before, after = await count(session, town(), bounds)
    assert (before.cell((ALL, "water")).people, after.cell((ALL, "water")).people) == (2, 0)
    assert after.cell((NONE, NONE)).people == 3
