"""Authentic requests that nobody could read: sealed whole, kept once however often they come, and read again after a fix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from channels.base import Webhook
from service import audit, webhooks
from service.models import Quarantine
from service.secrets import Secrets

ROOM = 64_000_000
"""Bytes of requests that may wait for one channel. After that the provider is asked to come again."""


def row(secrets: Secrets, channel: str, hook: Webhook, reason: str, now: datetime) -> dict[str, Any]:
    """One request, sealed, as it is stored. `channel` is <programme>/<name>; `reason` holds no words of it."""
    return {
        "programme": channel.partition("/")[0],
        "channel": channel,
        "request": secrets.seal(webhooks.pack(hook)),
        "digest": webhooks.digest(secrets, channel, hook),
        "reason": reason,
        "state": "waiting",
        "created_at": now,
    }


async def insert(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Store requests; one that is there already, as a redelivery is, changes nothing."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Quarantine).on_conflict_do_nothing(index_elements=["digest"])
    for values in rows:
        await connection.execute(statement, values)


async def is_full(session: AsyncSession, channel: str) -> bool:
    """Whether no more may wait for this channel."""
    size = select(func.sum(func.length(Quarantine.request))).where(
        Quarantine.channel == channel, Quarantine.state == "waiting"
    )
    return (await session.scalar(size) or 0) >= ROOM


@dataclass(frozen=True)
class Which:
    """The waiting requests of one programme, one channel, one reason or one number; of all where nothing is said.

    `up_to` is the newest number that somebody saw: what came since is not meant.
    """

    programme: str | None = None
    channel: str | None = None
    id: int | None = None
    reason: str | None = None
    up_to: int | None = None


async def waiting(session: AsyncSession, which: Which) -> list[int]:
    """Their numbers, the oldest first."""
    return list(await session.scalars(select(Quarantine.id).where(*_of(which)).order_by(Quarantine.id)))


def _of(which: Which) -> list[ColumnElement[bool]]:
    said = (
        (Quarantine.programme, which.programme),
        (Quarantine.channel, which.channel),
        (Quarantine.id, which.id),
        (Quarantine.reason, which.reason),
    )
    found: list[ColumnElement[bool]] = [Quarantine.state == "waiting"]
    found += [column == value for column, value in said if value is not None]
    return found if which.up_to is None else [*found, Quarantine.id <= which.up_to]


async def mark_read(session: AsyncSession, id: int, now: datetime) -> None:
    """What it brought is stored, under the retention and erasure of texts; here its words are erased."""
    done = {"state": "replayed", "request": b"", "tried_at": now, "tries": Quarantine.tries + 1}
    await session.execute(update(Quarantine).where(Quarantine.id == id).values(done))


async def mark_failed(session: AsyncSession, id: int, reason: str, now: datetime) -> None:
    """It could not be read again, and why."""
    failed = {"reason": reason, "tried_at": now, "tries": Quarantine.tries + 1}
    await session.execute(update(Quarantine).where(Quarantine.id == id).values(failed))


async def erase(session: AsyncSession, programme: str, which: Which, user_id: int, now: datetime) -> int:
    """Give up what somebody decided that nobody shall read; how many. A redelivery still meets the row, and stays erased."""
    erased = await session.execute(
        update(Quarantine).where(Quarantine.programme == programme, *_of(which)).values(**_ERASED)
    )
    requests = int(erased.rowcount)  # type: ignore[attr-defined]
    if requests:
        what = f"quarantine:{which.id if which.id is not None else which.channel}"
        await audit.record(session, programme, audit.user(user_id), "erase_unread", what, {"requests": requests}, now)
    return requests


async def erase_old(session: AsyncSession, programme: str, before: datetime) -> int:
    """Give up what nobody could read for as long as words are kept; how many."""
    old = (*_of(Which(programme)), Quarantine.created_at < before)
    erased = await session.execute(update(Quarantine).where(*old).values(**_ERASED))
    return int(erased.rowcount)  # type: ignore[attr-defined]


_ERASED = {"state": "erased", "request": b""}
