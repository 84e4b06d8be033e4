"""People who text. They are known by a pseudonym; the address is sealed and opened only to reply."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit, forgotten
from service.media import erasing
from service.models import Analysis, Message, Report, ReportCategory, Reporter, Vault
from service.moderation import RELEASED

FORGET_LASTS = timedelta(hours=23)
"""So long a YES after FORGET erases. Whatever else asks for a yes waits meanwhile, and then still finds the day open in which
apps such as WhatsApp let us write freely."""
UNREAD = ("received", "analysed", "in_review")
"""Reports of which no person has said yet what they are."""


async def lock(session: AsyncSession, message: Message) -> Reporter | None:
    """Who sent this text, locked, so that one person's texts are taken one by one; None for somebody new.

    Whoever locks texts of theirs too locks these afterwards: FORGET, which does so, would wait for them and they for it.
    """
    mine = select(Reporter).where(Reporter.channel == message.channel, Reporter.pseudonym == message.pseudonym)
    found: Reporter | None = await session.scalar(mine.with_for_update().execution_options(populate_existing=True))
    return found


async def find_or_add(
    session: AsyncSession, message: Message, now: datetime, others: Sequence[Message] = ()
) -> Reporter | None:
    """Who sent this text and its `others`, locked, and added if they are new.

    None where they had themselves forgotten since they wrote one of these: it is erased, and nobody is added.
    """
    found, added = await lock(session, message), None
    if found is None:
        # Another worker may be adding them this moment, or be done with forgetting them: this waits for it.
        added = await _add(session, message, now)
        found = await lock(session, message)
        assert found is not None
    # Only now it is sure: a FORGET of theirs is done, or comes after this text is stored and finds it.
    if await forgotten.drop_late(session, [message.id, *(other.id for other in others)]):
        if added is not None:
            await session.delete(found)
        return None
    # A text may have waited in the spool. A provider's window runs from when they wrote, not from when we read it.
    found.last_seen_at = max(found.last_seen_at, message.created_at)
    attribute(found, message)
    return found


async def _add(session: AsyncSession, message: Message, now: datetime) -> int | None:
    """Add who sent this text; returns their key, or None where another worker has added them."""
    assert session.bind is not None
    dialect = postgresql if session.bind.dialect.name == "postgresql" else sqlite
    row: dict[str, Any] = {
        "programme": message.programme,
        "channel": message.channel,
        "pseudonym": message.pseudonym,
        "address": message.address,
        "quotable": False,
        "groups": {},
        "asked": [],
        "created_at": now,
        "last_seen_at": message.created_at,
    }
    added = dialect.insert(Reporter).values(row).on_conflict_do_nothing(index_elements=["channel", "pseudonym"])
    key: int | None = await session.scalar(added.returning(Reporter.id))
    return key


def attribute(reporter: Reporter, message: Message) -> None:
    """The text is theirs. Its own copy of the address is needed no more."""
    message.reporter_id = reporter.id
    message.address = None


def ask(
    reporter: Reporter, question: str, report_id: int | None, choices: list[dict[str, object]], now: datetime
) -> None:
    """Note the one question we wait on; it replaces the one before."""
    reporter.question = question
    reporter.question_report_id = report_id
    reporter.question_choices = choices
    reporter.asked_at = now


def forgetting_until(reporter: Reporter, moment: datetime) -> datetime | None:
    """Until when a YES of theirs erases; None where one of that moment does not."""
    if reporter.question != "forget" or reporter.asked_at is None or moment >= reporter.asked_at + FORGET_LASTS:
        return None
    return reporter.asked_at + FORGET_LASTS


def settle(reporter: Reporter) -> None:
    """The question is answered or dropped."""
    reporter.question = None
    reporter.question_report_id = None
    reporter.question_choices = None
    reporter.asked_at = None


async def forget(session: AsyncSession, reporter: Reporter, asked_by: Message, now: datetime) -> int:
    """Erase every word and the address of a person; keep bare counts. Returns how many reports lost their words.

    What they sent before `asked_by` and nobody has read yet goes too, also where it reaches us only later. Whoever texts
    from the same number afterwards is a new person to us.
    """
    reports = list(await session.scalars(select(Report.id).where(Report.reporter_id == reporter.id)))
    await erase_words(session, reports)
    unread = await forgotten.note(session, asked_by, reporter.pseudonym, now)
    await session.execute(update(Message).where(Message.id.in_(unread)).values(reporter_id=reporter.id))
    await session.execute(
        update(Message)
        .where(Message.reporter_id == reporter.id)
        .values(body=None, redacted=None, pin=None, extra=None, address=None, pseudonym=None)
    )
    # What a provider calls our texts to them may tell one person from another; a redelivery is known by theirs.
    await session.execute(
        update(Message).where(Message.reporter_id == reporter.id, Message.direction == "out").values(external_id=None)
    )
    await erasing.erase_of(session, Message.reporter_id == reporter.id)
    reporter.address = None
    reporter.pseudonym = f"forgotten-{token_hex(12)}"
    reporter.groups = {}
    reporter.language_chosen = reporter.trusted = reporter.quotable = False
    reporter.forgotten_at = now
    settle(reporter)
    await audit.record(
        session, reporter.programme, "reporter", "forget", f"reporter:{reporter.id}", {"reports": len(reports)}, now
    )
    return len(reports)


async def erase_words(session: AsyncSession, reports: list[int]) -> None:
    """Remove text, files, reasons, exact place and analysis of reports; category, area and dates stay for the figures.

    What still waits for a person leaves the queue: without its words nobody can decide what it was.
    """
    await session.execute(
        update(Report)
        .where(Report.id.in_(reports))
        .values(text=None, place_name=None, lat=None, lon=None, radius_km=None, place_score=None)
    )
    await session.execute(
        update(Report)
        .where(Report.id.in_(reports), Report.status.in_(UNREAD))
        .values(status="rejected", revision=Report.revision + 1, reread_at=None, **RELEASED)
    )
    await session.execute(update(ReportCategory).where(ReportCategory.report_id.in_(reports)).values(why=""))
    await session.execute(delete(Analysis).where(Analysis.report_id.in_(reports)))
    await session.execute(update(Vault).where(Vault.report_id.in_(reports)).values(content=None))
    await session.execute(
        update(Message)
        .where(Message.report_id.in_(reports))
        .values(body=None, redacted=None, pin=None, extra=None, address=None)
    )
    await erasing.erase_of(session, Message.report_id.in_(reports))
