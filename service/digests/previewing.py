"""What a digest of any area would say, for the command line. Nothing is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from service.digests.content import load_ground, write_content
from service.programme import Programme
from service.programme.schema import Official
from service.summaries.periods import week


async def preview(session: AsyncSession, programme: Programme, area: str, period: str, now: datetime) -> dict[str, Any]:
    """The content for whoever answers for all of an area. Raises ValueError for a `period` that is no week."""
    weeks = week(period)
    reader = Official(
        name=programme.area_name(area),
        email=programme.rules.organisation.email,
        office=programme.area_name(area)[:20].strip(),
        areas=(area,),
        categories=("*",),
        language=next((tag for tag in programme.rules.languages if tag in programme.digests), "en"),
        weekday="monday",
        hour=8,
    )
    content = write_content(programme, reader, await load_ground(session, programme, weeks, now))
    # Answers are an official's own; nobody is named here.
    return content | {"official": {"name": "", "office": programme.area_name(area)}, "answers": []}
