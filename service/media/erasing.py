"""Files and what was written down of them, erased with the texts they came with. That there was one stays."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.models import Attachment, Message, Transcript

GONE = {"content": None, "preview": None, "reference": None, "size": None, "due_at": None, "leased_until": None}


async def erase_of(session: AsyncSession, messages: ColumnElement[bool]) -> None:
    """Every file of the texts that meet a condition."""
    await erase(session, Attachment.message_id.in_(select(Message.id).where(messages)))


async def erase(session: AsyncSession, attachments: ColumnElement[bool]) -> None:
    """Every file that meets a condition, with its transcripts."""
    chosen = select(Attachment.id).where(attachments)
    await session.execute(
        update(Transcript)
        .where(Transcript.attachment_id.in_(chosen))
        .values(text=None, state="erased")
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Attachment)
        .where(attachments)
        .values(**GONE, state="erased", error=None)
        .execution_options(synchronize_session=False)
    )
