"""One process runs the schedule: whoever holds the lease. Another takes over when it runs out.

The lease is renewed every few seconds, so it also tells when the clock jumped.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from service import clock
from service.models import Lease

TERM = timedelta(seconds=30)

log = structlog.get_logger()


async def lead(session: AsyncSession, name: str, holder: str, now: datetime) -> bool:
    """Take or keep the lease until now + TERM; False while somebody else holds it.

    One that lasts for longer than any can was taken by a clock that ran ahead, and holds nobody off.
    """
    assert session.bind is not None
    dialect = postgresql if session.bind.dialect.name == "postgresql" else sqlite
    await session.execute(
        dialect.insert(Lease)
        .values(name=name, holder=holder, until=now)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    lease = await session.get_one(Lease, name, with_for_update=True, populate_existing=True)
    if lease.holder != holder and now < lease.until <= now + TERM + clock.BEHIND:
        return False
    if clock.has_jumped(lease.until, now):
        log.error("the clock jumped", from_about=lease.until.isoformat(), to=now.isoformat())
        lease.jumped_at = now
    lease.holder, lease.until = holder, now + TERM
    return True


async def is_steady(session: AsyncSession, name: str, now: datetime, since: timedelta) -> bool:
    """Whether the clock of whoever leads has not jumped for so long."""
    jumped_at = await session.scalar(select(Lease.jumped_at).where(Lease.name == name))
    return clock.is_steady(jumped_at, now, since)


async def resign(session: AsyncSession, name: str, holder: str, now: datetime) -> None:
    """Give the lease up at once, so that nobody waits for it to run out."""
    await session.execute(update(Lease).where(Lease.name == name, Lease.holder == holder).values(until=now))
