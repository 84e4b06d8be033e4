"""What a moderator decides, the model knows soon; what is erased, it forgets."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TypeVar

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
from service.programme import Programme
from service.settings import Settings
from tests.conftest import lend_hearing
from tests.service.conftest import UNCLEAR, Town

ON_SQLITE = pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
"""For what models do with lessons; which there are is asked of both databases by the first test and the last."""

Result = TypeVar("Result")


async def _here(function: Callable[..., Result], *arguments: object) -> Result:
    """Stands where a process of its own is started, which takes two seconds. What goes there and comes back goes through the
    same narrow gate."""
    called, given = pickle.loads(pickle.dumps((function, arguments)))
    returned: Result = pickle.loads(pickle.dumps(called(*given)))
    return returned


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Teach in this process. The first test and the last, on SQLite, teach each task in one of its own."""
    for job in ("learn_decisions", "train_models"):
        monkeypatch.setattr(import_module(f"service.jobs.{job}"), "run_apart", _here)


@pytest.fixture
def apart_on_sqlite(request: pytest.FixtureRequest, town: Town) -> None:
    """Teach in a process of its own where the database is SQLite's: what is taught is the same on PostgreSQL."""
    if town.database.is_postgresql:
        request.getfixturevalue("here")


@pytest.fixture
def untaught(programme: Programme, models: Path, tmp_path: Path) -> Path:
    """The folder of a house without a model, which hears danger as one does before anybody decided."""
    lend_hearing(programme.knowledge, models, tmp_path / "models")
    return tmp_path


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


@pytest.mark.usefixtures("apart_on_sqlite")
async def test_a_decision_teaches_the_next_text(town: Town, untaught: Path, now: datetime) -> None:
    context, store = _context(town, untaught)
    await learn_decisions(context, now)
    assert not store.mark.exists()
    load(town.programme.knowledge, untaught / "models")
    for text in ("the zumbo is stuck again", "no zumbo today", "zumbo zumbo zumbo", "when comes the zumbo"):
        await _decide(town, text)
    await learn_decisions(context, now)
    pipeline = load(town.programme.knowledge, untaught / "models")
    assert store.card(pipeline.version).base is not None
    (analysis,) = pipeline.analyse(["where is the zumbo"])
    assert [finding.code for finding in analysis.categories] == ["roads"]
    mark = store.mark.stat().st_mtime_ns
    await learn_decisions(context, now)
    assert store.mark.stat().st_mtime_ns == mark


@ON_SQLITE
@pytest.mark.usefixtures("here")
async def test_by_night_everything_is_trained_anew_once(town: Town, untaught: Path, now: datetime) -> None:
    context, store = _context(town, untaught)
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
@pytest.mark.usefixtures("here")
async def test_a_version_that_is_held_stays(town: Town, untaught: Path, now: datetime) -> None:
    context, store = _context(town, untaught)
    first = load(town.programme.knowledge, untaught / "models").version
    store.hold()
    await _decide(town, "the zumbo is stuck again")
    await learn_decisions(context, now)
    await train_models(context, now.astimezone(town.programme.zone).replace(hour=2))
    assert store.current() == first
    store.let_go()
    await learn_decisions(context, now)
    assert store.current() != first


@pytest.mark.usefixtures("apart_on_sqlite")
async def test_a_version_that_is_held_forgets_what_was_erased_and_stays_held(
    town: Town, untaught: Path, now: datetime
) -> None:
    context, store = _context(town, untaught)
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
