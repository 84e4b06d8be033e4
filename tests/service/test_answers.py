"""An answer is given once, held, released, and each person is told and asked once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from service import answers, releasing
from service.db import Database, open_database
from service.models import Answer, Audit, Digest, Message, Report, Reporter
from service.programme import Programme
from service.secrets import Secrets
from service.workflow import NotAllowed, NotFound
from tests.service.folk import crowd, person, report
from tests.service.making import make_user
from tests.service.summaries.towns import town

TOWN = town()
NORTH, WATER, COUNTY = TOWN.officials
FREE = TOWN.model_copy(update={"rules": TOWN.rules.model_copy(update={"release_answers": False})})
WORDS = "A bowser comes on Monday; the pipe is mended by Friday."


async def digest_of(database: Database, email: str, now: datetime, period: str = "2026-W46") -> Digest:
    async with database.writing() as session:
        made = Digest(
            programme="village", official=email, period=period, language="en", input_hash="", content={},
            html="", plain="", state="sent", created_at=now,
        )  # fmt: skip
        session.add(made)
    return made


@dataclass
class Office:
    """An official with a digest, and short ways to answer from it."""

    database: Database
    secrets: Secrets
    digest: Digest
    now: datetime
    programme: Programme = TOWN

    async def one(self, reference: str, text: str = WORDS) -> Answer:
        async with self.database.writing() as session:
            return await answers.answer_report(
                session, self.secrets, self.programme, self.digest, reference, text, self.now
            )

    async def all(self, category: str, area: str, text: str = WORDS) -> Answer:
        async with self.database.writing() as session:
            return await answers.answer_all(
                session, self.secrets, self.programme, self.digest, category, area, text, self.now
            )

    async def release(self, answer: Answer, user: int) -> Answer:
        async with self.database.writing() as session:
            return await releasing.release(session, self.secrets, self.programme, answer.id, user, self.now)


@pytest.fixture
async def north(database: Database, secrets: Secrets, now: datetime) -> Office:
    return Office(database, secrets, await digest_of(database, NORTH.email, now), now)


@pytest.fixture
async def user(database: Database, now: datetime) -> int:
    return await make_user(database, "asha", {}, now)


async def fresh(database: Database, made: Report) -> Report:
    async with database.reading() as session:
        found = await session.get(Report, made.id)
    assert found is not None
    return found


async def texts(database: Database) -> list[Message]:
    async with database.reading() as session:
        return list(await session.scalars(select(Message).where(Message.direction == "out").order_by(Message.id)))


async def test_held_then_released_then_told(north: Office, user: int, now: datetime) -> None:
    async with north.database.writing() as session:
        asha = await person(session, now)
        made = await report(session, asha, now - timedelta(days=3), "n1", "water", status="forwarded")
    answer = await north.one(made.reference)
    assert answer.state == "held"
    assert (await fresh(north.database, made)).status == "forwarded"
    assert await texts(north.database) == []
    async with north.database.reading() as session:
        (waiting,) = await releasing.held(session, TOWN)
    assert (waiting.answer.id, waiting.references) == (answer.id, (made.reference,))
    await north.release(answer, user)
    after = await fresh(north.database, made)
    assert (after.status, after.answered_at, after.revision) == ("answered", now, 1)
    (text,) = await texts(north.database)
    assert (text.purpose, text.report_id, text.dedupe) == ("answered", made.id, f"answered:{answer.id}:{made.id}")
    words = north.secrets.unseal(text.body or b"")
    assert WORDS in words
    assert made.reference in words
    assert NORTH.office in words
    async with north.database.reading() as session:
        told = await session.get(Reporter, asha.id)
    assert told is not None
    assert (told.question, told.question_report_id, told.asked_at) == ("solved", made.id, now)


async def test_all_of_a_category_in_an_area_and_below(north: Office, user: int, now: datetime) -> None:
    async with north.database.writing() as session:
        inside = [
            *await crowd(session, 2, now, "n1", "water"),
            *await crowd(session, 2, now, "north", "water", "roads"),
        ]
        outside = [
            *await crowd(session, 1, now, "s1", "water"),
            *await crowd(session, 1, now, None, "water"),
            *await crowd(session, 1, now, "n1", "roads"),
            *await crowd(session, 1, now, "n1", "water", sensitive=True),
            *await crowd(session, 1, now, "n1", "water", status="in_review"),
            *await crowd(session, 1, now, "n1", "water", programme="elsewhere"),
        ]
    await north.release(await north.all("water", "north"), user)
    assert {(await fresh(north.database, made)).status for made in inside} == {"answered"}
    assert "answered" not in {(await fresh(north.database, made)).status for made in outside}
    assert len(await texts(north.database)) == 4


async def test_one_person_with_three_reports_gets_one_text(north: Office, user: int, now: datetime) -> None:
    async with north.database.writing() as session:
        asha = await person(session, now)
        made = [await report(session, asha, now - timedelta(days=age), "n1", "water") for age in (5, 1, 3)]
    await north.release(await north.all("water", "*"), user)
    (text,) = await texts(north.database)
    assert text.report_id == made[1].id
    assert {(await fresh(north.database, each)).status for each in made} == {"answered"}


async def test_who_stopped_or_was_forgotten_is_not_texted(north: Office, user: int, now: datetime) -> None:
    async with north.database.writing() as session:
        for values in ({"stopped_at": now}, {"forgotten_at": now}, {"address": None}):
            await report(session, await person(session, now, **values), now, "n1", "water")
    await north.release(await north.all("water", "n1"), user)
    assert await texts(north.database) == []


async def test_where_answers_go_out_by_themselves_a_long_one_waits_for_who_sees_its_cost(
    north: Office, user: int, now: datetime
) -> None:
    north.programme = FREE
    async with north.database.writing() as session:
        made = await report(session, await person(session, now), now, "n1", "water", status="forwarded")
    words = "The pipe to the ridge was cut by the road works. " * 5
    answer = await north.one(made.reference, words)
    assert (answer.state, await texts(north.database)) == ("held", [])
    await north.release(answer, user)
    (text,) = await texts(north.database)
    assert words.strip() in north.secrets.unseal(text.body or b""), "as it was written"


async def test_without_release_it_goes_out_at_once(north: Office, now: datetime) -> None:
    north.programme = FREE
    async with north.database.writing() as session:
        (made,) = await crowd(session, 1, now, "n1", "water")
    answer = await north.one(made.reference)
    assert (answer.state, answer.released_at, answer.released_by) == ("released", now, None)
    assert len(await texts(north.database)) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"area": "s1"},
        {"area": None},
        {"sensitive": True},
        {"status": "referred", "sensitive": True},
        {"status": "in_review"},
        {"programme": "elsewhere"},
    ],
)
async def test_what_is_not_theirs_is_not_there(north: Office, now: datetime, values: dict[str, object]) -> None:
    async with north.database.writing() as session:
        (made,) = await crowd(session, 1, now, "n1", "water")
        for name, value in values.items():
            setattr(made, name, value)
    with pytest.raises(NotFound):
        await north.one(made.reference)


async def test_the_same_link_answers_a_report_once(north: Office, user: int, now: datetime) -> None:
    async with north.database.writing() as session:
        (made,) = await crowd(session, 1, now, "n1", "water")
    first = await north.one(made.reference)
    for _ in range(2):
        with pytest.raises(answers.AlreadyAnswered) as before:
            await north.one(made.reference, "Something else now.")
        assert before.value.texts == (WORDS,)
    with pytest.raises(answers.AlreadyAnswered):
        await north.all("water", "n1")
    await north.release(first, user)
    with pytest.raises(answers.AlreadyAnswered):
        await north.one(made.reference)


async def test_after_no_a_new_digest_answers_again(north: Office, user: int, now: datetime) -> None:
    async with north.database.writing() as session:
        (made,) = await crowd(session, 1, now, "n1", "water")
    await north.release(await north.one(made.reference), user)
    async with north.database.writing() as session:
        again = await session.get(Report, made.id)
        assert again is not None
        again.status, again.agreed, again.agreed_at, again.told_at = "disputed", False, now, now
    with pytest.raises(answers.AlreadyAnswered):
        await north.one(made.reference)
    north.digest = await digest_of(north.database, NORTH.email, now, "2026-W47")
    await north.release(await north.one(made.reference, "We came back and mended it."), user)
    after = await fresh(north.database, made)
    assert (after.status, after.agreed, after.told_at) == ("answered", None, None)
    assert len(await texts(north.database)) == 2


async def test_an_answer_to_all_leaves_out_what_has_one(north: Office, user: int, now: datetime) -> None:
    async with north.database.writing() as session:
        first, *rest = await crowd(session, 3, now, "n1", "water")
    await north.one(first.reference, "Yours is special.")
    await north.all("water", "n1")
    async with north.database.reading() as session:
        one, others = await releasing.held(session, TOWN)
    assert one.references == (first.reference,)
    assert set(others.references) == {each.reference for each in rest}


async def test_withdrawn_answers_tell_nobody_and_may_be_given_anew(north: Office, user: int, now: datetime) -> None:
    async with north.database.writing() as session:
        (made,) = await crowd(session, 1, now, "n1", "water")
    answer = await north.one(made.reference)
    async with north.database.writing() as session:
        await releasing.withdraw(session, TOWN, answer.id, user, now)
    with pytest.raises(NotAllowed):
        await north.release(answer, user)
    assert await texts(north.database) == []
    assert (await north.one(made.reference, "A better answer.")).state == "held"


async def test_release_happens_once(north: Office, user: int, now: datetime, database_url: str) -> None:
    async with north.database.writing() as session:
        (made,) = await crowd(session, 1, now, "n1", "water")
    answer = await north.one(made.reference)
    other = open_database(database_url)
    twin = Office(other, north.secrets, north.digest, now)
    try:
        outcomes = await asyncio.gather(north.release(answer, user), twin.release(answer, user), return_exceptions=True)
    finally:
        await other.close()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Answer", "NotAllowed"]
    assert len(await texts(north.database)) == 1


async def test_two_clicks_at_once_store_one_answer(north: Office, now: datetime, database_url: str) -> None:
    async with north.database.writing() as session:
        (made,) = await crowd(session, 1, now, "n1", "water")
    other = open_database(database_url)
    twin = Office(other, north.secrets, north.digest, now)
    try:
        outcomes = await asyncio.gather(north.one(made.reference), twin.one(made.reference), return_exceptions=True)
    finally:
        await other.close()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyAnswered", "Answer"]


async def test_another_programme_cannot_release(north: Office, user: int, now: datetime) -> None:
    async with north.database.writing() as session:
        (made,) = await crowd(session, 1, now, "n1", "water")
    answer = await north.one(made.reference)
    elsewhere = TOWN.model_copy(update={"rules": TOWN.rules.model_copy(update={"code": "elsewhere"})})
    async with north.database.writing() as session:
        with pytest.raises(NotFound):
            await releasing.release(session, north.secrets, elsewhere, answer.id, user, now)


async def test_the_audit_says_what_was_done_and_names_nobody(north: Office, user: int, now: datetime) -> None:
    async with north.database.writing() as session:
        (made,) = await crowd(session, 1, now, "n1", "water")
    await north.release(await north.one(made.reference), user)
    async with north.database.reading() as session:
        lines = list(await session.scalars(select(Audit).order_by(Audit.id)))
    assert [line.act for line in lines] == ["answer", "release"]
    assert lines[1].actor == f"user:{user}"
    assert all("@" not in line.actor and WORDS not in str(line.detail) for line in lines)


@pytest.mark.parametrize("text", ["", "  ", "no", "x" * 301, "\u202e \x00 a"])
def test_an_answer_has_a_length(text: str) -> None:
    with pytest.raises(NotAllowed, match="3 to 300"):
        answers.clean(text)


def test_an_answer_is_one_line_without_control_characters() -> None:
    assert answers.clean(" We come\r\non\tMonday.\x00 \u202eOK ") == "We come on Monday. OK"
    assert answers.clean("हम सोमवार को आएँगे।") == "हम सोमवार को आएँगे।"
