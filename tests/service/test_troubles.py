"""What stopped on its way, and its second chance."""

from __future__ import annotations

from datetime import datetime

import pytest

from service import audit, troubles
from service.db import Database
from service.models import Message, Quarantine
from service.secrets import Secrets
from service.workflow import NotAllowed, NotFound
from tests.service.making import make_report, make_sensitive, make_user


async def make_dead(database: Database, now: datetime, direction: str = "in", **columns: object) -> int:
    async with database.writing() as session:
        message = Message(
            **{
                "programme": "village",
                "channel": "village/sms",
                "direction": direction,
                "state": "dead",
                "attempts": 5,
                "error": "it broke the analysis",
                "created_at": now,
            }
            | columns
        )
        session.add(message)
        await session.flush()
        return message.id


async def test_dead_texts_and_unread_requests_are_listed_newest_first(database: Database, now: datetime) -> None:
    old, new = await make_dead(database, now), await make_dead(database, now, "out", purpose="receipt", error=None)
    await make_dead(database, now, programme="town")
    await make_dead(database, now, state="done")
    async with database.writing() as session:
        for state, programme in (("waiting", "village"), ("replayed", "village"), ("waiting", "town")):
            session.add(
                Quarantine(
                    programme=programme,
                    channel=f"{programme}/sms",
                    request=b"",
                    reason="no text in it",
                    state=state,
                    created_at=now,
                )
            )
    async with database.reading() as session:
        found = await troubles.read(session, "village", "moderator")
        assert await troubles.count(session, "village") == 3
    assert [(text.id, text.outgoing, text.error) for text in found.dead] == [
        (new, True, "no reason was kept"),
        (old, False, "it broke the analysis"),
    ]
    assert [(request.channel, request.reason) for request in found.unread] == [("village/sms", "no text in it")]
    assert (found.dead_in_all, found.unread_in_all) == (2, 1)


@pytest.mark.parametrize(
    ("direction", "stopped", "state"),
    [("in", "dead", "received"), ("out", "dead", "queued"), ("out", "uncertain", "queued")],
)
async def test_trying_again_puts_a_text_back_into_its_queue_once(
    database: Database, now: datetime, direction: str, stopped: str, state: str
) -> None:
    asha = await make_user(database, "asha", {}, now)
    number = await make_dead(database, now, direction, state=stopped)
    async with database.reading() as session:
        listed = (await troubles.read(session, "village", "moderator")).dead
    assert [(text.id, text.uncertain) for text in listed] == [(number, stopped == "uncertain")]
    async with database.writing() as session:
        await troubles.retry(session, "village", number, asha, now)
    async with database.writing() as session:
        message = await session.get_one(Message, number)
        assert (message.state, message.attempts, message.due_at, message.error) == (state, 0, now, None)
        with pytest.raises(NotAllowed):
            await troubles.retry(session, "village", number, asha, now)
        with pytest.raises(NotFound):
            await troubles.retry(session, "town", number, asha, now)
        assert [(line.login, line.object) for line in await audit.read(session, "village", acts=("retry",))] == [
            ("asha", f"message:{number}")
        ]


async def test_only_focal_points_learn_which_sensitive_report_a_dead_text_belongs_to(
    database: Database, secrets: Secrets, now: datetime
) -> None:
    open_report = await make_report(database, now)
    sensitive = await make_sensitive(database, secrets, now, text="he hurt her")
    await make_dead(database, now, report_id=open_report.id)
    await make_dead(database, now, report_id=sensitive.id)
    async with database.reading() as session:
        for role, seen in (("moderator", None), ("admin", None), ("focal_point", sensitive.reference)):
            found = await troubles.read(session, "village", role)
            assert [text.reference for text in found.dead] == [seen, open_report.reference]
