"""FORGET erases what is there, what waits and what was read again; nothing grows back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from channels.base import Inbound, Media, Part
from service import forgotten, moderation
from service.digests import quotes
from service.lessons import lessons_of
from service.models import Attachment, Forgotten, Message, Report, Reporter
from service.workflow import NotAllowed
from tests.service.conftest import CHANNEL
from tests.service.conversation.talking import Talk


async def test_words_in_every_column_and_texts_nobody_has_read_go(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(5)
    await talk.send("since Monday")
    talk.wait(60)
    await talk.send("QUOTE")
    await talk.send("FORGET")
    await talk.send("The road in", part=Part("5", 1, 2), replies_to="ours")
    await talk.send("YES")
    talk.wait(60)
    await talk.work()
    async with talk.town.database.reading() as session:
        rows = (await session.scalars(select(Message).where(Message.direction == "in"))).all()
        assert {(row.state, row.body, row.redacted, row.extra, row.address, row.pseudonym) for row in rows} == {
            ("done", None, None, None, None, None)
        }
        assert await session.scalar(select(func.count()).select_from(Reporter)) == 1
        assert await session.scalar(select(func.count()).select_from(Report)) == 1
        start, end = talk.town.now.replace(hour=0), talk.town.now.replace(hour=23)
        assert await quotes.load_quotable(session, talk.town.programme, start, end) == []
        assert await lessons_of(session, talk.town.programme) == []
    (report,) = await talk.reports()
    assert (report.text, report.area, report.reread_at) == (None, "upper", None)


async def test_a_mark_to_read_again_brings_nothing_back(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(60)
    await talk.send("also the road is bad", take=False)
    await talk.send("FORGET", take=False)
    talk.wait(60)
    await talk.send("YES", take=False)
    while await talk.work():
        pass
    await talk.work()
    async with talk.town.database.reading() as session:
        assert set(await session.scalars(select(Report.text))) == {None}


async def test_what_waits_for_a_person_leaves_the_queue_with_its_words(talk: Talk) -> None:
    await talk.send("my husband beats me")
    talk.wait(60)
    await talk.send("Something odd has been going on over there for a month now")
    waiting = await talk.reports()
    assert {report.status for report in waiting} == {"in_review"}
    await talk.send("FORGET")
    await talk.send("YES")
    erased = await talk.reports()
    assert {report.status for report in erased} == {"rejected"}
    act = moderation.Act(talk.town.programme, erased[1].reference, 1, "moderator", erased[1].revision, talk.town.now)
    with pytest.raises(NotAllowed, match="erased"):
        async with talk.town.database.writing() as session:
            await moderation.reopen(session, act)


async def test_a_late_part_after_forget_is_somebody_new(talk: Talk) -> None:
    await talk.send("No water in", part=Part("5", 1, 2))
    talk.wait(20)
    await talk.work()
    await talk.send("FORGET")
    await talk.send("YES")
    talk.wait(5)
    await talk.send(" Gatwekera and Soko", part=Part("5", 2, 2))
    talk.wait(20)
    await talk.work()
    first, second = await talk.reports()
    assert (first.text, second.text) == (None, " Gatwekera and Soko")
    assert first.reporter_id != second.reporter_id


async def test_a_yes_within_the_day_means_it_whatever_was_said_between(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    await talk.send("FORGET")
    talk.wait(60)
    await talk.send("also the road in Gatwekera")
    talk.wait(60)
    await talk.send("YES")
    assert (await talk.town.reporter()).forgotten_at is not None


async def test_what_a_provider_calls_our_texts_is_forgotten_too(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    async with talk.town.database.writing() as session:
        await session.execute(update(Message).where(Message.direction == "out").values(external_id="for-amina-1"))
    await talk.send("FORGET")
    await talk.send("YES")
    async with talk.town.database.reading() as session:
        ids = set(await session.scalars(select(Message.external_id).where(Message.direction == "out")))
        theirs = set(await session.scalars(select(Message.external_id).where(Message.direction == "in")))
    assert ids == {None}
    assert None not in theirs, "a redelivery is known by its id"


@pytest.mark.parametrize(
    "meanwhile", ["STOP", "No water since Monday", "No water in Gatwekera", "kiswahili", "0", "my husband beats me"]
)
async def test_a_yes_within_the_day_means_forget_whatever_was_said_meanwhile(talk: Talk, meanwhile: str) -> None:
    await talk.send("The road in Soko is bad")
    talk.wait(60)
    await talk.send("FORGET")
    talk.wait(60)
    await talk.send(meanwhile)
    talk.wait(60)
    (yes,) = await talk.send("YES")
    assert (yes.purpose, yes.cause) == ("erasure", "yes to FORGET")


async def _forget(talk: Talk) -> None:
    await talk.send("The road in Soko is bad")
    await talk.send("FORGET")
    talk.wait(60)
    await talk.send("YES")


async def _drain(talk: Talk, minutes_ago: float) -> Message:
    """A text with a picture that another machine's spool held, stored now."""
    inbound = Inbound("amina", "No water in Gatwekera", "late", None, media=(Media("a.jpg", "image/jpeg"),))
    await talk.town.intake.store("village", CHANNEL, [inbound], talk.town.now - timedelta(minutes=minutes_ago))
    await talk.work()
    return await talk.message("late")


async def test_what_another_machine_held_back_is_erased_unread(talk: Talk) -> None:
    await _forget(talk)
    talk.ear.heard.clear()
    talk.wait(3600)
    late = await _drain(talk, minutes_ago=90)
    assert (late.state, late.purpose, late.cause) == ("done", "erasure", "erased unread")
    assert {late.body, late.extra, late.address, late.pseudonym, late.reporter_id} == {None}
    assert talk.ear.heard == []
    async with talk.town.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Reporter)) == 1
        assert await session.scalar(select(func.count()).select_from(Attachment)) == 0


async def test_what_was_written_after_forget_is_a_new_persons_also_where_it_comes_late(talk: Talk) -> None:
    await _forget(talk)
    talk.wait(3600)
    late = await _drain(talk, minutes_ago=30)
    assert (late.purpose, late.body is None) == ("account", False)
    first, second = await talk.reports()
    assert first.reporter_id != second.reporter_id


async def test_who_asked_is_forgotten_after_a_week_and_the_later_of_two_times_counts(talk: Talk) -> None:
    await _forget(talk)
    talk.wait(3600)
    await _forget(talk)
    async with talk.town.database.reading() as session:
        (kept,) = await session.scalars(select(Forgotten))
    assert kept.said_at == talk.town.now
    for days, left in ((6, 1), (8, 0)):
        async with talk.town.database.writing() as session:
            await forgotten.erase_old(session, kept.created_at + timedelta(days=days))
            assert await session.scalar(select(func.count()).select_from(Forgotten)) == left


async def test_a_text_that_could_not_be_read_goes_too(talk: Talk) -> None:
    await talk.send("The road in Soko is bad")
    await talk.send("something that breaks the analysis", take=False)
    async with talk.town.database.writing() as session:
        await session.execute(update(Message).where(Message.state == "received").values(state="dead", error="broken"))
    await talk.send("FORGET")
    talk.wait(60)
    await talk.send("YES")
    async with talk.town.database.reading() as session:
        dead = (await session.scalars(select(Message).where(Message.cause == "erased unread"))).one()
    assert (dead.state, dead.body, dead.address, dead.pseudonym, dead.error) == ("done", None, None, None, None)
