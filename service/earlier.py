"""What a reporter's earlier accounts tell about the one at hand."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import nlp.analysis as nlp
from nlp.earlier import with_earlier
from service.models import Report, Reporter

MOST = 20


async def settle(session: AsyncSession, reporter: Reporter, analysis: nlp.Analysis) -> nlp.Analysis:
    """The analysis with an unclear place settled by where this person's accounts were confirmed before, newest first.

    Confirmed is what a moderator or the reporter said. Accounts in the vault tell nothing.
    """
    if analysis.location is not None or not analysis.places or analysis.sensitive:
        return analysis
    rows = await session.execute(
        select(Report.lat, Report.lon)
        .where(
            Report.reporter_id == reporter.id,
            Report.place_by.in_(("moderator", "reporter")),
            Report.sensitive.is_(False),
            Report.lat.is_not(None),
        )
        .order_by(Report.id.desc())
        .limit(MOST)
    )
    return with_earlier(analysis, [(lat, lon) for lat, lon in rows if lat is not None and lon is not None])
