"""What decisions teach the model, and what they do not."""

from __future__ import annotations

from datetime import datetime

import pytest

from nlp.knowledge import Lesson
from service import moderation, protection
from service.db import Database
from service.lessons import lessons_of
from service.models import Report
from service.programme import Programme
from service.secrets import Secrets
from tests.service.making import TEXT, act, make_report, make_user
from tests.service.test_moderation import SPOT


async def test_what_people_decided_becomes_lessons_in_the_order_of_the_last_decision(
    database: Database, programme: Programme, now: datetime
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    texts = [f"{TEXT} {number}" for number in range(7)]
    reports = [await make_report(database, now, text=text) for text in texts]
    await make_report(database, now, text="never decided")
    hands = [act(programme, report, asha, now) for report in reports]
    async with database.writing() as session:
        hands[0] = await moderation.accept(session, hands[0])
        await moderation.reject(session, hands[1], "test")
        await moderation.reject(session, hands[2], "elsewhere")
        await moderation.accept(session, await moderation.correct_place(session, hands[3], SPOT))
        await moderation.correct_categories(session, hands[4], [])
        hands[0] = await moderation.reopen(session, hands[0])
        await moderation.correct_categories(session, hands[0], ["roads"])
        await moderation.set_urgent(session, hands[5], True)
        corrected = await moderation.correct_place(session, hands[6], SPOT)
        await moderation.reopen(session, await moderation.accept(session, corrected))
        forgotten = await session.get_one(Report, reports[4].id)
        forgotten.text = None
    async with database.reading() as session:
        lessons = await lessons_of(session, programme)
    assert lessons == [
        Lesson(texts[1], categories=()),
        Lesson(texts[3], ("water",), ("Mashimoni", -1.312, 36.79), place_known=True, urgent=False, ordinary=True),
        Lesson(texts[0], categories=("roads",)),
        Lesson(texts[5], urgent=True),
    ]


@pytest.mark.parametrize(
    ("codes", "urgent", "taught"), [(["roads"], True, True), (["fire"], True, None), (["fire"], False, False)]
)
async def test_an_accepted_report_is_ordinary_and_as_urgent_as_it_stands_unless_its_category_always_is(
    codes: list[str], taught: bool | None, database: Database, programme: Programme, now: datetime, *, urgent: bool
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(database, now, text=TEXT, urgent=urgent)
    async with database.writing() as session:
        hand = await moderation.correct_categories(session, act(programme, report, asha, now), codes)
        await moderation.accept(session, hand)
        (lesson,) = await lessons_of(session, programme)
    assert lesson == Lesson(TEXT, tuple(codes), urgent=taught, ordinary=True)


async def test_what_was_found_not_sensitive_teaches_that_and_nothing_is_learned_of_what_is(
    database: Database, programme: Programme, secrets: Secrets, now: datetime
) -> None:
    asha = await make_user(database, "asha", {"village": "focal_point"}, now)
    report = await make_report(database, now, text=TEXT)
    async with database.writing() as session:
        hand = act(programme, report, asha, now, role="focal_point")
        hand = await protection.protect(session, secrets, hand, ["violence"])
        assert await lessons_of(session, programme) == []
        hand = await protection.unprotect(session, secrets, hand, "they beat drums")
        assert await lessons_of(session, programme) == [Lesson(TEXT, ordinary=True)]
        await protection.protect(session, secrets, hand, ["violence"])
        assert await lessons_of(session, programme) == []
