"""Erase the words of accounts older than the programme keeps them; the counts stay."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select, update

from service import deliveries, forgotten, quarantine, reporters
from service.jobs.context import Context
from service.models import LoginFailure, Message, Report, Vault

BATCH = 500
LOGIN_FAILURES_KEPT = timedelta(days=1)

log = structlog.get_logger()


async def erase_old(context: Context, now: datetime) -> None:
    """Erase words older than `retention_days` in every programme, 500 accounts a transaction."""
    for code, programme in context.programmes.items():
        before = now - timedelta(days=programme.rules.retention_days)
        erased = 0
        while batch := await _erase_batch(context, code, before):
            erased += batch
        texts = await _erase_texts(context, code, before)
        async with context.database.writing() as session:
            await quarantine.erase_old(session, code, before, now)
        if erased or texts:
            log.info("erased old accounts", programme=code, reports=erased, texts=texts)
    async with context.database.writing() as session:
        await session.execute(delete(LoginFailure).where(LoginFailure.created_at < now - LOGIN_FAILURES_KEPT))
        await deliveries.forget(session, now)
        await forgotten.erase_old(session, now)
    await context.database.shed()
    await _tell_of_others(context)


async def _tell_of_others(context: Context) -> None:
    """Words of programmes that are not ours: nobody says how long they are kept, so that nothing would ever erase them."""
    query = select(Message.programme).where(Message.programme.not_in(context.programmes), Message.body.is_not(None))
    async with context.database.reading() as session:
        for code in await session.scalars(query.distinct().order_by(Message.programme)):
            log.warning("a programme that is not here keeps its words; put its folder back", programme=code)


async def _erase_texts(context: Context, code: str, before: datetime) -> int:
    """Words of texts that belong to no account: commands, what was held, our notes. Returns how many lost theirs."""
    erased, last = 0, 0
    while True:
        async with context.database.writing() as session:
            found = await session.scalars(
                select(Message.id)
                .where(
                    Message.id > last,
                    Message.programme == code,
                    Message.report_id.is_(None),
                    Message.created_at < before,
                    Message.state != "received",
                    Message.body.is_not(None),
                )
                .order_by(Message.id)
                .limit(BATCH)
            )
            ids = list(found)
            await session.execute(
                update(Message)
                .where(Message.id.in_(ids))
                .values(body=None, redacted=None, pin=None, extra=None, address=None)
            )
        erased += len(ids)
        if len(ids) < BATCH:
            return erased
        last = ids[-1]


async def _erase_batch(context: Context, code: str, before: datetime) -> int:
    """Accounts that still have words: in the report, in the vault, or in a text of theirs."""
    worded = (
        Report.text.is_not(None)
        | Report.id.in_(select(Vault.report_id).where(Vault.content.is_not(None)))
        | Report.id.in_(select(Message.report_id).where(Message.body.is_not(None)))
    )
    async with context.database.writing() as session:
        found = await session.scalars(
            select(Report.id).where(Report.programme == code, Report.received_at < before, worded).limit(BATCH)
        )
        reports = list(found)
        if reports:
            await reporters.erase_words(session, reports)
    return len(reports)
