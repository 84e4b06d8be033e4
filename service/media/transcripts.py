"""What moderators wrote down of files: read with the texts of the account (`service/rereading.py`), and redacted then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

import nlp.analysis as nlp
from service import reports
from service.models import Attachment, Message, Transcript
from service.secrets import Secrets


@dataclass(frozen=True)
class Said:
    """What one file says. `fresh`: nobody has read it yet, so that personal data may be in it."""

    id: int
    attachment_id: int
    words: str = field(repr=False)
    fresh: bool


async def of_report(session: AsyncSession, secrets: Secrets, report_id: int) -> tuple[Said, ...]:
    """The newest transcript of each file of a report, in the order of its files. Raises Unsealable."""
    rows = await session.scalars(
        select(Transcript)
        .join(Attachment, Attachment.id == Transcript.attachment_id)
        .join(Message, Message.id == Attachment.message_id)
        .where(Message.report_id == report_id, Transcript.state.in_(("waiting", "done")), Transcript.text.is_not(None))
        .order_by(Attachment.message_id, Attachment.position, Transcript.id)
        .execution_options(populate_existing=True)
    )
    newest = {
        row.attachment_id: Said(row.id, row.attachment_id, secrets.unseal(row.text or b""), row.state == "waiting")
        for row in rows
    }
    return tuple(newest.values())


async def finish(
    session: AsyncSession, secrets: Secrets, said: Sequence[Said], analyses: Sequence[nlp.Analysis]
) -> None:
    """Keep the fresh ones redacted, and let go of what they take the place of."""
    for each, analysis in zip((each for each in said if each.fresh), analyses, strict=True):
        await session.execute(
            update(Transcript)
            .where(
                Transcript.attachment_id == each.attachment_id, Transcript.id != each.id, Transcript.state != "erased"
            )
            .values(state="erased", text=None)
            .execution_options(synchronize_session=False)
        )
        await session.execute(
            update(Transcript)
            .where(Transcript.id == each.id)
            .values(state="done", text=secrets.seal(reports.clean(analysis.redacted)))
            .execution_options(synchronize_session=False)
        )


async def give_up(session: AsyncSession, said: Sequence[Said]) -> None:
    """Set aside those that could not be read; a moderator is asked to write them down anew."""
    await session.execute(
        update(Transcript)
        .where(Transcript.id.in_([each.id for each in said if each.fresh]))
        .values(state="dead")
        .execution_options(synchronize_session=False)
    )
