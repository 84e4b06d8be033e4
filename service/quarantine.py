"""Authentic requests that nobody could read: sealed whole, kept once however often they come, and read again after a fix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from channels.base import Webhook
from service import audit, webhooks
from service.models import Quarantine
from service.secrets import Secrets

ROOM = 64_000_000
"""Bytes of requests that may wait for one channel. After that the provider is asked to come again."""
LEASE = timedelta(minutes=5)
"""How long one that is being read again is nobody else's: whoever reads it may have died."""
WAITING = Quarantine.state.in_(("waiting", "reading"))
"""Nobody has read them yet, though somebody may be at it."""


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
    size = select(func.sum(func.length(Quarantine.request))).where(Quarantine.channel == channel, WAITING)
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


async def waiting(session: AsyncSession, which: Which, now: datetime) -> list[int]:
    """Their numbers, the oldest first."""
    return list(await session.scalars(select(Quarantine.id).where(*_of(which, now)).order_by(Quarantine.id)))


async def claim(session: AsyncSession, id: int, now: datetime) -> Quarantine | None:
    """One request, to be read again by nobody else, nor erased, for five minutes; None where it waits no more."""
    claimed = update(Quarantine).where(*_of(Which(id=id), now)).values(state="reading", tried_at=now)
    found = await session.scalars(claimed.returning(Quarantine).execution_options(synchronize_session=False))
    return found.one_or_none()


async def let_go(session: AsyncSession, id: int) -> None:
    """It was not read, for no fault of its own: it waits on."""
    await session.execute(update(Quarantine).where(*_being_read(id)).values(state="waiting"))


def _of(which: Which, now: datetime) -> list[ColumnElement[bool]]:
    """Those of them that nobody reads just now."""
    said = (
        (Quarantine.programme, which.programme),
        (Quarantine.channel, which.channel),
        (Quarantine.id, which.id),
        (Quarantine.reason, which.reason),
    )
    left = and_(Quarantine.state == "reading", Quarantine.tried_at <= now - LEASE)
    found: list[ColumnElement[bool]] = [or_(Quarantine.state == "waiting", left)]
    found += [column == value for column, value in said if value is not None]
    return found if which.up_to is None else [*found, Quarantine.id <= which.up_to]


async def mark_read(session: AsyncSession, id: int, now: datetime) -> None:
    """What it brought is stored, under the retention and erasure of texts; here its words are erased."""
    done = {"state": "replayed", "request": b"", "tried_at": now, "tries": Quarantine.tries + 1}
    await session.execute(update(Quarantine).where(*_being_read(id)).values(done))


async def mark_failed(session: AsyncSession, id: int, reason: str, now: datetime) -> None:
    """It could not be read again, and why."""
    failed = {"state": "waiting", "reason": reason, "tried_at": now, "tries": Quarantine.tries + 1}
    await session.execute(update(Quarantine).where(*_being_read(id)).values(failed))


def _being_read(id: int) -> list[ColumnElement[bool]]:
    return [Quarantine.id == id, Quarantine.state == "reading"]


async def erase(session: AsyncSession, programme: str, which: Which, user_id: int, now: datetime) -> int:
    """Give up what somebody decided that nobody shall read; how many. A redelivery still meets the row, and stays erased.

    What another is reading again this moment is left: it may have become texts already.
    """
    erased = await session.execute(
        update(Quarantine).where(Quarantine.programme == programme, *_of(which, now)).values(**_ERASED)
    )
    requests = int(erased.rowcount)  # type: ignore[attr-defined]
    if requests:
        what = f"quarantine:{which.id if which.id is not None else which.channel}"
        await audit.record(session, programme, audit.user(user_id), "erase_unread", what, {"requests": requests}, now)
    return requests


async def erase_old(session: AsyncSession, programme: str, before: datetime, now: datetime) -> int:
    """Give up what nobody could read for as long as words are kept; how many."""
    old = (*_of(Which(programme), now), Quarantine.created_at < before)
    erased = await session.execute(update(Quarantine).where(*old).values(**_ERASED))
    return int(erased.rowcount)  # type: ignore[attr-defined]


_ERASED = {"state": "erased", "request": b""}
