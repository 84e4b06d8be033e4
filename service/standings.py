"""Where a person stands with us, for a screen of theirs: a reference, a state and whether we text them; nothing they wrote."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.screens import Standing
from service import commands
from service.incoming import WAITING
from service.models import Message, Report, Reporter
from service.programme import Programme
from service.secrets import Secrets, Unsealable
from service.workflow import told

MOST_WAITING = 20
"""So many of somebody's last texts that nobody has read are looked at for a STOP."""


async def latest(session: AsyncSession, secrets: Secrets, programme: Programme, channel: str, sender: str) -> Standing:
    """The newest report of somebody on a channel, and whether they are texted, as it will be once all they sent is read."""
    pseudonym = secrets.pseudonym(channel, sender)
    said = await _waiting(session, secrets, channel, pseudonym)
    person = select(Reporter.stopped_at).where(Reporter.channel == channel, Reporter.pseudonym == pseudonym)
    stopped = _is_stopped(programme, said, (await session.scalar(person)) is not None)
    if any(commands.command(programme, words) is None for words in said):
        return Standing("", "received", stopped)
    row = (
        await session.execute(
            select(Report.reference, Report.status)
            .join(Reporter, Reporter.id == Report.reporter_id)
            .where(Reporter.channel == channel, Reporter.pseudonym == pseudonym)
            .order_by(Report.id.desc())
            .limit(1)
        )
    ).first()
    return Standing(stopped=stopped) if row is None else Standing(row.reference, told(row.status), stopped)


async def _waiting(session: AsyncSession, secrets: Secrets, channel: str, pseudonym: str) -> list[str]:
    """What they sent and nobody has read, in order; "" for what cannot be opened."""
    newest = (
        select(Message.body)
        .where(WAITING, Message.channel == channel, Message.pseudonym == pseudonym)
        .order_by(Message.id.desc())
        .limit(MOST_WAITING)
    )
    return [_words(secrets, body) for body in reversed((await session.scalars(newest)).all())]


def _words(secrets: Secrets, body: bytes | None) -> str:
    try:
        return "" if body is None else secrets.unseal(body)
    except Unsealable:
        return ""


def _is_stopped(programme: Programme, said: Sequence[str], before: bool) -> bool:
    """Whether they are texted nothing after what they said."""
    for words in said:
        named = commands.command(programme, words)
        before = named == "stop" or (before and named != "start")
    return before
