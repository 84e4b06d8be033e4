"""Texts are put in the outbox once, in one segment, with the wording a closed window needs, at their hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from channels.base import Template
from channels.segments import fits_one_segment
from service import extras, outbox
from service.models import Message, Reporter
from service.programme import Programme
from service.programme.schema import ChannelEntry, QuietHours
from service.quiet import quiet_until
from tests.service.conftest import Town

ANSWER = {"reference": "K7-4QF", "office": "Upper Ward office", "answer": "A plumber comes. " * 15}
NIGHT = QuietHours.model_validate({"from": "21:00", "to": "07:00"})


async def _queue(town: Town, key: str, slots: dict[str, str], **more: Any) -> Message:
    async with town.database.writing() as session:
        reporter = await session.get(Reporter, (await town.reporter()).id)
        assert await outbox.queue(session, town.secrets, town.programme, reporter, key, slots, now=town.now, **more)
    async with town.database.reading() as session:
        return (await session.scalars(select(Message).order_by(Message.id.desc()).limit(1))).one()


def _with(programme: Programme, *, channels: tuple[ChannelEntry, ...] | None = None, **rules: Any) -> Programme:
    update: dict[str, Any] = {"rules": programme.rules.model_copy(update=rules)}
    if channels is not None:
        update["channels"] = channels
    return programme.model_copy(update=update)


async def test_the_same_text_is_replied_to_once_however_often_it_is_taken(town: Town) -> None:
    message = await town.text("No water in Gatwekera since Monday")
    async with town.database.writing() as session:
        reporter = await session.get(Reporter, message.reporter_id)
        again = await outbox.queue(
            session, town.secrets, town.programme, reporter, "help", {}, now=town.now, reply_to=message.id
        )
    assert again is False
    assert len(await town.replies()) == 1


async def test_a_text_no_moderator_let_out_is_one_segment_where_segments_cost(town: Town) -> None:
    await town.text("No water in Gatwekera since Monday")
    for type, released, cut in (("twilio", False, True), ("twilio", True, False), ("webchat", False, False)):
        entry = ChannelEntry(name="web", type=type)
        town.programme = _with(town.programme, channels=(entry,))
        text = town.secrets.unseal((await _queue(town, "answered", ANSWER, released=released)).body or b"")
        assert fits_one_segment(text) == cut, (type, released)
        assert text.endswith("...") == cut


async def test_an_approved_wording_goes_with_the_text_sealed(town: Town) -> None:
    await town.text("No water in Gatwekera since Monday")
    wording = {"name": "report_answered", "language": "en_US", "values": ["reference", "office", "answer"]}
    templates = {"answered": {"en": wording}, "written": {"en": wording | {"values": ["reference", "text"]}}}
    entry = ChannelEntry.model_validate({"name": "web", "type": "whatsapp", "templates": templates})
    town.programme = _with(town.programme, channels=(entry,))
    message = await _queue(town, "answered", ANSWER | {"answer": "A plumber\ncomes    on Thursday."}, released=True)
    template = extras.unseal_template(town.secrets, message.extra)
    assert template == Template(
        "report_answered", "en_US", ("K7-4QF", "Upper Ward office", "A plumber comes on Thursday.")
    )
    assert b"plumber" not in (message.extra or b"")
    assert (await _queue(town, "reopened", {"reference": "K7-4QF"})).extra is None


async def test_news_waits_for_the_morning_and_a_reply_does_not(town: Town) -> None:
    town.programme = _with(town.programme, quiet_hours=NIGHT)
    town.now = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)  # 23:00 in Nairobi
    message = await town.text("No water in Gatwekera since Monday")
    async with town.database.reading() as session:
        reply = await session.scalar(select(Message).where(Message.dedupe == f"reply:{message.id}"))
    assert (reply.due_at, reply.priority) == (town.now, 0)
    news = await _queue(town, "answered", ANSWER)
    assert (news.due_at, news.priority) == (datetime(2026, 11, 24, 4, 0, tzinfo=UTC), 1)
    assert (await _queue(town, "answered", ANSWER, priority=2)).priority == 2


@pytest.mark.parametrize(
    ("zone", "hours", "moment", "end"),
    [
        ("Africa/Nairobi", ("21:00", "07:00"), "2026-11-23T20:59+03:00", None),
        ("Africa/Nairobi", ("21:00", "07:00"), "2026-11-23T21:00+03:00", "2026-11-24T07:00+03:00"),
        ("Africa/Nairobi", ("21:00", "07:00"), "2026-11-24T06:59+03:00", "2026-11-24T07:00+03:00"),
        ("Africa/Nairobi", ("21:00", "07:00"), "2026-11-24T07:00+03:00", None),
        ("Africa/Nairobi", ("12:00", "14:00"), "2026-11-24T13:00+03:00", "2026-11-24T14:00+03:00"),
        ("Africa/Nairobi", ("12:00", "14:00"), "2026-11-24T14:30+03:00", None),
        # Clocks go forward from 02:00 to 03:00 on 29 March 2026: the night is an hour shorter.
        ("Europe/Berlin", ("21:00", "07:00"), "2026-03-28T23:00+01:00", "2026-03-29T07:00+02:00"),
        ("Europe/Berlin", ("21:00", "02:30"), "2026-03-29T01:59+01:00", "2026-03-29T03:30+02:00"),
        # Clocks go back from 03:00 to 02:00 on 25 October 2026: the hour from two comes twice.
        ("Europe/Berlin", ("21:00", "07:00"), "2026-10-24T23:00+02:00", "2026-10-25T07:00+01:00"),
        ("Europe/Berlin", ("21:00", "02:30"), "2026-10-25T02:10+02:00", "2026-10-25T02:30+02:00"),
        ("Europe/Berlin", ("21:00", "02:30"), "2026-10-25T02:10+01:00", "2026-10-25T02:30+01:00"),
    ],
)
def test_quiet_hours_end_by_the_clock_on_the_wall(
    programme: Programme, zone: str, hours: tuple[str, str], moment: str, end: str | None
) -> None:
    quiet = QuietHours.model_validate({"from": hours[0], "to": hours[1]})
    there = _with(programme, quiet_hours=quiet, time_zone=zone)
    found = quiet_until(there, datetime.fromisoformat(moment))
    assert found == (None if end is None else datetime.fromisoformat(end))


def test_whenever_it_is_quiet_the_end_lies_ahead(programme: Programme) -> None:
    there = _with(programme, quiet_hours=NIGHT, time_zone="America/New_York")
    for day in (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)):
        for minutes in range(0, 48 * 60, 7):
            now = day + timedelta(minutes=minutes)
            end = quiet_until(there, now)
            local = now.astimezone(ZoneInfo("America/New_York"))
            assert (end is not None) == (local.hour >= 21 or local.hour < 7), now
            assert end is None or now < end <= now + timedelta(hours=11)
