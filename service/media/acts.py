"""What a moderator does with a file: have it fetched again, erase it, write down what it says. Each is a decision."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service import moderation
from service.media.enclosing import OURS
from service.media.erasing import GONE
from service.models import Attachment, Message, Report, Transcript, Vault
from service.moderation import Act
from service.secrets import Secrets
from service.workflow import NotAllowed, NotFound

LONGEST = 4000
"""Characters of a transcript: about five minutes of speech."""


async def try_again(session: AsyncSession, act: Act, attachment_id: int) -> Act:
    """Fetch a file once more that was refused or given up, with all attempts before it."""
    report, item = await _take(session, act, attachment_id)
    if item.state not in ("refused", "dead"):
        raise NotAllowed("This file is on its way, or here already.")
    if item.state == "refused" and item.reference is None:
        raise NotAllowed("Nothing is left to fetch this file by. Ask the person to send it again.")
    await _change(session, item.id, state="waiting", attempts=0, due_at=act.now, leased_until=None, error=None)
    return await _write(session, act, report, "retry_file", item)


async def erase(session: AsyncSession, act: Act, attachment_id: int) -> Act:
    """Erase one file for good: a face, a stranger, something nobody should keep. What was written down of it stays."""
    report, item = await _take(session, act, attachment_id)
    if item.state == "erased":
        raise NotAllowed("This file is erased already.")
    await _change(session, item.id, **GONE, state="erased", error=None)
    return await _write(session, act, report, "erase_file", item)


async def describe(session: AsyncSession, secrets: Secrets, act: Act, attachment_id: int, words: str) -> Act:
    """Write down what a file says or shows. The machine reads it next, and it becomes part of the account."""
    report, item = await _take(session, act, attachment_id)
    if item.position == OURS:
        raise NotAllowed("We sent this file; it is no part of the account.")
    text = words.replace("\r\n", "\n").strip()
    if not text:
        raise NotAllowed("Write down what is said or shown.")
    if len(text) > LONGEST:
        raise NotAllowed(f"At most {LONGEST} characters; these are {len(text)}.")
    if item.state != "stored":
        raise NotAllowed("Only a file that is here can be described.")
    kept = await session.scalar(select(Vault.content).where(Vault.report_id == report.id)) if report.sensitive else None
    if report.text is None and kept is None:
        raise NotAllowed("The words of this account were erased; nothing is added to it.")
    await session.execute(
        update(Transcript)
        .where(Transcript.attachment_id == item.id, Transcript.state.in_(("waiting", "dead")))
        .values(state="erased", text=None)
        .execution_options(synchronize_session=False)
    )
    session.add(
        Transcript(
            programme=act.programme.code,
            attachment_id=item.id,
            user_id=act.user_id,
            text=secrets.seal(text),
            state="waiting",
            created_at=act.now,
        )
    )
    return await _write(session, act, report, "describe_file", item, reread_at=act.now, rereads=0)


async def _take(session: AsyncSession, act: Act, attachment_id: int) -> tuple[Report, Attachment]:
    report = await moderation.take(session, act)
    item = await session.scalar(
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .where(Attachment.id == attachment_id, Message.report_id == report.id)
    )
    if item is None:
        raise NotFound("There is no such file.")
    return report, item


async def _change(session: AsyncSession, attachment_id: int, **values: object) -> None:
    await session.execute(
        update(Attachment)
        .where(Attachment.id == attachment_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def _write(session: AsyncSession, act: Act, report: Report, name: str, item: Attachment, **values: object) -> Act:
    return await moderation.save(session, act, report, values, name, {}, {"file": item.id})
