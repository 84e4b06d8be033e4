"""The vault from the desk: into it, opened after a warning, referred, and out again."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from service.db import Database
from service.models import Audit, Vault
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, logged_in, page, send, stored
from tests.service.making import make_report, make_sensitive


async def test_protecting_takes_it_from_moderators_and_gives_it_to_focal_points(
    database: Database, start: Start
) -> None:
    report = await make_report(database, datetime.now(UTC), text="he hurt her")
    client = await logged_in(database, start)
    here = f"{DESK}/reports/{report.reference}"
    assert (await send(client, here, f"{here}/protect", revision="0")).status == 409
    assert (await send(client, here, f"{here}/protect", revision="0", kind="violence")).status == 303
    await page(client, here, 404)
    focal = await logged_in(database, start, "focal_point", "fay")
    assert "1 sensitive account waits" in await page(focal, DESK)
    assert report.reference in await page(focal, f"{DESK}?vault=yes")


async def test_the_vault_opens_after_a_warning_and_every_opening_is_recorded(
    database: Database, secrets: Secrets, start: Start
) -> None:
    report = await make_sensitive(database, secrets, datetime.now(UTC), text="he hurt her")
    focal = await logged_in(database, start, "focal_point", "fay")
    here = f"{DESK}/reports/{report.reference}"
    calm = await page(focal, here)
    assert "Your reading is recorded" in calm
    assert "hurt" not in calm
    async with database.reading() as session:
        assert (await session.scalars(select(Audit).where(Audit.act == "read_vault"))).all() == []
    opened = await send(focal, here, f"{here}/open")
    text = await opened.text()
    assert opened.status == 200
    assert "he hurt her" in text
    assert opened.headers["Cache-Control"] == "no-store"
    async with database.reading() as session:
        lines = (await session.scalars(select(Audit).where(Audit.act == "read_vault"))).all()
    assert [line.object for line in lines] == [f"report:{report.id}"]
    assert "opened the sealed account" in await page(focal, here)
    refused = await send(focal, here, f"{here}/refer", revision="0", to="clinic", note="needs care")
    assert (refused.status, "consent" in await refused.text()) == (409, True)
    done = await send(focal, here, f"{here}/refer", revision="0", to="clinic", note="needs care", consent="given")
    assert done.headers["Location"] == f"{DESK}?vault=yes"
    assert (await stored(database, report)).status == "referred"


async def test_what_is_not_sensitive_goes_back_to_the_queue(database: Database, secrets: Secrets, start: Start) -> None:
    report = await make_sensitive(database, secrets, datetime.now(UTC), text="he hurt his foot")
    focal = await logged_in(database, start, "focal_point", "fay")
    here = f"{DESK}/reports/{report.reference}"
    assert (await send(focal, here, f"{here}/unprotect", revision="0", note="a football match")).status == 303
    moderator = await logged_in(database, start)
    assert "he hurt his foot" in await page(moderator, here)
    async with database.reading() as session:
        assert await session.get(Vault, report.id) is None
