"""What a text brought becomes rows to fetch, in the transaction that takes the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.base import Media
from service import extras
from service.media.kinds import Sort, said_to_be
from service.models import Attachment, Message, Report, Reporter, Transcript
from service.secrets import Secrets
from service.workflow import move

MOST_FILES = 10
"""Of one text; no app sends more at once."""
FOLLOWS = timedelta(minutes=10)
"""A picture or voice note without words this soon after an account of theirs belongs to it."""
CONTENT_TYPE = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,80}")
UNSEEN = {
    "picture": "a picture without words",
    "voice note": "voice note, not transcribed",
    "video": "video, not described",
    "document": "a document without words",
    "file": "a file without words",
}
"""Why a person must look, by the sort of file."""
WRITTEN_DOWN = "a moderator wrote down what a file says"
"""Why a report is still in review once the machine is unsure of nothing."""


def brought(secrets: Secrets, message: Message) -> tuple[Media, ...]:
    """The files that came with a text, as the channel named them."""
    return extras.unseal(secrets, message.extra)[0]


async def take(
    session: AsyncSession, secrets: Secrets, report: Report, message: Message, words: bool, now: datetime
) -> None:
    """A row of each file of a report's text, waiting to be fetched; the text forgets them.

    `words` says whether there are any beside the files; where these say more than words do, a person must look.
    """
    media = brought(secrets, message)
    if not media:
        return
    for position, item in enumerate(media[:MOST_FILES], start=1):
        session.add(
            Attachment(
                programme=message.programme,
                channel=message.channel,
                message_id=message.id,
                position=position,
                reference=secrets.seal(item.reference) if item.content is None else None,
                content_type=_content_type(item),
                content=None if item.content is None else secrets.seal_bytes(item.content),
                state="waiting",
                attempts=0,
                due_at=now,
                created_at=now,
            )
        )
    if len(media) > MOST_FILES:
        more = len(media) - MOST_FILES
        session.add(
            Attachment(
                programme=message.programme,
                channel=message.channel,
                message_id=message.id,
                position=MOST_FILES + 1,
                content_type="",
                state="refused",
                error=f"{more} more came with this text; {MOST_FILES} are taken of one.",
                created_at=now,
            )
        )
    message.extra = extras.without_media(secrets, message.extra)
    report.revision += 1
    why = _unseen(media, words)
    if why:
        _demand_person(report, why)


def _unseen(media: Sequence[Media], words: bool) -> str:
    """Why a person must look at these files before the account is understood; "" where its words suffice."""
    sorts = [said_to_be(_content_type(item)) for item in media]
    heard: tuple[Sort, ...] = ("voice note", "video")
    for sort in (*heard, "picture", "document", "file"):
        if sort in sorts and (sort in heard or not words):
            return UNSEEN[sort]
    return ""


async def unseen(session: AsyncSession, report_id: int) -> str:
    """Why a person must still look at the files of a report: one that says more than words, and nobody wrote down."""
    found = await session.scalars(
        select(Attachment.content_type)
        .join(Message, Message.id == Attachment.message_id)
        .where(
            Message.report_id == report_id,
            Message.direction == "in",
            Attachment.state.in_(("waiting", "stored")),
            Attachment.id.not_in(select(Transcript.attachment_id).where(Transcript.state != "erased")),
        )
    )
    sorts = {said_to_be(content_type) for content_type in found}
    return next((UNSEEN[sort] for sort in ("voice note", "video") if sort in sorts), "")


async def is_described(session: AsyncSession, report_id: int) -> bool:
    """Whether a moderator wrote down what a file of this report says."""
    query = (
        select(Transcript.id)
        .join(Attachment, Attachment.id == Transcript.attachment_id)
        .join(Message, Message.id == Attachment.message_id)
        .where(Message.report_id == report_id, Transcript.state == "done")
    )
    return await session.scalar(query.limit(1)) is not None


def _demand_person(report: Report, why: str) -> None:
    """Whatever the programme's policy: what only a person can see or hear, a person looks at."""
    report.review_reason = f"{report.review_reason}; {why}" if report.review_reason else why
    if report.status == "accepted" and report.accepted_by == "machine":
        report.status, report.accepted_by = move("accepted", "in_review"), None


async def account_before(session: AsyncSession, reporter: Reporter, message: Message) -> Report | None:
    """The account that a file without words belongs to: their last, told in the minutes before."""
    found: Report | None = await session.scalar(
        select(Report)
        .where(
            Report.reporter_id == reporter.id,
            Report.received_at > message.created_at - FOLLOWS,
            Report.received_at <= message.created_at,
            Report.status.in_(("in_review", "accepted")),
        )
        .order_by(Report.id.desc())
        .limit(1)
    )
    return found


def _content_type(item: Media) -> str:
    """What the provider says the file is, without parameters; "" where it is no content type."""
    said = item.content_type.partition(";")[0].strip().lower()
    return said if CONTENT_TYPE.fullmatch(said) else ""
