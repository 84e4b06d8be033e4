"""The history: who, what, when, and that nobody rewrites it."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from service import audit
from service.db import Database
from service.models import Audit
from tests.service.making import make_user


async def test_lines_are_read_newest_first_with_the_names_of_users(database: Database, now: datetime) -> None:
    asha = await make_user(database, "asha", {}, now)
    async with database.writing() as session:
        await audit.record(session, "village", audit.user(asha), "accept", audit.report(7), {"revision": 1}, now)
        await audit.record(session, "village", audit.MACHINE, "send", audit.report(7), {}, now)
        await audit.record(session, "village", audit.user(asha), "accept", audit.report(8), {}, now)
        await audit.record(session, "town", audit.user(asha), "accept", audit.report(7), {}, now)
    async with database.reading() as session:
        lines = await audit.read(session, "village", things=("report:7",))
        accepted = await audit.read(session, "village", acts=("accept",), limit=1)
    assert [(line.login, line.act, line.detail) for line in lines] == [
        (None, "send", {}),
        ("asha", "accept", {"revision": 1}),
    ]
    assert [line.object for line in accepted] == ["report:8"]
    assert accepted[0].created_at == now


@pytest.mark.parametrize("change", [update(Audit).values(act="nothing"), delete(Audit)])
async def test_the_database_refuses_to_rewrite_it(database: Database, now: datetime, change: object) -> None:
    async with database.writing() as session:
        await audit.record(session, "village", audit.MACHINE, "send", audit.report(7), {}, now)
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.writing() as session:
            await session.execute(change)  # type: ignore[call-overload]
    async with database.reading() as session:
        assert [line.act for line in await audit.read(session, "village")] == ["send"]
