"""What one does on the phone page in a test, and what the worker does meanwhile."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import select

import nlp.analysis as nlp
from service import conversation
from service.conversation import Incoming
from service.db import Database
from service.models import Message
from service.programme import Programme
from service.secrets import Secrets
from tests.dashboards.conftest import Client

JSON = {"Accept": "application/json"}


async def open_page(client: Client, query: str = "", **headers: str) -> str:
    answer = await client.get(f"/phone/village{query}", headers=headers)
    assert answer.status == 200
    return await answer.text()


def number_of(page: str) -> str:
    found = re.search(r'name="id" value="([^"]+)"', page)
    assert found
    return found[1]


async def say(client: Client, words: str, number: str, **more: Any) -> int:
    data = {"id": number, "text": words} | more
    answer = await client.post("/phone/village/texts", data=data, allow_redirects=False)
    return answer.status


async def stored(database: Database, secrets: Secrets) -> list[str]:
    async with database.reading() as session:
        bodies = await session.scalars(select(Message.body).where(Message.direction == "in").order_by(Message.id))
        return [secrets.unseal(body) for body in bodies if body is not None]


async def take_all(
    database: Database, secrets: Secrets, programme: Programme, analysis: nlp.Analysis, now: datetime
) -> None:
    """What the worker does, with an analysis made by hand."""
    async with database.writing() as session:
        found = select(Message).where(Message.direction == "in", Message.state == "received").order_by(Message.id)
        for message in await session.scalars(found):
            assert message.body is not None
            text = secrets.unseal(message.body)
            given = analysis if conversation.needs_analysis(programme, text) else None
            await conversation.take(session, secrets, programme, Incoming(message, text, given), now)


def water_at(*candidates: nlp.Candidate, text: str = "No water at Soko, call [phone]", **more: Any) -> nlp.Analysis:
    more = {"language": nlp.Language("en", 0.93)} | more
    return nlp.Analysis(
        redacted=text,
        kind="complaint",
        categories=(nlp.CategoryFinding("water", 0.91, "water"),),
        places=(nlp.Mention("Soko", 12, 16, candidates),) if candidates else (),
        urgent=nlp.Judgement(0.1, ""),
        version="by hand",
        **more,
    )
