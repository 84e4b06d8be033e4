"""The demo's twelve weeks go through to the end, also when a resident's next text joins their report."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dashboards.digest import render
from service.analyst import Analyst
from service.db import Database
from service.jobs import Context
from service.models import Digest, Message, Report
from service.programme import Programme
from service.rehearsal import Rehearsal, add_people, is_rehearsed
from service.sample import Material
from service.secrets import Secrets
from service.settings import Settings

MATERIAL = {
    "seed": 7,
    "texts": 60,
    "reporters": 4,
    "slots": {"number": [str(number) for number in range(60)]},
    "categories": {
        "water": {
            "weight": 3,
            "texts": {"en": ["no water in {place}, house {number}"], "sw": ["hakuna maji {place} {number}"]},
        },
        "roads": {
            "weight": 2,
            "texts": {"en": ["the road is mud, gate {number}"], "sw": ["barabara ni matope {number}"]},
        },
        "violence_home": {
            "weight": 1,
            "texts": {"en": ["he beats her, door {number}"], "sw": ["mume wangu ananipiga {number}"]},
        },
    },
    "unclear": {"en": ["number {number} Zumbani"], "sw": ["nambari {number} Zumbani"]},
    "answers": {"water": {"en": ["The pump is mended on Friday."]}},
}


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_twelve_weeks_end_with_reports_digests_and_nothing_unread(
    database: Database, secrets: Secrets, programme: Programme, tmp_path: Path, models: Path, now: datetime
) -> None:
    settings = Settings(var=tmp_path)
    context = Context(database, secrets, {programme.code: programme}, settings, render)
    logins = {"demo-moderator": "moderator", "demo-focal": "focal_point"}
    people = await add_people(database, logins, "a password for a test", [programme.code], now)
    analyst = Analyst({programme.code: programme.knowledge}, models, 1)
    try:
        rehearsal = Rehearsal(context, programme, Material.model_validate(MATERIAL), analyst, people, now)
        for evening in rehearsal.days():
            await rehearsal.live(evening)
        await rehearsal.finish()
    finally:
        analyst.close()
    assert await is_rehearsed(database, programme.code)
    async with database.reading() as session:
        states = set(await session.scalars(select(Message.state).where(Message.direction == "in")))
        assert states == {"done"}
        assert (await session.scalar(select(func.count()).select_from(Report)) or 0) > 20
        assert (await session.scalar(select(func.count()).select_from(Digest).where(Digest.state == "sent")) or 0) > 0
        assert await session.scalar(select(Report.id).where(Report.sensitive, Report.text.is_not(None))) is None
