"""Taking all that an embedded database holds into an empty PostgreSQL: from a small house to a large one.

Rows go over as they are, sealed with the same key, in one transaction: all of them, or none.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, Table, create_engine, func, null, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from service.db import Database
from service.migration import NotUsable, head
from service.models import Base, Fingerprint

CHUNK = 50
"""Rows held at once: files lie in the database, and each may be a megabyte."""
FINGERPRINT = Fingerprint.__tablename__

Done = Callable[[str, int], None]


async def take_in(source: Path, target: Database, done: Done) -> None:
    """Copy everything of the SQLite file `source` into the `target`; `done` hears of each table and its rows.

    Nobody can write to the source meanwhile. Raises NotUsable, with what to do, where one of the two does not serve.
    """
    if not target.is_postgresql:
        raise NotUsable("Set DATABASE_URL to the PostgreSQL database that should take the texts in.")
    # JSON goes over as it is written: read and written anew, a null of ours could become one of the database.
    house = create_engine(f"sqlite:///{source}", json_deserializer=str)
    estate = create_async_engine(target.engine.url, json_serializer=str)
    try:
        with house.connect() as old, _held(old, source):
            async with estate.begin() as new:
                await _demand_empty(new)
                await _demand_same_key(old, new)
                for table in Base.metadata.sorted_tables:
                    if table.name != FINGERPRINT:
                        done(table.name, await _copy(old, new, table))
    finally:
        house.dispose()
        await estate.dispose()


@contextmanager
def _held(old: Connection, source: Path) -> Iterator[None]:
    """The source, which is ours and at its newest form, and to which nobody writes."""
    try:
        old.exec_driver_sql("BEGIN IMMEDIATE")
        revision = old.scalar(text("SELECT version_num FROM alembic_version"))
    except DatabaseError:
        raise NotUsable(
            f"{source} is no database of ours, or a process still writes to it: end them all first."
        ) from None
    if revision != head():
        raise NotUsable(
            f"{source} is not at its newest form. Run `answerable migrate` first with DATABASE_URL left empty and VAR "
            "naming its folder."
        )
    yield
    old.rollback()


async def _demand_empty(new: AsyncConnection) -> None:
    for table in Base.metadata.sorted_tables:
        if table.name != FINGERPRINT and (await new.execute(select(table).limit(1))).first() is not None:
            raise NotUsable(
                f"There is something in the database of DATABASE_URL already ({table.name}). Name an empty one; what is "
                "there is never mixed with what comes."
            )


async def _demand_same_key(old: Connection, new: AsyncConnection) -> None:
    sealed, ours = old.scalar(select(Fingerprint.value)), await new.scalar(select(Fingerprint.value))
    if sealed is not None and not hmac.compare_digest(sealed, ours or ""):
        raise NotUsable(
            "The texts are sealed with another SECRET_KEY than the one given. Give theirs: SECRET_KEY, or the VAR whose "
            "secret.key it is."
        )


async def _copy(old: Connection, new: AsyncConnection, table: Table) -> int:
    """All rows of a table. What points into the table itself is set once all of them are there."""
    inward = [column.name for column in table.columns if any(key.column.table is table for key in column.foreign_keys)]
    written = [column.name for column in table.columns if isinstance(column.type, JSON)]
    links: list[tuple[int, dict[str, Any]]] = []
    count = 0
    rows = old.execute(select(table)).mappings()
    while chunk := [dict(row) for row in rows.fetchmany(CHUNK)]:
        for row in chunk:
            row |= {name: null() for name in written if row[name] is None}
            if any(row[name] is not None for name in inward):
                links.append((row["id"], {name: row[name] for name in inward}))
                row |= dict.fromkeys(inward)
        await new.execute(table.insert(), chunk)
        count += len(chunk)
    for number, values in links:
        await new.execute(update(table).where(table.c.id == number).values(values))
    if "id" in table.columns:
        following = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
        await new.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), following, False)))
    return count
