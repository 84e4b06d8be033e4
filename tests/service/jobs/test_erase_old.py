"""What a programme keeps no longer: words, files and what was written down of them; counts stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from structlog.testing import capture_logs

from channels.base import Inbound, Media
from service import extras
from service.db import Database
from service.jobs import Context
from service.jobs.erase_old import erase_old
from service.models import Attachment, Message, Report, Transcript
from service.programme import Programme
from service.secrets import Secrets
from service.settings import Settings
from tests.service.making import make_report, make_user
from tests.service.media import files
from tests.service.media.making import make_file


async def test_old_words_and_files_go_and_newer_ones_stay(
    database: Database, secrets: Secrets, programme: Programme, now: datetime, tmp_path: Path
) -> None:
    old = now - timedelta(days=programme.rules.retention_days + 1)
    context = Context(
        database, secrets, {"village": programme}, Settings(var=tmp_path), lambda content, programme: ("", "")
    )
    user = await make_user(database, "asha", {"village": "moderator"}, now)
    for at in (old, now):
        report = await make_report(database, at)
        file = await make_file(database, secrets, report, files.photo((64, 40)), at)
        carried = extras.seal(secrets, Inbound("a", "STOP", "1", media=(Media("a.jpg", "image/jpeg"),)))
        async with database.writing() as session:
            words = secrets.seal("a broken pump")
            session.add(
                Transcript(
                    programme="village", attachment_id=file, user_id=user, text=words, state="done", created_at=at
                )
            )
            session.add(
                Message(
                    programme="village",
                    channel="village/web",
                    direction="in",
                    reporter_id=report.reporter_id,
                    body=secrets.seal("STOP"),
                    extra=carried,
                    purpose="command",
                    state="done",
                    created_at=at,
                )
            )
    for _ in range(2):
        await erase_old(context, now)
        async with database.reading() as session:
            assert [text is None for text in await session.scalars(select(Report.text).order_by(Report.id))] == [
                True,
                False,
            ]
            held = await session.execute(
                select(Attachment.state, Attachment.content.is_(None), Attachment.preview.is_(None)).order_by(
                    Attachment.id
                )
            )
            assert [tuple(row) for row in held] == [("erased", True, True), ("stored", False, False)]
            said = await session.execute(select(Transcript.state, Transcript.text.is_(None)).order_by(Transcript.id))
            assert [tuple(row) for row in said] == [("erased", True), ("done", False)]
            loose = await session.execute(
                select(Message.body.is_(None), Message.extra.is_(None))
                .where(Message.report_id.is_(None))
                .order_by(Message.id)
            )
            assert [tuple(row) for row in loose] == [(True, True), (False, False)]


async def test_a_programme_that_is_not_here_is_told_of(
    database: Database, secrets: Secrets, programme: Programme, now: datetime, tmp_path: Path
) -> None:
    """Its retention went with its folder: what people texted would be kept for ever, and nobody would know."""
    context = Context(
        database, secrets, {"village": programme}, Settings(var=tmp_path), lambda content, programme: ("", "")
    )
    async with database.writing() as session:
        for code, body in (("moved", b"sealed"), ("erased", None), ("village", b"sealed")):
            session.add(
                Message(programme=code, channel=f"{code}/web", direction="in", body=body, state="done", created_at=now)
            )
    with capture_logs() as logs:
        await erase_old(context, now)
    assert [line["programme"] for line in logs if line["log_level"] == "warning"] == ["moved"]
