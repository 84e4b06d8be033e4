"""Public figures are kept: only who comes first waits until they are counted, and nobody sees very old ones."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from sqlalchemy import text
from time_machine import travel

from dashboards.published import FRESH, PUBLISHED, STALE, figures_of
from service.db import Database
from service.programme import Programme
from service.summaries.periods import last_block
from tests.dashboards.conftest import Start
from tests.dashboards.desk import ON_SQLITE
from tests.service.folk import crowd

pytestmark = ON_SQLITE
SECOND = timedelta(seconds=1)


async def _people(database: Database, programme: Programme, number: int) -> None:
    at = last_block(datetime.now(UTC), programme.zone).bounds(programme.zone)[1] + timedelta(hours=9)
    async with database.writing() as session:
        await crowd(session, number, at, "upper", "water")


async def _shown(app: web.Application, programme: Programme) -> int:
    total = (await figures_of(app, programme)).total
    assert total is not None
    return total.people


@pytest.mark.parametrize(("age", "seen"), [(FRESH - SECOND, 17), (FRESH + SECOND, 17), (STALE + SECOND, 29)])
async def test_visitors_see_those_of_before_unless_they_are_old(
    start: Start,
    database: Database,
    programme: Programme,
    age: timedelta,
    seen: int,
) -> None:
    app = (await start()).app
    assert app is not None
    await _people(database, programme, 17)
    first = await asyncio.gather(*(figures_of(app, programme) for _ in range(3)))
    assert len({id(figures) for figures in first}) == 1, "counted once for all who wait"
    await _people(database, programme, 12)
    with travel(datetime.now(UTC) + age):
        assert await _shown(app, programme) == seen
        await app[PUBLISHED].counts[programme.code]
        assert await _shown(app, programme) == (17 if age < FRESH else 29)


async def test_while_the_database_is_away_those_of_before_are_seen_for_a_while(
    start: Start, database: Database, programme: Programme
) -> None:
    client = await start()
    assert (await client.get("/")).status == 200
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE reports RENAME TO elsewhere"))
    now = datetime.now(UTC)
    with travel(now + FRESH + SECOND):
        assert (await client.get("/")).status == 200
    with travel(now + STALE + SECOND):
        assert (await client.get("/")).status == 503
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE elsewhere RENAME TO reports"))
