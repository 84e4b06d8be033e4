"""Trusted reporters: people the organisation knows, whose reports need no review for want of certainty alone."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service import moderation
from service.models import Reporter
from service.moderation import Act
from service.workflow import NotAllowed


async def trust(session: AsyncSession, act: Act, trusted: bool) -> Act:
    """Trust whoever wrote this report, or no more. It holds for what they text from now on."""
    report = await moderation.take(session, act)
    reporter = (
        await session.scalars(select(Reporter).where(Reporter.id == report.reporter_id).with_for_update())
    ).one()
    if reporter.forgotten_at is not None:
        raise NotAllowed("This person asked us to forget them. We do not know who they are.")
    if reporter.trusted == trusted:
        raise NotAllowed("This was so already.")
    before, after = {"trusted": reporter.trusted}, {"trusted": trusted}
    reporter.trusted = trusted
    return await moderation.save(session, act, report, {}, "trust" if trusted else "distrust", before, after)
