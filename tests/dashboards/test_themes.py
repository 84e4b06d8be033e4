"""The page of themes."""

from __future__ import annotations

from datetime import UTC, datetime

from service.db import Database
from service.models import Theme, ThemeWeek
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, ON_SQLITE, logged_in, page, send
from tests.service.making import make_report

pytestmark = ON_SQLITE


async def test_a_theme_is_shown_with_a_draft_and_taken_up(database: Database, start: Start) -> None:
    now = datetime.now(UTC)
    client = await logged_in(database, start)
    assert "within an hour" in await page(client, f"{DESK}/themes")
    made = await make_report(database, now, text="locusts <b>ate</b> the maize", categories=())
    week = {"programme": "village", "week": "2026-W47", "created_at": now}
    async with database.writing() as session:
        session.add(ThemeWeek(**week, looked_at=9))
        session.add(Theme(**week, words=["locusts", "maize"], reports=[made.id], people=6, state="proposed"))
    text = await page(client, f"{DESK}/themes")
    for part in ("locusts, maize", "6 people", made.reference, "locusts &lt;b&gt;ate", "NEW_CODE", "among 9 reports"):
        assert part in text
    assert 'Themes<span class="nav-number">1' in await page(client, DESK)
    done = await send(client, f"{DESK}/themes", f"{DESK}/themes/1", do="taken")
    assert (done.status, done.headers["Location"]) == (303, f"{DESK}/themes")
    assert "Taken up" in await page(client, f"{DESK}/themes")
    for wrong in ("99", "x", "1" * 40):
        assert (await send(client, f"{DESK}/themes", f"{DESK}/themes/{wrong}", do="taken")).status == 404
    assert (await send(client, f"{DESK}/themes", f"{DESK}/themes/1", do="loved")).status == 404
