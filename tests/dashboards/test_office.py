"""Answers to release, troubles and people: what the desk holds besides reports."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from service import users
from service.db import Database
from service.models import Audit, Reporter
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, held_answer, log_in, logged_in, member, page, send, stored
from tests.service.making import PASSWORD, make_report, make_sensitive


async def test_held_answers_are_released_once_or_taken_back(database: Database, start: Start) -> None:
    now = datetime.now(UTC)
    report = await make_report(database, now, status="forwarded")
    async with database.writing() as session:
        await session.execute(update(Reporter).values(address=b"sealed"))
        answer = await held_answer(session, "A plumber comes on Thursday.", [report], now)
    client = await logged_in(database, start)
    text = await page(client, f"{DESK}/answers")
    for part in (
        "A plumber comes on Thursday.",
        report.reference,
        "1 SMS in English",
        "to 1 person",
        "Upper Ward office",
    ):
        assert part in text, part
    where = f"{DESK}/answers/{answer.id}"
    assert (await send(client, f"{DESK}/answers", f"{where}/release")).status == 303
    assert (await stored(database, report)).status == "answered"
    assert (await send(client, f"{DESK}/answers", f"{where}/withdraw")).status == 303
    assert "Somebody else was here before you" in await page(client, f"{DESK}/answers")
    for number in ("999", "x", "9" * 30):
        assert (await send(client, f"{DESK}/answers", f"{DESK}/answers/{number}/release")).status == 404
    async with database.writing() as session:
        other = await held_answer(session, "Ask somebody else.", [report], now - timedelta(days=7))
    assert (await send(client, f"{DESK}/answers", f"{DESK}/answers/{other.id}/withdraw")).status == 303
    assert "Nobody was told" in await page(client, f"{DESK}/answers")


async def test_an_answer_does_not_name_what_went_into_the_vault(
    database: Database, secrets: Secrets, start: Start
) -> None:
    now = datetime.now(UTC)
    sealed = await make_sensitive(database, secrets, now, text="he hurt her")
    async with database.writing() as session:
        await held_answer(session, "We are looking into it.", [sealed], now)
    client = await logged_in(database, start)
    text = await page(client, f"{DESK}/answers")
    assert "We are looking into it." in text
    assert sealed.reference not in text


async def test_an_admin_looks_after_people(database: Database, start: Start) -> None:
    admin = await logged_in(database, start, "admin", "ben")
    people = f"{DESK}/people"
    added = await send(admin, people, people, login="Carla", role="moderator")
    text = await added.text()
    found = re.search(r'class="fresh-password">([^<]+)<', text)
    assert found is not None
    carla = await start()
    assert (await log_in(carla, "carla", found[1])).status == 303
    assert found[1] not in await page(admin, people)
    number = re.search(r"/people/(\d+)/role", text)
    assert number is not None
    where = f"{people}/{number[1]}"
    assert (await send(admin, people, people, login="carla", role="moderator")).status == 409
    assert (await send(admin, people, people, login="<b>", role="moderator")).status == 409
    assert (await send(admin, people, people, login="dora", role="queen")).status == 409
    assert (await send(admin, people, f"{where}/role", role="focal_point")).status == 303
    assert (await carla.get(DESK, allow_redirects=False)).status == 303
    assert (await log_in(carla, "carla", found[1])).status == 303
    assert "Vault" in await page(carla, DESK)
    renewed = re.search(
        r'class="fresh-password">([^<]+)<', await (await send(admin, people, f"{where}/password")).text()
    )
    assert renewed is not None
    assert (await log_in(carla, "carla", found[1])).status == 401
    assert (await log_in(carla, "carla", renewed[1])).status == 303
    assert (await send(admin, people, f"{where}/disable")).status == 303
    assert (await log_in(carla, "carla", renewed[1])).status == 401
    assert (await send(admin, people, f"{where}/enable")).status == 303
    assert (await send(admin, people, f"{where}/role", role="")).status == 303
    async with database.reading() as session:
        assert [person.login for person in await users.members(session, "village")] == ["ben"]


async def test_an_admin_has_no_power_over_themselves_or_people_of_others(database: Database, start: Start) -> None:
    other = await member(database, "dida", "focal_point", "town")
    admin = await logged_in(database, start, "admin", "ben")
    people = f"{DESK}/people"
    assert (await send(admin, people, f"{people}/{other}/password")).status == 404
    joined = await send(admin, people, people, login="dida", role="moderator")
    assert joined.status == 303
    assert "keeps the password they have" in await page(admin, people)
    refused = await send(admin, people, f"{people}/{other}/password")
    assert (refused.status, "not yours" in await refused.text()) == (409, True)
    assert (await send(admin, people, f"{people}/{other}/disable")).status == 409
    async with database.reading() as session:
        me = (await session.scalars(select(Audit.object).where(Audit.act == "set_role"))).all()
    own = next(number.removeprefix("user:") for number in me if number != f"user:{other}")
    assert (await send(admin, people, f"{people}/{own}/role", role="focal_point")).status == 409
    assert (await send(admin, people, f"{people}/{own}/disable")).status == 409
    assert (await log_in(await start(), "dida", PASSWORD)).status == 303
