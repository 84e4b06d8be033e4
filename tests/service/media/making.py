"""Files of a report, stored as the worker would have stored them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.db import Database
from service.media.cleaning import clean
from service.models import Attachment, Message, Report
from service.secrets import Secrets


async def make_file(
    database: Database,
    secrets: Secrets,
    report: Report,
    content: bytes | None,
    now: datetime,
    *,
    words: str = "",
    **columns: Any,
) -> int:
    """The id of a stored file with this content, or, without content, of one as `columns` say; it came with `words`."""
    values: dict[str, Any] = {"content_type": "image/jpeg", "state": "waiting"}
    if content is not None:
        done = clean(content)
        values = {
            "state": "stored",
            "content_type": done.kind.content_type,
            "content": secrets.seal_bytes(done.content),
            "preview": None if done.preview is None else secrets.seal_bytes(done.preview),
            "size": len(done.content),
        }
    async with database.writing() as session:
        message = Message(
            programme=report.programme,
            channel=report.channel,
            direction="in",
            reporter_id=report.reporter_id,
            report_id=report.id,
            body=secrets.seal(words),
            state="done",
            purpose="account",
            created_at=now,
        )
        session.add(message)
        await session.flush()
        item = Attachment(
            programme=report.programme,
            channel=report.channel,
            message_id=message.id,
            position=1,
            created_at=now,
            **values | columns,
        )
        session.add(item)
        await session.flush()
        return item.id
