"""Public figures are kept: only who comes first waits until they are counted, and nobody sees very old ones."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from sqlalchemy import text

from dashboards.published import PUBLISHED, figures_of
from service.db import Database
from service.programme import Programme
from service.summaries.periods import last_block
from tests.dashboards.conftest import Start
from tests.dashboards.desk import ON_SQLITE
from tests.service.folk import crowd

pytestmark = ON_SQLITE


async def _people(database: Database, programme: Programme, number: int) -> None:
    at = last_block(datetime.now(UTC), programme.zone).bounds(programme.zone)[1] + timedelta(hours=9)
    async with database.writing() as session:
        await crowd(session, number, at, "upper", "water")


async def _shown(app: web.Application, programme: Programme) -> int:
    total = (await figures_of(app, programme)).total
    assert total is not None
    return total.people


@pytest.mark.parametrize(("fresh", "stale", "seen"), [(60, 90, (17, 17)), (0, 60, (17, 29)), (0, 0, (29, 29))])
async def test_visitors_see_those_of_before_unless_they_are_old(
    start: Start,
    database: Database,
    programme: Programme,
    monkeypatch: pytest.MonkeyPatch,
    fresh: float,
    stale: float,
    seen: tuple[int, int],
) -> None:
    app = (await start()).app
    assert app is not None
    await _people(database, programme, 17)
    first = await asyncio.gather(*(figures_of(app, programme) for _ in range(3)))
    assert len({id(figures) for figures in first}) == 1, "counted once for all who wait"
    await _people(database, programme, 12)
    monkeypatch.setattr("dashboards.published.FRESH", fresh)
    monkeypatch.setattr("dashboards.published.STALE", stale)
    before = await _shown(app, programme)
    await app[PUBLISHED].counts[programme.code]
    assert (before, await _shown(app, programme)) == seen


async def test_while_the_database_is_away_those_of_before_are_seen_for_a_while(
    start: Start, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await start()
    assert (await client.get("/")).status == 200
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE reports RENAME TO elsewhere"))
    monkeypatch.setattr("dashboards.published.FRESH", 0)
    assert (await client.get("/")).status == 200
    monkeypatch.setattr("dashboards.published.STALE", 0)
    assert (await client.get("/")).status == 503
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE elsewhere RENAME TO reports"))
