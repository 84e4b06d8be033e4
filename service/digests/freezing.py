"""Making a digest once and for all: its content, its two renderings and the hash of what it was made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from service.digests.content import Ground, load_ground, write_content
from service.models import Digest, Report
from service.programme import Programme
from service.programme.schema import Official
from service.summaries.periods import Weeks

Render = Callable[[Mapping[str, Any], Programme], tuple[str, str]]
"""Gives HTML and plain text."""


def hash_content(content: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of the content as JSON with sorted keys and no spaces."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


async def freeze(
    session: AsyncSession,
    programme: Programme,
    official: Official,
    period: Weeks,
    now: datetime,
    *,
    render: Render,
    ground: Ground | None = None,
) -> Digest:
    """The official's digest of a week: the one that is kept, or a new one, queued to be sent.

    Give `ground` when several are made, so that counting is done once.
    """
    kept = await find(session, programme, official, period)
    if kept is not None:
        return kept
    content = write_content(programme, official, ground or await load_ground(session, programme, period, now))
    html, plain = render(content, programme)
    assert session.bind is not None
    dialect = postgresql if session.bind.dialect.name == "postgresql" else sqlite
    await session.execute(
        dialect.insert(Digest)
        .values(
            programme=programme.code,
            official=official.email,
            period=period.name,
            language=official.language,
            input_hash=hash_content(content),
            content=content,
            html=html,
            plain=plain,
            state="queued",
            attempts=0,
            due_at=now,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["programme", "official", "period"])
    )
    made = await find(session, programme, official, period)
    assert made is not None
    return made


async def find(session: AsyncSession, programme: Programme, official: Official, period: Weeks) -> Digest | None:
    """The digest that is kept for this official and week."""
    return await session.scalar(
        select(Digest).where(
            Digest.programme == programme.code, Digest.official == official.email, Digest.period == period.name
        )
    )


async def load(session: AsyncSession, digest_id: int) -> Digest | None:
    """The digest with this number."""
    return await session.get(Digest, digest_id)


async def has_begun(session: AsyncSession, programme: Programme, period: Weeks) -> bool:
    """Whether somebody had reported by the end of these weeks. Officials do not hear of weeks before the first report."""
    end = period.bounds(programme.zone)[-1]
    reported = select(Report.id).where(Report.programme == programme.code, Report.received_at < end).limit(1)
    return await session.scalar(reported) is not None


async def periods_made(session: AsyncSession, programme: Programme, periods: set[str]) -> set[tuple[str, str]]:
    """Which (official, period) already have a digest."""
    rows = await session.execute(
        select(Digest.official, Digest.period).where(Digest.programme == programme.code, Digest.period.in_(periods))
    )
    return {(official, period) for official, period in rows}
