"""One process runs the schedule: whoever holds the lease. Another takes over when it runs out."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Lease

TERM = timedelta(seconds=30)


async def lead(session: AsyncSession, name: str, holder: str, now: datetime) -> bool:
    """Take or keep the lease until now + TERM; False while somebody else holds it."""
    assert session.bind is not None
    dialect = postgresql if session.bind.dialect.name == "postgresql" else sqlite
    await session.execute(
        dialect.insert(Lease)
        .values(name=name, holder=holder, until=now)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    taken = await session.execute(
        update(Lease)
        .where(Lease.name == name, or_(Lease.holder == holder, Lease.until <= now))
        .values(holder=holder, until=now + TERM)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


async def resign(session: AsyncSession, name: str, holder: str, now: datetime) -> None:
    """Give the lease up at once, so that nobody waits for it to run out."""
    await session.execute(update(Lease).where(Lease.name == name, Lease.holder == holder).values(until=now))
