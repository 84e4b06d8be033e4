"""What a moderator decides, the model knows soon; what is erased, it forgets."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from dashboards.digest import render
from nlp.pipeline import load
from nlp.store import Store
from service import moderation
from service.jobs import Context
from service.jobs.learn_decisions import learn_decisions
from service.jobs.train_models import train_models
from service.models import User
from service.moderation import Act
from service.settings import Settings
from tests.service.conftest import UNCLEAR, Town

ON_SQLITE = pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
"""For what models do with lessons; which there are is asked of both databases by the first test and the last."""


async def _decide(town: Town, text: str) -> None:
    town.analysis = UNCLEAR.__class__(redacted=text, version="test")
    await town.text(text, sender=text)
    report = await town.report()
    async with town.database.writing() as session:
        user = await session.scalar(select(User))
        if user is None:
            user = User(login="moderator", password_hash="x", epoch=0, created_at=town.now)
            session.add(user)
            await session.flush()
        act = Act(town.programme, report.reference, user.id, "moderator", report.revision, town.now)
        act = await moderation.correct_categories(session, act, ["roads"])
        await moderation.accept(session, act)


def _context(town: Town, var: Path) -> tuple[Context, Store]:
    context = Context(town.database, town.secrets, {"village": town.programme}, Settings(var=var), render)
    return context, Store(var / "models", "village")


async def test_a_decision_teaches_the_next_text(town: Town, tmp_path: Path, now: datetime) -> None:
    context, store = _context(town, tmp_path)
    await learn_decisions(context, now)
    assert not store.mark.exists()
    load(town.programme.knowledge, tmp_path / "models")
    for text in ("the zumbo is stuck again", "no zumbo today", "zumbo zumbo zumbo", "when comes the zumbo"):
        await _decide(town, text)
    await learn_decisions(context, now)
    pipeline = load(town.programme.knowledge, tmp_path / "models")
    assert store.card(pipeline.version).base is not None
    (analysis,) = pipeline.analyse(["where is the zumbo"])
    assert [finding.code for finding in analysis.categories] == ["roads"]
    mark = store.mark.stat().st_mtime_ns
    await learn_decisions(context, now)
    assert store.mark.stat().st_mtime_ns == mark


@ON_SQLITE
async def test_by_night_everything_is_trained_anew_once(town: Town, tmp_path: Path, now: datetime) -> None:
    context, store = _context(town, tmp_path)
    night = now.astimezone(town.programme.zone).replace(hour=2, minute=0)
    await _decide(town, "the zumbo is stuck again")
    await train_models(context, night.replace(hour=12))
    assert store.current() is None
    await train_models(context, night)
    trained = store.current() or ""
    assert store.card(trained).base is None and store.card(trained).lessons == 1
    await _decide(town, "no zumbo today")
    await train_models(context, night + timedelta(hours=1))
    assert store.current() == trained
    await train_models(context, night + timedelta(days=1))
    assert store.card(store.current() or "").lessons == 2


@ON_SQLITE
async def test_a_version_that_is_held_stays(town: Town, tmp_path: Path, now: datetime) -> None:
    context, store = _context(town, tmp_path)
    first = load(town.programme.knowledge, tmp_path / "models").version
    store.hold()
    await _decide(town, "the zumbo is stuck again")
    await learn_decisions(context, now)
    await train_models(context, now.astimezone(town.programme.zone).replace(hour=2))
    assert store.current() == first
    store.let_go()
    await learn_decisions(context, now)
    assert store.current() != first


async def test_a_version_that_is_held_forgets_what_was_erased_and_stays_held(
    town: Town, tmp_path: Path, now: datetime
) -> None:
    context, store = _context(town, tmp_path)
    for text in ("the zumbo is stuck again", "no tamtam today"):
        await _decide(town, text)
    await train_models(context, now.astimezone(town.programme.zone).replace(hour=2))
    held = store.current() or ""
    store.hold()
    await learn_decisions(context, now)
    assert store.current() == held
    await _decide(town, "where is the bumbo")
    for word in ("FORGET", "YES"):
        await town.text(word, sender="the zumbo is stuck again")
    await learn_decisions(context, now)
    card = store.card(store.current() or "")
    assert (card.instead_of, card.lessons, store.held()) == (held, 1, True)
    mark = store.mark.stat().st_mtime_ns
    await learn_decisions(context, now)
    assert store.mark.stat().st_mtime_ns == mark
