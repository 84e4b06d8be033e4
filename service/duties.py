"""What waits for a person besides the queue, as numbers for the desk's navigation."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service import facets, heldtexts, themes, troubles
from service.models import Answer
from service.programme import Programme


@dataclass(frozen=True)
class Duties:
    """How many sensitive accounts wait (0 for all but focal points), answers are held, people have texts held, texts have
    stopped, and themes are proposed."""

    vault: int
    answers: int
    held: int
    troubles: int
    themes: int


async def count(
    session: AsyncSession, programme: Programme, role: str, open_channels: Collection[str], now: datetime
) -> Duties:
    """Everything at once, as this role may know it."""
    held = select(func.count()).select_from(Answer).where(Answer.programme == programme.code, Answer.state == "held")
    return Duties(
        vault=await facets.count_vault(session, programme, role),
        answers=await session.scalar(held) or 0,
        held=await heldtexts.count(session, programme.code),
        troubles=await troubles.count(session, programme, open_channels, now),
        themes=await themes.count_proposed(session, programme.code),
    )
