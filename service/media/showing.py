"""Files as the desk shows them: a list with a report, and one opened after its reader was checked and, for the vault,
written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from service import audit, extras
from service.media.kinds import KINDS, Sort, said_to_be
from service.models import Attachment, Audit, Message, Report, Transcript, User
from service.secrets import Secrets, Unsealable
from service.workflow import NotFound

ONE_OPENING = timedelta(minutes=10)
"""A player asks for a voice note piece by piece: within this time that is one opening."""


@dataclass(frozen=True)
class File:
    """One file of a report. `number` counts within the report, from 1."""

    id: int
    number: int
    sort: Sort
    state: str
    """waiting, stored, refused, dead or erased."""
    reason: str | None
    """Why it is refused, dead, or still waits."""
    size: int | None
    """In bytes."""
    plays: bool
    """Whether a browser shows or plays it."""
    content_type: str
    again: bool
    """Whether there is anything left to fetch it by."""
    at: datetime
    """When the text came that brought it."""
    says: str | None = field(default=None, repr=False)
    """What a moderator wrote down of it, redacted; None in the vault, where it is part of the account."""
    reading: str | None = None
    """The state of what was written down: waiting, done or dead; None if nothing was."""
    writer: str | None = None


@dataclass(frozen=True)
class Opened:
    """One file, to be sent to whoever asked."""

    content_type: str
    name: str
    plays: bool
    content: bytes = field(repr=False)


async def of_report(session: AsyncSession, secrets: Secrets, report: Report) -> tuple[File, ...]:
    """The files that came with the texts of a report, in that order."""
    rows = await session.execute(
        select(Attachment, Message.created_at)
        .join(Message, Message.id == Attachment.message_id)
        .where(Message.report_id == report.id, Message.direction == "in")
        .order_by(Attachment.message_id, Attachment.position)
    )
    found = list(rows)
    said = await _transcripts(session, [item.id for item, _ in found])
    return tuple(
        _file(secrets, report, number, item, at, said.get(item.id)) for number, (item, at) in enumerate(found, start=1)
    )


async def sorts(session: AsyncSession, secrets: Secrets, messages: Sequence[Message]) -> dict[int, tuple[Sort, ...]]:
    """By message id, what came with these texts, taken or not yet; nothing of texts that brought none."""
    found: dict[int, tuple[Sort, ...]] = {
        message.id: tuple(said_to_be(item.content_type) for item in extras.unseal(secrets, message.extra)[0])
        for message in messages
        if message.direction == "in" and message.extra is not None
    }
    rows = await session.execute(
        select(Attachment.message_id, Attachment.content_type)
        .where(Attachment.message_id.in_([message.id for message in messages]), Attachment.position > 0)
        .order_by(Attachment.message_id, Attachment.position)
    )
    for message_id, content_type in rows:
        found[message_id] = (*found.get(message_id, ()), said_to_be(content_type))
    return found


async def is_waiting(session: AsyncSession, attachment_id: int) -> bool:
    """Whether what was written down of a file is still to be read."""
    query = select(Transcript.id).where(Transcript.attachment_id == attachment_id, Transcript.state == "waiting")
    return await session.scalar(query.limit(1)) is not None


async def open_file(
    session: AsyncSession,
    secrets: Secrets,
    programme: str,
    attachment_id: int,
    role: str,
    user_id: int,
    now: datetime,
    *,
    preview: bool = False,
) -> Opened:
    """One stored file, or its preview. NotFound if there is none for this role; one of the vault is for focal points,
    and its opening is written down. The session must commit before a byte is shown."""
    column = Attachment.preview if preview else Attachment.content
    row = (
        await session.execute(
            select(Attachment, Report)
            .join(Message, Message.id == Attachment.message_id)
            .join(Report, Report.id == Message.report_id)
            .where(Attachment.id == attachment_id, Attachment.programme == programme, Attachment.state == "stored")
            .options(undefer(column))
        )
    ).one_or_none()
    if row is None or (row.Report.sensitive and role != "focal_point"):
        raise NotFound("There is no such file.")
    item, report = row.Attachment, row.Report
    sealed = item.preview if preview else item.content
    if sealed is None:
        raise NotFound("There is no such file.")
    if report.sensitive:
        await _write_down(session, item, report, user_id, now)
    kind = KINDS[item.content_type]
    try:
        content = secrets.unseal_bytes(sealed)
    except Unsealable:
        raise NotFound("This file was sealed with another key.") from None
    return Opened(item.content_type, f"{report.reference}-{item.id}.{kind.suffix}", kind.plays, content)


async def _write_down(session: AsyncSession, item: Attachment, report: Report, user_id: int, now: datetime) -> None:
    actor, thing = audit.user(user_id), audit.report(report.id)
    recent = await session.scalars(
        select(Audit.detail).where(
            Audit.actor == actor,
            Audit.object == thing,
            Audit.act == "open_file",
            Audit.created_at > now - ONE_OPENING,
        )
    )
    detail = {"file": item.id}
    if detail not in list(recent):
        await audit.record(session, item.programme, actor, "open_file", thing, detail, now)


async def _transcripts(session: AsyncSession, attachments: Sequence[int]) -> dict[int, tuple[Transcript, str | None]]:
    """The newest transcript of each file, with the log-in of who wrote it."""
    rows = await session.execute(
        select(Transcript, User.login)
        .outerjoin(User, User.id == Transcript.user_id)
        .where(Transcript.attachment_id.in_(attachments), Transcript.state != "erased")
        .order_by(Transcript.id)
    )
    return {transcript.attachment_id: (transcript, login) for transcript, login in rows}


def _file(
    secrets: Secrets,
    report: Report,
    number: int,
    item: Attachment,
    at: datetime,
    said: tuple[Transcript, str | None] | None,
) -> File:
    transcript, writer = said or (None, None)
    kind = KINDS.get(item.content_type) if item.state == "stored" else None
    return File(
        id=item.id,
        number=number,
        sort=said_to_be(item.content_type) if kind is None else kind.sort,
        state=item.state,
        reason=item.error,
        size=item.size,
        plays=kind is not None and kind.plays,
        content_type=item.content_type,
        again=item.state == "dead" or (item.state == "refused" and item.reference is not None),
        at=at,
        says=None if transcript is None or report.sensitive else _words(secrets, transcript),
        reading=None if transcript is None else transcript.state,
        writer=writer,
    )


def _words(secrets: Secrets, transcript: Transcript) -> str | None:
    """Only once it is redacted: until then it says what was heard, names and all."""
    if transcript.state != "done" or transcript.text is None:
        return None
    try:
        return secrets.unseal(transcript.text)
    except Unsealable:
        return None
