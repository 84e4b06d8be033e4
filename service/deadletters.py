"""Texts that stopped on their way, by reason: five thousand with one reason are one line. Never with their words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit
from service.dating import date_report
from service.models import Message, Report
from service.outgoing import FAILURES, NEWS, REPLY, USEFUL, change
from service.screening import FRESH, PLAIN
from service.workflow import NotAllowed, NotFound

STOPPED = ("dead", "uncertain", "held")
MOST = 100
"""Groups shown, the newest; and texts shown of one group."""
UNKNOWN = "no reason was kept"
_KIND = (Message.direction, Message.channel, Message.state, Message.failure, Message.error)


@dataclass(frozen=True)
class Which:
    """What makes texts one group: their way, their state, and why they stopped."""

    outgoing: bool
    channel: str
    state: str
    failure: str | None
    error: str | None

    @property
    def reason(self) -> str:
        """Why they stopped, in words."""
        return FAILURES.get(self.failure or "", self.error or UNKNOWN)

    @property
    def detail(self) -> str:
        """What was noted with the reason, where it says more."""
        return self.error if self.error and self.failure in FAILURES else ""


@dataclass(frozen=True)
class Group:
    """So many texts of one kind, with the moments of the first and the last."""

    which: Which
    texts: int
    oldest: datetime
    newest: datetime


@dataclass(frozen=True)
class Stopped:
    """One text. `reference` is None where there is no report, or it is not theirs to see."""

    id: int
    purpose: str | None
    reference: str | None
    attempts: int
    at: datetime


async def groups(session: AsyncSession, programme: str) -> list[Group]:
    """What stopped in a programme, the newest first."""
    query = (
        select(*_KIND, func.count(), func.min(Message.created_at), func.max(Message.created_at))
        .where(*_stopped(programme))
        .group_by(*_KIND)
        .order_by(func.max(Message.created_at).desc(), func.max(Message.id).desc())
        .limit(MOST)
    )
    return [
        Group(Which(direction == "out", channel, state, failure, error), count, oldest, newest)
        for direction, channel, state, failure, error, count, oldest, newest in await session.execute(query)
    ]


def _stopped(programme: str) -> tuple[ColumnElement[bool], ...]:
    return (Message.programme == programme, Message.state.in_(STOPPED))


async def count(session: AsyncSession, programme: str) -> int:
    """How many reasons there are for which texts want a person's decision."""
    wanting = (Message.programme == programme, Message.state.in_(("dead", "uncertain")))
    reasons = select(*_KIND).where(*wanting).group_by(*_KIND).subquery()
    return await session.scalar(select(func.count()).select_from(reasons)) or 0


async def texts(session: AsyncSession, programme: str, which: Which, role: str) -> list[Stopped]:
    """The newest texts of a group. Only focal points are told which sensitive report a text belongs to."""
    query = (
        select(Message, Report.reference, Report.sensitive)
        .outerjoin(Report, Report.id == Message.report_id)
        .where(*_of(programme, which))
        .order_by(Message.id.desc())
        .limit(MOST)
    )
    return [
        Stopped(
            message.id,
            message.purpose,
            None if sensitive and role != "focal_point" else reference,
            message.attempts,
            message.created_at,
        )
        for message, reference, sensitive in await session.execute(query)
    ]


def _of(programme: str, which: Which) -> tuple[ColumnElement[bool], ...]:
    return (
        *_stopped(programme),
        Message.direction == ("out" if which.outgoing else "in"),
        Message.channel == which.channel,
        Message.state == which.state,
        Message.failure.is_(None) if which.failure is None else Message.failure == which.failure,
        Message.error.is_(None) if which.error is None else Message.error == which.error,
    )


async def again(session: AsyncSession, programme: str, which: Which, user_id: int, now: datetime) -> int:
    """Put every text of a group back into its queue, with all its attempts before it; returns how many.

    NotAllowed if they wait for their people to write.
    """
    if which.state == "held":
        raise NotAllowed("These texts go out by themselves when their people write again.")
    moved = await _again(session, _of(programme, which), now)
    await _note(session, programme, user_id, "retry", which, moved, now)
    return moved


async def arrived(session: AsyncSession, programme: str, which: Which, user_id: int, now: datetime) -> int:
    """Take a person's word that the uncertain texts of a group arrived; returns how many."""
    moved = await _arrived(session, _of(programme, which), now)
    await _note(session, programme, user_id, "say_arrived", which, moved, now)
    return moved


async def leave(session: AsyncSession, programme: str, which: Which, user_id: int, now: datetime) -> int:
    """Decide that the texts of a group shall not go out any more; returns how many."""
    moved = await _leave(session, _of(programme, which))
    await _note(session, programme, user_id, "leave", which, moved, now)
    return moved


async def again_one(session: AsyncSession, programme: str, message_id: int, user_id: int, now: datetime) -> None:
    """The same for one text. NotFound, or NotAllowed if it does not stand still."""
    message = await _one(session, programme, message_id)
    one = (Message.id == message_id, Message.state.in_(("dead", "uncertain")))
    moved = await _again(session, (*one, Message.direction == message.direction), now)
    await _note_one(session, programme, message_id, user_id, "retry", moved, now)


async def arrived_one(session: AsyncSession, programme: str, message_id: int, user_id: int, now: datetime) -> None:
    """Take a person's word that one uncertain text arrived. NotFound, or NotAllowed if it is not uncertain."""
    await _one(session, programme, message_id)
    moved = await _arrived(session, (Message.id == message_id,), now)
    await _note_one(session, programme, message_id, user_id, "say_arrived", moved, now)


async def leave_one(session: AsyncSession, programme: str, message_id: int, user_id: int, now: datetime) -> None:
    """Decide that one text shall not go out any more. NotFound, or NotAllowed if it does not stand still."""
    await _one(session, programme, message_id)
    moved = await _leave(session, (Message.id == message_id, Message.state.in_(STOPPED)))
    await _note_one(session, programme, message_id, user_id, "leave", moved, now)


async def _one(session: AsyncSession, programme: str, message_id: int) -> Message:
    message = await session.scalar(select(Message).where(Message.programme == programme, Message.id == message_id))
    if message is None:
        raise NotFound("There is no such text.")
    return message


async def _again(session: AsyncSession, which: tuple[ColumnElement[bool], ...], now: datetime) -> int:
    useful = case((Message.priority == REPLY, now + USEFUL[REPLY]), else_=now + USEFUL[NEWS])
    out = change("queued", *which, came_from=("dead", "uncertain"), **FRESH, attempts=0, due_at=now, expires_at=useful)
    read_again = (
        update(Message)
        .where(Message.direction == "in", Message.state == "dead", *which)
        .values(state="received", attempts=0, due_at=now, leased_until=None, error=None)
        .execution_options(**PLAIN)
    )
    return await _count(session, out) + await _count(session, read_again)


async def _arrived(session: AsyncSession, which: tuple[ColumnElement[bool], ...], now: datetime) -> int:
    moved = change(
        "delivered",
        *which,
        came_from=("uncertain",),
        **FRESH,
        sent_at=func.coalesce(Message.sent_at, now),
        address=None,
    )
    rows = (await session.execute(moved.returning(Message.report_id, Message.purpose))).all()
    for row in rows:
        await date_report(session, row.report_id, row.purpose, now)
    return len(rows)


async def _leave(session: AsyncSession, which: tuple[ColumnElement[bool], ...]) -> int:
    left = change("dropped", *which, came_from=STOPPED, failure="left", leased_until=None, address=None)
    return await _count(session, left)


async def _count(session: AsyncSession, statement: object) -> int:
    return int((await session.execute(statement)).rowcount)  # type: ignore[call-overload]


async def _note(
    session: AsyncSession, programme: str, user_id: int, act: str, which: Which, moved: int, now: datetime
) -> None:
    if not moved:
        raise NotAllowed("Nothing of this stands still any more.")
    detail = {"texts": moved, "state": which.state, "why": which.failure, "outgoing": which.outgoing}
    await audit.record(session, programme, audit.user(user_id), act, f"channel:{which.channel}"[:64], detail, now)


async def _note_one(
    session: AsyncSession, programme: str, message_id: int, user_id: int, act: str, moved: int, now: datetime
) -> None:
    if not moved:
        raise NotAllowed("This text is on its way again already.")
    await audit.record(session, programme, audit.user(user_id), act, f"message:{message_id}", {}, now)
