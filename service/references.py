"""References people can read out: K7-4QF. No vowels, so that no word appears; none of 0 O 1 I L 5 S."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Report

SIGNS = "234679BCDFGHJKMNPQRTVWXYZ"
"""25 signs; five of them make 9.7 million references."""


async def new(session: AsyncSession) -> str:
    """A reference that no report has."""
    while True:
        signs = "".join(secrets.choice(SIGNS) for _ in range(5))
        reference = f"{signs[:2]}-{signs[2:]}"
        if await session.scalar(select(Report.id).where(Report.reference == reference)) is None:
            return reference
