"""Taking work from a table so that nobody else takes it: the row is the queue, a lease is the claim.

A claim ends when its lease runs out, so work survives the death of whoever took it. `attempts` grows at the claim, not
at the failure: a text that kills the process is counted too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Attachment, Digest, Message

Row = TypeVar("Row", Message, Digest, Attachment)


async def claim(
    session: AsyncSession,
    model: type[Row],
    conditions: Sequence[ColumnElement[bool]],
    *,
    now: datetime,
    lease: timedelta,
    limit: int,
) -> list[Row]:
    """Up to `limit` due and unleased rows that meet the conditions, oldest first, leased until now + lease."""
    due = (
        select(model.id)
        .where(
            *conditions,
            or_(model.due_at.is_(None), model.due_at <= now),
            or_(model.leased_until.is_(None), model.leased_until <= now),
        )
        .order_by(model.due_at, model.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = await session.scalars(
        update(model)
        .where(model.id.in_(select(due.cte("due").c.id)))
        .values(leased_until=now + lease, attempts=model.attempts + 1)
        .returning(model)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return sorted(taken, key=lambda row: row.id)
