"""What stopped on its way, and its second chance."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from service import audit, deadletters, troubles
from service.db import Database
from service.models import Message, Quarantine, Report
from service.programme import Programme
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


async def test_what_stopped_is_grouped_by_reason(database: Database, programme: Programme, now: datetime) -> None:
    reason = {"failure": "refused", "error": "the provider answered 400, code 21211"}
    for minutes in range(3):
        await make_dead(database, now + timedelta(minutes=minutes), "out", purpose="receipt", **reason)
    await make_dead(database, now, "out", error=None)
    await make_dead(database, now)
    await make_dead(database, now, programme="town")
    await make_dead(database, now, state="done")
    await make_dead(database, now, "out", state="held", failure="window", error="Free texts…")
    async with database.writing() as session:
        for state, code in (("waiting", "village"), ("replayed", "village"), ("waiting", "town")):
            session.add(
                Quarantine(
                    programme=code,
                    channel=f"{code}/sms",
                    request=b"",
                    reason="no text in it",
                    state=state,
                    created_at=now,
                )
            )
    async with database.reading() as session:
        found = await troubles.read(session, programme, {"village/sms"}, now)
        assert await troubles.count(session, programme, {"village/sms"}, now) == 4, (
            "three reasons and a request; what is held goes out by itself"
        )
    assert [(group.texts, group.which.outgoing, group.which.reason) for group in found.stopped] == [
        (3, True, "The provider refuses this text"),
        (1, True, "The person wrote too long ago to be texted freely"),
        (1, False, "it broke the analysis"),
        (1, True, "no reason was kept"),
    ]
    assert (found.stopped[0].oldest, found.stopped[0].newest) == (now, now + timedelta(minutes=2))
    assert [group.which.detail for group in found.stopped[:1]] == ["the provider answered 400, code 21211"]
    assert [(request.channel, request.reason) for request in found.unread] == [("village/sms", "no text in it")]
    assert found.unread_in_all == 1


async def test_five_thousand_of_a_reason_are_one_line_and_one_act(
    database: Database, programme: Programme, now: datetime
) -> None:
    asha = await make_user(database, "asha", {}, now)
    row = {"programme": "village", "channel": "village/sms", "direction": "out", "state": "dead", "created_at": now}
    rows = [row | {"failure": "refused", "error": "the provider answered 400", "attempts": 1}] * 5000
    async with database.writing() as session:
        await session.execute(insert(Message), rows)
    async with database.reading() as session:
        (group,) = (await troubles.read(session, programme, set(), now)).stopped
        assert len(await deadletters.texts(session, "village", group.which, "moderator")) == deadletters.MOST
    assert group.texts == 5000
    async with database.writing() as session:
        assert await deadletters.again(session, "village", group.which, asha, now) == 5000
    async with database.writing() as session:
        with pytest.raises(NotAllowed):
            await deadletters.again(session, "village", group.which, asha, now)
        found = await troubles.read(session, programme, set(), now)
        assert (found.stopped, found.closed) == ((), (("village/sms", 5000),)), "they wait for a channel that is closed"
        for channels, number in (((), 1), (("village/sms",), 0)):
            assert await troubles.count(session, programme, channels, now) == number
        (line,) = await audit.read(session, "village", acts=("retry",))
    assert (line.login, line.object, line.detail["texts"]) == ("asha", "channel:village/sms", 5000)


@pytest.mark.parametrize(
    ("direction", "stopped", "state"),
    [("in", "dead", "received"), ("out", "dead", "queued"), ("out", "uncertain", "queued")],
)
async def test_trying_again_puts_a_text_back_into_its_queue_once(
    database: Database, now: datetime, direction: str, stopped: str, state: str
) -> None:
    asha = await make_user(database, "asha", {}, now)
    number = await make_dead(database, now, direction, state=stopped)
    async with database.writing() as session:
        await deadletters.again_one(session, "village", number, asha, now)
    async with database.writing() as session:
        message = await session.get_one(Message, number)
        assert (message.state, message.attempts, message.due_at, message.error) == (state, 0, now, None)
        with pytest.raises(NotAllowed):
            await deadletters.again_one(session, "village", number, asha, now)
        with pytest.raises(NotFound):
            await deadletters.again_one(session, "town", number, asha, now)
        assert [(line.login, line.object) for line in await audit.read(session, "village", acts=("retry",))] == [
            ("asha", f"message:{number}")
        ]


async def test_an_uncertain_text_that_arrived_dates_its_report(database: Database, now: datetime) -> None:
    asha = await make_user(database, "asha", {}, now)
    report = await make_report(database, now)
    columns = {"state": "uncertain", "failure": "unknown", "report_id": report.id, "purpose": "answered"}
    number = await make_dead(database, now, "out", **columns)
    other = await make_dead(database, now, "out", **columns | {"report_id": None})
    async with database.writing() as session:
        await deadletters.arrived_one(session, "village", number, asha, now)
        with pytest.raises(NotAllowed):
            await deadletters.arrived_one(session, "village", number, asha, now)
        (group,) = await deadletters.groups(session, "village")
        assert await deadletters.arrived(session, "village", group.which, asha, now) == 1
    async with database.reading() as session:
        states = [(await session.get_one(Message, text)).state for text in (number, other)]
        assert states == ["delivered", "delivered"]
        assert (await session.get_one(Report, report.id)).told_at == now


async def test_what_is_left_does_not_go_out_any_more(database: Database, now: datetime) -> None:
    asha = await make_user(database, "asha", {}, now)
    held = await make_dead(database, now, "out", state="held", failure="window", error="Free texts…")
    dead = await make_dead(database, now, "out")
    incoming = await make_dead(database, now)
    async with database.writing() as session:
        which = next(g.which for g in await deadletters.groups(session, "village") if g.which.state == "held")
        with pytest.raises(NotAllowed):
            await deadletters.again(session, "village", which, asha, now)
        assert await deadletters.leave(session, "village", which, asha, now) == 1
        await deadletters.leave_one(session, "village", dead, asha, now)
        with pytest.raises(NotAllowed):
            await deadletters.leave_one(session, "village", incoming, asha, now)
    async with database.reading() as session:
        states = [(await session.get_one(Message, text)).state for text in (held, dead, incoming)]
        assert states == ["dropped", "dropped", "dead"]
        assert len(await audit.read(session, "village", acts=("leave",))) == 2


async def test_only_focal_points_learn_which_sensitive_report_a_dead_text_belongs_to(
    database: Database, secrets: Secrets, now: datetime
) -> None:
    open_report = await make_report(database, now)
    sensitive = await make_sensitive(database, secrets, now, text="he hurt her")
    await make_dead(database, now, report_id=open_report.id)
    await make_dead(database, now, report_id=sensitive.id)
    async with database.reading() as session:
        (group,) = await deadletters.groups(session, "village")
        for role, seen in (("moderator", None), ("admin", None), ("focal_point", sensitive.reference)):
            listed = await deadletters.texts(session, "village", group.which, role)
            assert [text.reference for text in listed] == [seen, open_report.reference]
