"""Texts that a phone took, and of which it says nothing any more because it does not even ask for others."""

from __future__ import annotations

from datetime import datetime

from service import collecting, lines
from service.jobs.context import Context


async def end_leases(context: Context, now: datetime) -> None:
    """Take back the texts that a phone took and did not confirm in ten minutes: they wait for it once more, or are uncertain and
    a person decides."""
    for programme in context.programmes.values():
        for channel in collecting.collected(programme):
            async with context.database.writing() as session:
                await lines.lock(session, channel, now)
                await collecting.end_leases(session, channel, now)
