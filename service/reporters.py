"""People who text. They are known by a pseudonym; the address is sealed and opened only to reply."""

from __future__ import annotations

from datetime import datetime
from secrets import token_hex

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit
from service.models import Analysis, Message, Report, ReportCategory, Reporter, Vault


async def find_or_add(session: AsyncSession, message: Message, now: datetime) -> Reporter:
    """Who sent this text, added if they are new; locked, so that one person's texts are taken one by one."""
    found = await session.scalar(
        select(Reporter)
        .where(Reporter.channel == message.channel, Reporter.pseudonym == message.pseudonym)
        .with_for_update()
    )
    if found is None:
        found = Reporter(
            programme=message.programme,
            channel=message.channel,
            pseudonym=message.pseudonym,
            address=message.address,
            groups={},
            created_at=now,
            last_seen_at=now,
        )
        session.add(found)
        await session.flush()
    found.last_seen_at = now
    message.reporter_id = found.id
    message.address = None
    return found


def ask(
    reporter: Reporter, question: str, report_id: int | None, choices: list[dict[str, object]], now: datetime
) -> None:
    """Note the one question we wait on; it replaces the one before."""
    reporter.question = question
    reporter.question_report_id = report_id
    reporter.question_choices = choices
    reporter.asked_at = now


def settle(reporter: Reporter) -> None:
    """The question is answered or dropped."""
    reporter.question = None
    reporter.question_report_id = None
    reporter.question_choices = None
    reporter.asked_at = None


async def forget(session: AsyncSession, reporter: Reporter, now: datetime) -> int:
    """Erase every word and the address of a person; keep bare counts. Returns how many reports lost their words.

    Whoever texts from the same number later is a new person to us.
    """
    reports = list(await session.scalars(select(Report.id).where(Report.reporter_id == reporter.id)))
    await erase_words(session, reports)
    await session.execute(
        update(Message)
        .where(Message.reporter_id == reporter.id)
        .values(body=None, pin=None, extra=None, address=None, pseudonym=None)
    )
    reporter.address = None
    reporter.pseudonym = f"forgotten-{token_hex(12)}"
    reporter.groups = {}
    reporter.quotable = False
    reporter.forgotten_at = now
    settle(reporter)
    await audit.record(
        session, reporter.programme, "reporter", "forget", f"reporter:{reporter.id}", {"reports": len(reports)}, now
    )
    return len(reports)


async def erase_words(session: AsyncSession, reports: list[int]) -> None:
    """Remove text, reasons, exact place and analysis of reports; category, area and dates stay for the figures."""
    await session.execute(
        update(Report)
        .where(Report.id.in_(reports))
        .values(text=None, place_name=None, lat=None, lon=None, radius_km=None, place_score=None)
    )
    await session.execute(update(ReportCategory).where(ReportCategory.report_id.in_(reports)).values(why=""))
    await session.execute(delete(Analysis).where(Analysis.report_id.in_(reports)))
    await session.execute(update(Vault).where(Vault.report_id.in_(reports)).values(content=None))
    await session.execute(
        update(Message).where(Message.report_id.in_(reports)).values(body=None, pin=None, extra=None, address=None)
    )
