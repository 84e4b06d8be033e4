"""What a digest says, and what it must not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from service.db import Database
from service.digests.content import load_ground, write_content
from service.models import Answer, AnsweredReport, Digest
from service.programme.schema import Official
from service.summaries.periods import Weeks, last_week
from tests.service.folk import crowd, person, report
from tests.service.summaries.towns import town

NORTH, WATER, COUNTY = town().officials


async def write(database: Database, official: Official, now: datetime) -> dict[str, Any]:
    async with database.reading() as session:
        ground = await load_ground(session, town(), last_week(now, town().zone), now)
    return write_content(town(), official, ground)


def monday(now: datetime, weeks: int = 0) -> datetime:
    week: Weeks = last_week(now, town().zone).back(weeks)
    return week.bounds(town().zone)[0] + timedelta(hours=9)


async def test_an_empty_week_hides_everything_and_waits_for_nothing(database: Database, now: datetime) -> None:
    content = await write(database, NORTH, now)
    assert content["headline"] == {"exact": True, "cell": None, "change": None}
    assert content["waiting"]["reports"] == 0
    assert content["quotes"] == content["answers"] == content["forwards"] == []


async def test_people_and_reports_apart_with_the_change(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        for week in (1, 2, 3, 4):
            await crowd(session, 6, monday(now, week), "n1", "water")
            await crowd(session, 8, monday(now, week), "s1", "water")
        made = await crowd(session, 29, monday(now), "n1", "water")
        await crowd(session, 8, monday(now), "s1", "water")
        busy = made[0].reporter_id
        someone = await person(session, now)
        someone_else = await report(session, someone, monday(now), "n1", "water", texts=4)
        someone_else.reporter_id = busy
    content = await write(database, NORTH, now)
    assert content["headline"]["cell"] == {"reports": 30, "people": 29, "texts": 33}
    assert content["headline"]["change"]["word"] == "more"
    assert content["headline"]["change"]["mean"] == 6.0
    assert [line["category"]["code"] for line in content["subjects"] if line["cell"]] == ["water"]


async def test_a_hidden_week_among_the_four_gives_no_comparison(database: Database, now: datetime) -> None:
    """A mean of the four would give the hidden one back."""
    async with database.writing() as session:
        for week, people in ((0, 9), (1, 9), (2, 3), (3, 9), (4, 9)):
            await crowd(session, people, monday(now, week), "n1", "water")
            await crowd(session, 9, monday(now, week), "s1", "water")
    content = await write(database, NORTH, now)
    assert content["headline"]["cell"]["people"] == 9
    assert content["headline"]["change"] is None


async def test_only_the_remit_waits_oldest_first_without_words(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        old = await crowd(session, 1, now - timedelta(days=30), "n1", "roads", text="SECRET WORDS")
        new = await crowd(session, 1, now - timedelta(days=2), "north", "water", status="disputed", text="SECRET WORDS")
        await crowd(session, 1, now - timedelta(days=9), "s1", "water")
        await crowd(session, 1, now - timedelta(days=9), None, "water")
        await crowd(session, 1, now - timedelta(days=9), "n1", "water", sensitive=True)
        await crowd(session, 1, now - timedelta(days=9), "n1", "water", status="answered")
        await crowd(session, 1, now - timedelta(days=9), "n1", "water", status="in_review")
    content = await write(database, NORTH, now)
    assert [line["reference"] for line in content["waiting"]["oldest"]] == [old[0].reference, new[0].reference]
    assert [line["days"] for line in content["waiting"]["oldest"]] == [30, 2]
    assert (content["waiting"]["overdue"], content["waiting"]["returned"]) == (1, 1)
    assert content["forwards"] == [old[0].id]
    assert "SECRET" not in json.dumps(content)
    assert (await write(database, WATER, now))["waiting"]["reports"] == 3
    assert (await write(database, COUNTY, now))["waiting"]["reports"] == 4


async def test_quotes_need_a_yes_a_person_and_company(database: Database, now: datetime) -> None:
    at = monday(now)
    async with database.writing() as session:
        await crowd(session, 8, at, "n1", "water", accepted_by="machine")
        await crowd(session, 8, at, "s1", "water", accepted_by="machine")

        async def said(text: str, area: str, category: str, quotable: bool = True, **values: Any) -> None:
            somebody = await person(session, now, quotable=quotable)
            await report(session, somebody, at, area, category, text=text, **values)

        await said("MAY BE QUOTED", "n1", "water")
        await said("no consent", "n1", "water", quotable=False)
        await said("machine only", "n1", "water", accepted_by="machine")
        await said("not theirs", "s1", "water")
        await said("x" * 241, "n1", "water")
        forgotten = await person(session, now, quotable=True, forgotten_at=now)
        await report(session, forgotten, at, "n1", "water", text="forgotten")
        await said("ALONE IN ITS CELL", "n2", "fire")
    quotes = (await write(database, NORTH, now))["quotes"]
    shown = {quote["text"]: quote for quote in quotes}
    assert "MAY BE QUOTED" in shown
    assert set(shown) <= {"MAY BE QUOTED", "ALONE IN ITS CELL"}
    if alone := shown.get("ALONE IN ITS CELL"):
        assert alone["area"] is None or alone["area"]["code"] != "n2"
        assert alone["category"] is None


async def test_one_person_is_quoted_once_and_at_most_three_are(database: Database, now: datetime) -> None:
    at = monday(now)
    async with database.writing() as session:
        talker = await person(session, now, quotable=True)
        for number in range(3):
            await report(session, talker, at, "n1", "water", text=f"talker {number}")
        for number in range(9):
            await report(session, await person(session, now, quotable=True), at, "n1", "water", text=f"other {number}")
        await crowd(session, 9, at, "s1", "water")
    texts = [quote["text"] for quote in (await write(database, NORTH, now))["quotes"]]
    assert len(texts) == 3
    assert sum(text.startswith("talker") for text in texts) <= 1


async def test_promises_say_whether_enough_people_agreed(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        digest = Digest(
            programme="village", official=NORTH.email, period="2026-W40", language="en", input_hash="", content={},
            html="", plain="", state="sent", created_at=now,
        )  # fmt: skip
        session.add(digest)
        await session.flush()
        for text, agreeing, refusing in (("many", 15, 5), ("few", 2, 1)):
            answer = Answer(
                programme="village", official=NORTH.email, office="office", digest_id=digest.id, category="water",
                area="n1", text=text, state="released", created_at=now - timedelta(days=7),
            )  # fmt: skip
            session.add(answer)
            await session.flush()
            for agreed, number in ((True, agreeing), (False, refusing)):
                for made in await crowd(session, number, now - timedelta(days=20), "n1", "water", status="resolved"):
                    made.agreed = agreed
                    session.add(AnsweredReport(answer_id=answer.id, report_id=made.id))
    few, many = (await write(database, NORTH, now))["answers"]
    assert (few["text"], few["reports"], few["agreed"]) == ("few", 3, None)
    assert (many["reports"], many["agreed"]) == (20, {"kind": "about", "percent": 75})
    assert (await write(database, WATER, now))["answers"] == []


async def test_a_remit_of_several_cells_adds_up_what_is_shown(database: Database, now: datetime) -> None:
    both = NORTH.model_copy(update={"areas": ("north", "south"), "categories": ("water", "fire")})
    at = monday(now)
    async with database.writing() as session:
        for area in ("n1", "n2", "s1", "s2"):
            for category in ("water", "fire", "roads"):
                await crowd(session, 6, at, area, category)
    content = await write(database, both, now)
    assert content["headline"] == {"exact": False, "cell": {"reports": 48, "texts": 48, "people": None}, "change": None}
    assert len(content["subjects"]) == 4


async def test_content_is_plain_data(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        await crowd(session, 9, monday(now), "n1", "water")
    content = await write(database, COUNTY, now)
    assert json.loads(json.dumps(content)) == content
