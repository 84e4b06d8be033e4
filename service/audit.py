"""Who did what and when. Append-only: the database refuses change and deletion (migration 0002)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Audit, User

MACHINE = "machine"


@dataclass(frozen=True)
class Entry:
    """One line of the history. `login` is the user's, or None when somebody or something else acted."""

    actor: str
    login: str | None
    act: str
    object: str
    detail: Mapping[str, Any]
    created_at: datetime


def user(user_id: int) -> str:
    """How a user is named as an actor or an object."""
    return f"user:{user_id}"


def report(report_id: int) -> str:
    """How a report is named as an object."""
    return f"report:{report_id}"


def answer(answer_id: int) -> str:
    """How an official's answer is named as an object."""
    return f"answer:{answer_id}"


async def record(
    session: AsyncSession,
    programme: str,
    actor: str,
    act: str,
    thing: str,
    detail: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write one line. `thing` is report:17, user:3…; `detail` never holds words of an account, a name or a number."""
    row = {"programme": programme, "actor": actor, "act": act, "object": thing, "detail": dict(detail)}
    await session.execute(insert(Audit), [row | {"created_at": now}])


async def read(
    session: AsyncSession, programme: str, *, things: tuple[str, ...] = (), acts: tuple[str, ...] = (), limit: int = 100
) -> list[Entry]:
    """The latest lines, newest first, of some objects, some acts, or of the whole programme."""
    query = select(Audit).where(Audit.programme == programme).order_by(Audit.id.desc()).limit(limit)
    if things:
        query = query.where(Audit.object.in_(things))
    if acts:
        query = query.where(Audit.act.in_(acts))
    lines = (await session.scalars(query)).all()
    logins = await _logins(session, {line.actor for line in lines})
    return [
        Entry(line.actor, logins.get(line.actor), line.act, line.object, line.detail, line.created_at) for line in lines
    ]


async def _logins(session: AsyncSession, actors: set[str]) -> dict[str, str]:
    numbers = [int(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")]
    if not numbers:
        return {}
    rows = await session.execute(select(User.id, User.login).where(User.id.in_(numbers)))
    return {user(user_id): login for user_id, login in rows}
