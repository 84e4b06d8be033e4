"""What moderators do with reports, two of them at once, and what the service learns from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from service import moderation
from service.db import Database
from service.models import Audit, Decision, Report, ReportCategory
from service.moderation import Act
from service.programme import Programme
from service.spots import Spot
from service.workflow import NotAllowed, NotFound
from tests.service.making import act, make_report, make_user

SPOT = Spot("Mashimoni", -1.312, 36.79, "upper", 0.25)


async def stored(database: Database, report: Report) -> tuple[Report, list[str], list[Decision]]:
    async with database.reading() as session:
        fresh = await session.get_one(Report, report.id)
        codes = await moderation.codes(session, report.id)
        decisions = await session.scalars(select(Decision).where(Decision.report_id == report.id).order_by(Decision.id))
        return fresh, codes, list(decisions)


async def test_accepting_moves_on_and_says_who_and_what(
    database: Database, programme: Programme, now: datetime
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(database, now, claimed_by=asha, claimed_until=now + timedelta(minutes=5))
    async with database.writing() as session:
        after = await moderation.accept(session, act(programme, report, asha, now))
    fresh, _, decisions = await stored(database, report)
    assert (fresh.status, fresh.accepted_by, fresh.reviewed_at) == ("accepted", "person", now)
    assert (fresh.revision, after.revision, fresh.claimed_by) == (1, 1, None)
    assert [(d.user_id, d.act, d.before, d.revision) for d in decisions] == [
        (asha, "accept", {"status": "in_review"}, 1)
    ]
    assert decisions[0].after == {"status": "accepted", "categories": ["water"], "place": None, "urgent": False}
    async with database.reading() as session:
        lines = (await session.scalars(select(Audit).where(Audit.object == f"report:{report.id}"))).all()
    assert [(line.actor, line.act, line.detail) for line in lines] == [(f"user:{asha}", "accept", {"revision": 1})]


async def test_corrections_and_acceptance_in_one_save(database: Database, programme: Programme, now: datetime) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(database, now)
    async with database.writing() as session:
        hand = await moderation.correct_categories(session, act(programme, report, asha, now), ["roads", "clinic"])
        hand = await moderation.correct_place(session, hand, SPOT)
        hand = await moderation.set_urgent(session, hand, True)
        await moderation.accept(session, hand)
    fresh, codes, decisions = await stored(database, report)
    assert codes == ["clinic", "roads"]
    assert (fresh.place_name, fresh.area, fresh.place_by, fresh.place_score) == ("Mashimoni", "upper", "moderator", 1.0)
    assert (fresh.urgent, fresh.status, fresh.revision) == (True, "accepted", 4)
    assert [d.act for d in decisions] == ["correct_categories", "correct_place", "set_urgent", "accept"]
    assert decisions[0].before == {"categories": ["water"]}
    assert decisions[3].after["place"] == decisions[1].after["place"]


async def test_a_category_that_stays_keeps_its_score_and_reason(
    database: Database, programme: Programme, now: datetime
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(database, now)
    async with database.writing() as session:
        await moderation.correct_categories(session, act(programme, report, asha, now), ["water", "roads"])
    async with database.reading() as session:
        query = select(ReportCategory).where(ReportCategory.report_id == report.id)
        rows = {row.code: (row.by, row.score) for row in await session.scalars(query)}
    assert rows == {"water": ("machine", 0.71), "roads": ("moderator", 1.0)}


async def test_saying_what_is_so_already_writes_nothing(
    database: Database, programme: Programme, now: datetime
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(database, now, place_name="Kosovo", lat=-1.26, lon=36.856, area="lower")
    same = Spot("Kosovo", -1.26, 36.856, "lower")
    async with database.writing() as session:
        hand = act(programme, report, asha, now)
        assert await moderation.correct_categories(session, hand, ["water"]) == hand
        assert await moderation.correct_place(session, hand, same) == hand
        assert await moderation.set_urgent(session, hand, False) == hand
    _, _, decisions = await stored(database, report)
    assert decisions == []


Deed = Callable[[Any, Act], Awaitable[object]]
DEEDS: dict[str, Deed] = {
    "accept": moderation.accept,
    "correct_categories": lambda session, hand: moderation.correct_categories(session, hand, ["roads"]),
    "correct_place": lambda session, hand: moderation.correct_place(session, hand, SPOT),
    "set_urgent": lambda session, hand: moderation.set_urgent(session, hand, True),
    "reject": lambda session, hand: moderation.reject(session, hand, "test"),
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_the_second_of_two_is_told_and_overwrites_nothing(
    database: Database, programme: Programme, now: datetime, deed: Deed
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    beth = await make_user(database, "beth", {"village": "moderator"}, now)
    report = await make_report(database, now)
    async with database.writing() as session:
        await moderation.correct_categories(session, act(programme, report, asha, now), ["clinic"])
    first = await stored(database, report)
    with pytest.raises(NotAllowed, match="Somebody saved this report while you were reading: asha"):
        async with database.writing() as session:
            await deed(session, act(programme, report, beth, now))
    second = await stored(database, report)
    assert second[1] == ["clinic"]
    assert (second[0].status, second[0].revision, len(second[2])) == ("in_review", 1, len(first[2]))


async def test_of_two_at_the_same_instant_one_wins(database: Database, programme: Programme, now: datetime) -> None:
    people = [await make_user(database, name, {"village": "moderator"}, now) for name in ("asha", "beth", "chep")]
    report = await make_report(database, now)
    everybody_read = asyncio.Barrier(len(people))

    async def decide(person: int, code: str) -> bool:
        hand = act(programme, report, person, now)
        async with database.reading() as session:
            await moderation.take(session, hand)
        await everybody_read.wait()
        try:
            async with database.writing() as session:
                await moderation.accept(session, await moderation.correct_categories(session, hand, [code]))
        except NotAllowed:
            return False
        return True

    won = await asyncio.gather(*map(decide, people, ("roads", "clinic", "water")))
    _, codes, decisions = await stored(database, report)
    assert won.count(True) == 1
    assert codes == [("roads", "clinic", "water")[won.index(True)]]
    assert {decision.user_id for decision in decisions} == {people[won.index(True)]}


async def test_a_claim_is_soft_and_runs_out(database: Database, programme: Programme, now: datetime) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    beth = await make_user(database, "beth", {"village": "moderator"}, now)
    report = await make_report(database, now)

    async def claimant(user_id: int, at: datetime) -> int | None:
        async with database.writing() as session:
            await moderation.claim(session, report.id, user_id, at)
        return (await stored(database, report))[0].claimed_by

    assert await claimant(asha, now) == asha
    assert await claimant(beth, now + timedelta(minutes=9)) == asha
    assert await claimant(asha, now + timedelta(minutes=9)) == asha
    assert await claimant(beth, now + timedelta(minutes=12)) == asha
    assert await claimant(beth, now + timedelta(minutes=20)) == beth
    async with database.writing() as session:
        await moderation.accept(session, act(programme, report, asha, now))


async def test_rejecting_needs_a_reason_and_reopening_undoes_it(
    database: Database, programme: Programme, now: datetime
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(database, now)
    with pytest.raises(NotAllowed, match="why"):
        async with database.writing() as session:
            await moderation.reject(session, act(programme, report, asha, now), "because")
    async with database.writing() as session:
        hand = await moderation.reject(session, act(programme, report, asha, now), "test", "  only a try  ")
    fresh, _, decisions = await stored(database, report)
    assert (fresh.status, decisions[0].reason) == ("rejected", "only a try")
    async with database.writing() as session:
        await moderation.reopen(session, hand)
    fresh, _, decisions = await stored(database, report)
    assert (fresh.status, fresh.accepted_by, decisions[-1].act) == ("in_review", None, "reopen")
    with pytest.raises(NotAllowed, match="in review already"):
        async with database.writing() as session:
            await moderation.reopen(session, act(programme, report, asha, now, revision=2))


async def test_a_disputed_report_goes_back_to_the_officials(
    database: Database, programme: Programme, now: datetime
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(database, now, status="disputed")
    async with database.writing() as session:
        await moderation.accept(session, act(programme, report, asha, now))
    assert (await stored(database, report))[0].status == "forwarded"


@pytest.mark.parametrize("status", ["accepted", "answered", "referred", "rejected"])
async def test_what_is_no_longer_waiting_is_not_accepted(
    database: Database, programme: Programme, now: datetime, status: str
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(database, now, status=status)
    with pytest.raises(NotAllowed):
        async with database.writing() as session:
            await moderation.accept(session, act(programme, report, asha, now))


async def test_nothing_outside_the_programme_is_stored(database: Database, programme: Programme, now: datetime) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(database, now)
    elsewhere = await make_report(database, now, programme="town")
    hand = act(programme, report, asha, now)
    async with database.writing() as session:
        with pytest.raises(NotFound):
            await moderation.correct_categories(session, hand, ["no_such_category"])
        with pytest.raises(NotFound):
            await moderation.correct_place(session, hand, Spot("Far", 0.0, 0.0, "no_such_area"))
        with pytest.raises(NotFound):
            await moderation.accept(session, act(programme, elsewhere, asha, now))
        sensitive = next(c.code for c in programme.categories if c.sensitive is not None)
        with pytest.raises(NotAllowed, match="protect"):
            await moderation.correct_categories(session, hand, [sensitive])
        assert await session.scalar(select(func.count()).select_from(Decision)) == 0
