"""What a moderator decides, the model knows soon; what is erased, it forgets."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from dashboards.digest import render
from nlp.pipeline import load
from service import moderation
from service.jobs import Context
from service.jobs.learn_decisions import MARK, learn_decisions
from service.models import User
from service.moderation import Act
from service.settings import Settings
from tests.service.conftest import UNCLEAR, Town


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


async def test_a_decision_teaches_the_next_text(town: Town, tmp_path: Path, now: datetime) -> None:
    settings = Settings(var=tmp_path)
    context = Context(town.database, town.secrets, {"village": town.programme}, settings, render)
    models = settings.var / "models"
    await learn_decisions(context, now)
    assert not (models / "village" / MARK).exists()
    for text in ("the zumbo is stuck again", "no zumbo today", "zumbo zumbo zumbo", "when comes the zumbo"):
        await _decide(town, text)
    await learn_decisions(context, now)
    pipeline = load(town.programme.knowledge, models)
    (analysis,) = pipeline.analyse(["where is the zumbo"])
    assert [finding.code for finding in analysis.categories] == ["roads"]
    mark = (models / "village" / MARK).stat().st_mtime_ns
    await learn_decisions(context, now)
    assert (models / "village" / MARK).stat().st_mtime_ns == mark
