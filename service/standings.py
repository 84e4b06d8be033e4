"""Where a person's last report stands, for a screen of theirs: a reference and a state, nothing they wrote."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.screens import Standing
from service.incoming import WAITING
from service.models import Message, Report, Reporter
from service.secrets import Secrets
from service.workflow import told


async def latest(session: AsyncSession, secrets: Secrets, channel: str, sender: str) -> Standing | None:
    """The newest report of somebody on a channel; None if they never reported there."""
    pseudonym = secrets.pseudonym(channel, sender)
    unread = select(Message.id).where(WAITING, Message.channel == channel, Message.pseudonym == pseudonym)
    if await session.scalar(unread.limit(1)) is not None:
        return Standing("", "received")
    row = (
        await session.execute(
            select(Report.reference, Report.status)
            .join(Reporter, Reporter.id == Report.reporter_id)
            .where(Reporter.channel == channel, Reporter.pseudonym == pseudonym)
            .order_by(Report.id.desc())
            .limit(1)
        )
    ).first()
    return None if row is None else Standing(row.reference, told(row.status))
