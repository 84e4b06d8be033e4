"""Reports about the same, as a moderator finds and merges them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from service.db import Database
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, ON_SQLITE, logged_in, page, send, stored
from tests.service.making import TEXT, make_report

pytestmark = ON_SQLITE


async def test_a_report_is_merged_from_the_page_of_its_likes(database: Database, start: Start) -> None:
    now = datetime.now(UTC)
    client = await logged_in(database, start)
    main = await make_report(database, now, area="upper", age=timedelta(hours=2))
    made = await make_report(database, now, text=f"{TEXT} since Monday", area="upper")
    await make_report(database, now, text="the clinic has no medicine", categories=("clinic",))
    here = f"{DESK}/reports/{made.reference}"
    assert f"{here}/alike" in await page(client, here)
    shown = await page(client, f"{here}/alike")
    assert "One report may be about the same" in shown
    assert "the same area" in shown
    assert "clinic" not in shown.partition("<main")[2]
    wrong = await send(client, f"{here}/alike", f"{here}/merge", revision="0", into="nothing")
    assert (wrong.status, "Choose one from the list" in await wrong.text()) == (409, True)
    done = await send(client, f"{here}/alike", f"{here}/merge", revision="0", into=main.reference)
    assert (done.status, done.headers["Location"]) == (303, f"{DESK}/reports/{main.reference}")
    assert "is merged into" in await page(client, f"{DESK}/reports/{main.reference}")
    assert made.reference in await page(client, f"{DESK}/reports/{main.reference}/alike")
    after = await page(client, here)
    assert "Merged into another" in after
    assert f"merged it into {main.reference}" in after
    assert (await send(client, here, f"{here}/reopen", revision="1", note="")).status == 303
    assert (await stored(database, made)).merged_into is None


async def test_nothing_alike_and_nothing_of_the_vault(database: Database, start: Start) -> None:
    now = datetime.now(UTC)
    client = await logged_in(database, start)
    alone = await make_report(database, now)
    sealed = await make_report(database, now, text=None, sensitive=True)
    assert "Nothing like it" in await page(client, f"{DESK}/reports/{alone.reference}/alike")
    await page(client, f"{DESK}/reports/{sealed.reference}/alike", 404)
    await page(client, f"{DESK}/reports/nothing/alike", 404)
