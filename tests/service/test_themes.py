"""Themes are found once a week among reports without a category, and each is decided once."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dashboards.digest import render
from service import themes
from service.db import Database
from service.jobs import Context
from service.jobs.find_themes import find_themes
from service.models import Report, Theme, User
from service.secrets import Secrets
from service.settings import Settings
from service.workflow import NotFound
from tests.service.folk import person, report
from tests.service.summaries.towns import town

TOWN = town()
LOCUSTS = [f"locusts ate the maize of house {number}, zumbo" for number in range(6)]


@pytest.fixture
def context(database: Database, secrets: Secrets, tmp_path: Path) -> Context:
    return Context(database, secrets, {TOWN.code: TOWN}, Settings(var=tmp_path), render)


async def _swarm(database: Database, now: datetime) -> list[Report]:
    async with database.writing() as session:
        for number in range(30):
            await report(session, await person(session, now), now, "n1", "water", text=f"no water near house {number}")
        return [
            await report(
                session, await person(session, now), now - timedelta(days=1), "n1", text=text, status="in_review"
            )
            for text in LOCUSTS
        ]


async def _proposals(database: Database) -> list[themes.Proposal]:
    async with database.reading() as session:
        return await themes.proposals(session, TOWN)


async def test_a_theme_is_proposed_once_a_week_with_examples(context: Context, now: datetime) -> None:
    swarm = await _swarm(context.database, now)
    await find_themes(context, now)
    await find_themes(context, now + timedelta(hours=1))
    (found,) = await _proposals(context.database)
    assert {"locusts", "maize"} <= set(found.theme.words)
    assert (found.theme.people, found.open, found.gone) == (6, 6, 0)
    assert {text for _, text, _ in found.examples} < set(LOCUSTS)
    assert sorted(found.theme.reports) == [made.id for made in swarm]
    # Next week's look replaces what nobody decided on.
    await find_themes(context, now + timedelta(weeks=1))
    (again,) = await _proposals(context.database)
    assert again.theme.week != found.theme.week


async def test_how_people_greet_is_no_theme(context: Context, now: datetime) -> None:
    async with context.database.writing() as session:
        for word in ("locusts", "ladders", "matches", "weddings", "radios", "donkeys"):
            text = f"Hujambo! {word}, tafadhali"
            await report(session, await person(session, now), now, "n1", text=text, status="in_review")
    await find_themes(context, now)
    assert await _proposals(context.database) == []


async def test_sensitive_erased_and_old_reports_are_no_ground(context: Context, now: datetime) -> None:
    swarm = await _swarm(context.database, now)
    changes = ({"sensitive": True}, {"text": None}, {"received_at": now - timedelta(days=40)}, {"status": "rejected"})
    async with context.database.writing() as session:
        for made, change in zip(swarm, changes, strict=False):
            await session.execute(update(Report).where(Report.id == made.id).values(**change))
    await find_themes(context, now)
    assert await _proposals(context.database) == []


async def test_words_that_are_erased_later_are_not_shown(context: Context, now: datetime) -> None:
    swarm = await _swarm(context.database, now)
    await find_themes(context, now)
    async with context.database.writing() as session:
        await session.execute(update(Report).where(Report.id == swarm[0].id).values(text=None))
        await session.execute(update(Report).where(Report.id == swarm[1].id).values(sensitive=True))
    (found,) = await _proposals(context.database)
    assert (found.open, found.gone) == (4, 2)


async def test_a_decision_ends_it(context: Context, now: datetime) -> None:
    await _swarm(context.database, now)
    await find_themes(context, now)
    (found,) = await _proposals(context.database)
    async with context.database.writing() as session:
        user = User(login="asha", password_hash="x", created_at=now)
        session.add(user)
        await session.flush()
        await themes.decide(session, TOWN.code, found.theme.id, "dismissed", user.id, now)
        with pytest.raises(NotFound):
            await themes.decide(session, "elsewhere", found.theme.id, "taken", user.id, now)
        with pytest.raises(NotFound):
            await themes.decide(session, TOWN.code, found.theme.id, "loved", user.id, now)
    assert await _proposals(context.database) == []
    await find_themes(context, now + timedelta(weeks=1))
    assert await _proposals(context.database) == []
    async with context.database.reading() as session:
        assert (await session.scalars(select(Theme.state))).all() == ["dismissed"]
