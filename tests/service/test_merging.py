"""Two reports about the same: proposed, merged by a person, counted once for each person, answered together, undone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from service import alike, answers, merging, moderation, releasing
from service.db import Database
from service.models import Decision, Message, Report
from service.moderation import Act
from service.secrets import Secrets
from service.summaries.cells import ALL, Cell, count
from service.summaries.periods import last_week
from service.workflow import NotAllowed, NotFound
from tests.service.folk import person, report
from tests.service.making import make_user
from tests.service.summaries.towns import town
from tests.service.test_answers import NORTH, digest_of

TOWN = town()
WORDS = "The main pipe burst at the mill, water floods the road"


@pytest.fixture
async def user(database: Database, now: datetime) -> int:
    return await make_user(database, "asha", {}, now)


def _act(reference: str, user: int, now: datetime, revision: int = 0, role: str = "moderator") -> Act:
    return Act(TOWN, reference, user, role, revision, now)


async def _merge(database: Database, one: Report, into: Report, user: int, now: datetime) -> None:
    async with database.writing() as session:
        await merging.merge(session, _act(one.reference, user, now, one.revision), into.reference)


async def _fresh(database: Database, made: Report) -> Report:
    async with database.reading() as session:
        found = await session.get(Report, made.id)
    assert found is not None
    return found


async def test_candidates_are_open_recent_and_never_sensitive(database: Database, now: datetime) -> None:
    async with database.writing() as session:
        asha, bela = await person(session, now), await person(session, now)
        main = await report(session, asha, now, "n1", "water", text=WORDS)
        before, other = now - timedelta(hours=3), "pipe burst at the mil, water in the road"
        twin = await report(session, bela, before, "n1", "water", text=other)
        await report(session, asha, now, "n1", "water", text=WORDS, status="rejected")
        await report(session, bela, now, "n1", "water", text=WORDS, sensitive=True)
        await report(session, bela, now - timedelta(days=40), "n1", "water", text=WORDS)
        await report(session, bela, now, "n1", "water", text=WORDS, programme="elsewhere")
        await report(session, bela, now, "s1", "roads", text="no teacher at the school")
        vault = await report(session, asha, now, "n1", text=None, sensitive=True)
    found = await alike.find(database, TOWN, main.reference, "moderator")
    assert [one.reference for one in found] == [twin.reference]
    assert (found[0].same_person, found[0].merged) == (False, 0)
    assert "the same area" in found[0].why
    with pytest.raises(NotFound):
        await alike.find(database, TOWN, vault.reference, "moderator")
    assert await alike.find(database, TOWN, vault.reference, "focal_point") == []


async def test_a_merged_report_follows_and_comes_back(database: Database, now: datetime, user: int) -> None:
    async with database.writing() as session:
        main, one, two = [await report(session, await person(session, now), now, "n1", "water") for _ in range(3)]
    await _merge(database, one, two, user, now)
    await _merge(database, two, main, user, now)  # what follows the second now follows the first
    async with database.reading() as session:
        assert await alike.merged_into(session, main) == [one.reference, two.reference]
        decision = await session.scalar(select(Decision).where(Decision.report_id == two.id))
    assert decision is not None
    assert (decision.act, decision.after) == ("merge", {"status": "merged", "into": main.reference})
    async with database.writing() as session:
        await moderation.reopen(session, _act(one.reference, user, now, revision=1))
    async with database.reading() as session:
        assert await alike.merged_into(session, main) == [two.reference]
    assert (await _fresh(database, one)).status == "in_review"


async def test_what_cannot_be_merged_is_said(database: Database, now: datetime, user: int) -> None:
    async with database.writing() as session:
        main, one = [await report(session, await person(session, now), now, "n1", "water") for _ in range(2)]
        gone = await report(session, await person(session, now), now, "n1", status="rejected")
        hidden = await report(session, await person(session, now), now, "n1", sensitive=True)
    for target, why in (
        (one.reference, "into itself"),
        (gone.reference, "is rejected, so nothing can follow it"),
        (hidden.reference, "no such report"),
        ("nothing", "no such report"),
    ):
        with pytest.raises(NotAllowed, match=why):
            async with database.writing() as session:
                await merging.merge(session, _act(one.reference, user, now), target)
    with pytest.raises(NotAllowed, match="cannot become merged"):
        async with database.writing() as session:
            await merging.merge(session, _act(gone.reference, user, now), main.reference)
    with pytest.raises(NotFound):
        async with database.writing() as session:
            await merging.merge(session, _act(hidden.reference, user, now), main.reference)
    await _merge(database, one, main, user, now)
    with pytest.raises(NotAllowed, match="Somebody saved this report"):
        await _merge(database, one, main, user, now)


async def test_every_voice_counts_once(database: Database, now: datetime, user: int) -> None:
    bounds = last_week(now, TOWN.zone).bounds(TOWN.zone)
    at = bounds[0] + timedelta(hours=1)
    async with database.writing() as session:
        asha, bela = await person(session, now), await person(session, now)
        main = await report(session, asha, at, "n1", "water", "roads")
        again = await report(session, asha, at, "n2", "water", texts=2)
        other = await report(session, bela, at, None)
    for one in (again, other):
        await _merge(database, one, main, user, now)
    async with database.reading() as session:
        (table,) = await count(session, TOWN, bounds)
    assert table.cell((ALL, ALL)) == Cell(reports=2, people=2, texts=4)
    assert table.cell(("n1", "roads")) == Cell(reports=2, people=2, texts=4)
    assert table.cell(("n2", ALL)) == Cell()


async def test_one_answer_goes_to_everybody_once(
    database: Database, secrets: Secrets, now: datetime, user: int
) -> None:
    digest = await digest_of(database, NORTH.email, now)
    async with database.writing() as session:
        asha, bela = await person(session, now), await person(session, now)
        main = await report(session, asha, now, "n1", "water", status="forwarded")
        mine = await report(session, asha, now, "n1", "water")
        theirs = await report(session, bela, now, "n1", "water")
    for one in (mine, theirs):
        await _merge(database, one, main, user, now)
    async with database.writing() as session:
        answer = await answers.answer_report(session, secrets, TOWN, digest, main.reference, "It is mended.", now)
    async with database.writing() as session:
        await releasing.release(session, secrets, TOWN, answer.id, user, now)
    async with database.reading() as session:
        sent = list(await session.scalars(select(Message).where(Message.direction == "out").order_by(Message.id)))
        words = {message.reporter_id: secrets.unseal(message.body or b"") for message in sent}
        await session.refresh(bela := await session.merge(bela))
    assert set(words) == {asha.id, bela.id}
    assert len(sent) == 2
    assert main.reference in words[asha.id]
    assert theirs.reference in words[bela.id]
    # Their yes or no is about the report that was answered.
    assert (bela.question, bela.question_report_id) == ("solved", main.id)
