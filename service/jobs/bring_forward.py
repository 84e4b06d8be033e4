"""What a clock that ran ahead for a while put off for years: it is due now that the clock is right again."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, bindparam, delete, update
from sqlalchemy.orm import InstrumentedAttribute

from service.filters import WAITING
from service.jobs.context import Context
from service.models import Attachment, Digest, Line, LoginFailure, Message, Report

FARTHEST = timedelta(days=3)
"""Nothing is ever put off, leased or claimed for longer."""
LATER = timedelta(hours=1)

log = structlog.get_logger()

# So that each is found by an index: it is asked for every few minutes.
_TEXTS = (Message.direction.in_(("in", "out")), Message.state.in_(("received", "queued", "sending")))
_READ = Report.status.in_(bindparam("read", WAITING, expanding=True, literal_execute=True))

MOMENTS: tuple[tuple[InstrumentedAttribute[Any], tuple[ColumnElement[bool], ...]], ...] = (
    (Message.due_at, _TEXTS),
    (Message.leased_until, _TEXTS),
    (Attachment.due_at, (Attachment.state == "waiting",)),
    (Attachment.leased_until, (Attachment.state == "waiting",)),
    (Digest.due_at, ()),
    (Digest.leased_until, ()),
    (Line.next_at, ()),
    (Line.open_until, ()),
    (Report.claimed_until, (_READ,)),
)
"""What says from when on work may be done, and on which rows it matters. When something happened stays as it was noted."""


async def bring_forward(context: Context, now: datetime) -> None:
    """Make due what a clock that ran ahead put off for longer than anything is put off, and let in whom it kept out."""
    found: Counter[str] = Counter()
    for moment, rows in MOMENTS:
        late = update(moment.class_).where(*rows, moment > now + FARTHEST).values({moment: now})
        async with context.database.writing() as session:
            done = await session.execute(late.execution_options(synchronize_session=False))
        found[moment.class_.__tablename__] += done.rowcount  # type: ignore[attr-defined]
    async with context.database.writing() as session:
        await session.execute(delete(LoginFailure).where(LoginFailure.created_at > now + LATER))
    if found.total():
        log.warning("brought forward what a clock put off", **found)
