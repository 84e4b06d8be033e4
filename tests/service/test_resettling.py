"""From SQLite to PostgreSQL: every row as it was, links and keys included, and what is written next follows the last."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, cast, insert, null, select, text, update
from sqlalchemy.types import Text

from service import migration, passwords, users
from service.db import Database, open_database
from service.fingerprint import demand_same_key
from service.migration import NotUsable
from service.models import Analysis, Base, Membership, Message, Report
from service.resettling import CHUNK, take_in
from service.secrets import Secrets
from tests.service.folk import crowd

Table = list[dict[str, Any]]


@pytest.fixture
async def small(tmp_path: Path, secrets: Secrets, now: datetime) -> AsyncIterator[Database]:
    """A house on SQLite in which people have texted."""
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path / 'answerable.db'}")
    await migration.upgrade(opened.engine)
    await demand_same_key(opened, secrets)
    async with opened.writing() as session:
        made = await crowd(session, CHUNK + 3, now, "upper", "water")
        # One that points at a later row, and words that are no JSON, or a null of JSON's own.
        await session.execute(update(Report).where(Report.id == made[0].id).values(merged_into=made[-1].id))
        await users.add(
            session, "wanjiru", await passwords.hashed("four plain words"), {"village": "admin"}, now, actor="x"
        )
        for result in (None, null(), {"text": "पानी ✓"}):
            await session.execute(
                insert(Analysis).values(report_id=made[0].id, version="1", result=result, created_at=now)
            )
        session.add(
            Message(
                programme="village", channel="village/web", direction="out", body=b"\x00sealed\xff", state="queued",
                attempts=0, created_at=now, priority=1,
            )
        )  # fmt: skip
    yield opened
    await opened.close()


async def _rows(database: Database) -> dict[str, Table]:
    found = {}
    async with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            columns = [cast(c, Text).label(c.name) if isinstance(c.type, JSON) else c for c in table.columns]
            order = list(table.primary_key.columns)
            found[table.name] = [
                dict(row) for row in (await session.execute(select(*columns).order_by(*order))).mappings()
            ]
    return found


def _file(database: Database) -> Path:
    return Path(database.engine.url.database or "")


async def test_all_goes_over_as_it_was(small: Database, database: Database, secrets: Secrets, now: datetime) -> None:
    await demand_same_key(database, secrets)
    heard: dict[str, int] = {}
    if not database.is_postgresql:
        with pytest.raises(NotUsable, match="Set DATABASE_URL"):
            await take_in(_file(small), database, heard.__setitem__)
        return
    await take_in(_file(small), database, heard.__setitem__)
    before, after = await _rows(small), await _rows(database)
    assert after == before
    assert heard == {name: len(rows) for name, rows in before.items() if name != "fingerprints"}
    assert [row["result"] for row in after["analyses"]][-3:] == [
        "null",
        None,
        '{"text": "\\u092a\\u093e\\u0928\\u0940 \\u2713"}',
    ]
    async with database.writing() as session:
        (more,) = await crowd(session, 1, now, "upper", "water")
        assert more.id == CHUNK + 4
        assert (await session.scalars(select(Membership.role))).all() == ["admin"]
    with pytest.raises(NotUsable, match="something in the database"):
        await take_in(_file(small), database, heard.__setitem__)


async def test_what_does_not_fit_is_said_and_leaves_the_new_one_empty(
    small: Database, database: Database, secrets: Secrets, tmp_path: Path
) -> None:
    if not database.is_postgresql:
        return
    await demand_same_key(database, Secrets(b"another key of thirty-two bytes.."))
    with pytest.raises(NotUsable, match="another SECRET_KEY"):
        await take_in(_file(small), database, _nothing)
    (tmp_path / "notes.txt").write_text("no database")
    with pytest.raises(NotUsable, match="no database of ours"):
        await take_in(tmp_path / "notes.txt", database, _nothing)
    async with small.writing() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0009'"))
    with pytest.raises(NotUsable, match="answerable migrate"):
        await take_in(_file(small), database, _nothing)
    assert all(rows == [] for name, rows in (await _rows(database)).items() if name != "fingerprints")


def _nothing(_table: str, _rows: int) -> None:
    """Nobody listens."""
