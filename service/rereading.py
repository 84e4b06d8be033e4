"""Reading an account again as a whole, after a text joined it or was moved: what it says is what all its texts say.

`Report.reread_at` is the queue: it is set in the transaction that changes the texts, so no death between loses it. What a
person decided stays; what the whole adds comes to the desk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

import nlp.analysis as nlp
from service import earlier, reports, revising
from service.analyst import AnalysisFailed, Analyst
from service.conversation import MEMBERS
from service.conversation.pieces import Piece, in_order, joined, open_piece
from service.db import Database
from service.media import transcripts
from service.media.transcripts import Said
from service.models import Message, Report, Reporter
from service.programme import Programme
from service.secrets import Secrets, Unsealable

LEASE = timedelta(minutes=5)
BATCH = 32
ATTEMPTS = 3
"""After so many the whole is given up, and a person reads what there is."""
RETRY = timedelta(seconds=30)

log = structlog.get_logger()


@dataclass(frozen=True)
class _Due:
    report_id: int
    programme: str
    pieces: tuple[Piece, ...]
    said: tuple[Said, ...]
    attempts: int


async def read_again(
    database: Database, secrets: Secrets, programmes: Mapping[str, Programme], analyst: Analyst, now: datetime
) -> int:
    """Read every account again whose texts changed, up to 32; returns how many."""
    due = await _claim(database, secrets, list(programmes), now)
    for each in due:
        try:
            analyses = await _analyse(analyst, each)
        except AnalysisFailed as error:
            await _set_back(database, programmes[each.programme], each, str(error), now)
            continue
        async with database.writing() as session:
            await _store(session, secrets, programmes[each.programme], each, analyses, now)
    return len(due)


async def members(session: AsyncSession, secrets: Secrets, report_id: int) -> list[Piece]:
    """The texts that make up an account and still have words, in order."""
    rows = await session.scalars(
        select(Message).where(
            Message.report_id == report_id,
            Message.direction == "in",
            Message.purpose.in_(MEMBERS),
            Message.body.is_not(None),
        )
    )
    return in_order([open_piece(secrets, row) for row in rows])


async def _claim(database: Database, secrets: Secrets, codes: Sequence[str], now: datetime) -> list[_Due]:
    waiting = select(Report.id).where(Report.reread_at <= now, Report.programme.in_(codes)).limit(BATCH)
    async with database.reading() as session:
        if await session.scalar(waiting.limit(1)) is None:
            return []
    async with database.writing() as session:
        chosen = list(await session.scalars(waiting.order_by(Report.reread_at).with_for_update(skip_locked=True)))
        claimed = await session.execute(
            update(Report)
            .where(Report.id.in_(chosen))
            .values(reread_at=now + LEASE, rereads=Report.rereads + 1)
            .returning(Report.id, Report.programme, Report.rereads)
            .execution_options(synchronize_session=False)
        )
        found = []
        for report_id, programme, attempts in claimed.all():
            try:
                pieces = tuple(await members(session, secrets, report_id))
                said = await transcripts.of_report(session, secrets, report_id)
            except Unsealable:
                pieces, said = (), ()
            found.append(_Due(report_id, programme, pieces, said, attempts))
    return found


async def _analyse(analyst: Analyst, due: _Due) -> list[nlp.Analysis]:
    """The whole, and each text of which the desk has no words yet; parts of one text have none of their own.

    What a moderator wrote down of a file is read after the texts.
    """
    if not due.pieces and not due.said:
        return []
    alone = [piece.words for piece in _unread(due)] + [said.words for said in due.said if said.fresh]
    whole = "\n".join(words for words in (joined(_worded(due)), *(said.words for said in due.said)) if words)
    return await analyst.analyse(due.programme, [whole, *alone])


def _worded(due: _Due) -> list[Piece]:
    """A file may come without a word."""
    return [piece for piece in due.pieces if piece.words.strip()]


def _unread(due: _Due) -> list[Piece]:
    return [piece for piece in due.pieces if piece.part is None and piece.message.redacted is None]


async def _store(
    session: AsyncSession,
    secrets: Secrets,
    programme: Programme,
    due: _Due,
    analyses: Sequence[nlp.Analysis],
    now: datetime,
) -> None:
    """Take what the whole says, if these are still its texts; else it is read once more."""
    owner = select(Report.reporter_id).where(Report.id == due.report_id).scalar_subquery()
    reporter = (await session.scalars(select(Reporter).where(Reporter.id == owner).with_for_update())).one()
    report = await session.get_one(Report, due.report_id, with_for_update=True, populate_existing=True)
    current = await members(session, secrets, report.id)
    said = await transcripts.of_report(session, secrets, report.id)
    if [piece.message.id for piece in current] != [piece.message.id for piece in due.pieces] or said != due.said:
        report.reread_at = now
        return
    report.reread_at, report.rereads, report.texts = None, 0, len(current)
    if not current and not said:
        return
    whole, *alone = analyses
    whole = await earlier.settle(session, reporter, whole)
    unread = _unread(due)
    await transcripts.finish(session, secrets, due.said, alone[len(unread) :])
    for piece, analysis in zip(unread, alone, strict=False):
        message = await session.get_one(Message, piece.message.id)
        message.redacted = secrets.seal(reports.clean(analysis.redacted))
    await revising.understand_again(session, secrets, programme, reporter, report, whole, now)


async def _set_back(database: Database, programme: Programme, due: _Due, reason: str, now: datetime) -> None:
    """Try again later, or ask a person to read what there is."""
    given_up = due.attempts >= ATTEMPTS
    log.error("account not read again", report=due.report_id, attempt=due.attempts, given_up=given_up, reason=reason)
    async with database.writing() as session:
        report = await session.get_one(Report, due.report_id, with_for_update=True, populate_existing=True)
        report.reread_at = None if given_up else now + RETRY * due.attempts
        if given_up:
            await transcripts.give_up(session, due.said)
            reports.ask_person(programme, report, "a further text could not be read by the machine")
