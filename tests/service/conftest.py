"""An intake over a test's database, and people who text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

import nlp.analysis as nlp
from channels.base import Channel, Inbound, Media
from channels.webchat import WebChat
from service import conversation, rereading
from service.conversation import Incoming
from service.db import Database
from service.intake import Intake
from service.models import Message, Report, Reporter
from service.programme import Programme
from service.secrets import Secrets
from tests.service.provider import Provider, serve_provider

CHANNEL = "village/web"


@pytest.fixture
async def intake(database: Database, secrets: Secrets) -> AsyncIterator[Intake]:
    opened = Intake(database, secrets, 64, asyncio.Event())
    opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with serve_provider() as serving:
        yield serving


@pytest.fixture
def web() -> dict[str, Channel]:
    """The one channel that needs no provider."""
    return {CHANNEL: WebChat(secret="a secret of at least 128 random bits, for tests")}


@dataclass
class Town:
    """People who text, and what came of it. `analysis` is what the next text is taken to say."""

    database: Database
    secrets: Secrets
    programme: Programme
    intake: Intake
    now: datetime
    analysis: nlp.Analysis = field(default_factory=nlp.Analysis)
    whole: nlp.Analysis | None = None
    """What an account of several texts is taken to say; None for the same as its last text."""
    sent: int = 0

    async def text(
        self,
        text: str,
        sender: str = "amina",
        pin: tuple[float, float] | None = None,
        media: tuple[Media, ...] = (),
    ) -> Message:
        """Text, be read, be replied to; a minute passes. Returns the message as it was taken."""
        self.sent += 1
        external_id = f"{sender}-{self.sent}"
        self.now += timedelta(minutes=1)
        await self.intake.store("village", CHANNEL, [Inbound(sender, text, external_id, None, pin, media)], self.now)
        return await self.take(external_id, text, pin)

    async def take(self, external_id: str, text: str, pin: tuple[float, float] | None = None) -> Message:
        """Be read and replied to."""
        async with self.database.writing() as session:
            message = await session.scalar(select(Message).where(Message.external_id == external_id))
            assert message is not None
            needed = conversation.needs_analysis(self.programme, text)
            incoming = Incoming(message, text, self.analysis if needed else None, pin)
            await conversation.take(session, self.secrets, self.programme, incoming, self.now)
        await self.read_again()
        return message

    async def read_again(self) -> int:
        """What the worker does with accounts whose texts changed: the whole says what the last text said."""
        programmes = {"village": self.programme}
        return await rereading.read_again(self.database, self.secrets, programmes, self, self.now)  # type: ignore[arg-type]

    async def analyse(self, programme: str, texts: Sequence[str]) -> list[nlp.Analysis]:
        """Stands where the process pool stands."""
        return [replace(self.whole or self.analysis, redacted=text) for text in texts]

    async def replies(self, purpose: str | None = None) -> list[str]:
        """Every text queued so far, oldest first; the note on privacy only if asked for."""
        async with self.database.reading() as session:
            query = select(Message).where(Message.direction == "out").order_by(Message.id)
            rows = (await session.scalars(query)).all()
        return [
            self.secrets.unseal(row.body)
            for row in rows
            if purpose == row.purpose or (purpose is None and row.purpose != "privacy")
        ]

    async def report(self) -> Report:
        """The newest report."""
        async with self.database.reading() as session:
            found = await session.scalar(select(Report).order_by(Report.id.desc()).limit(1))
        assert found is not None
        return found

    async def reporter(self) -> Reporter:
        async with self.database.reading() as session:
            found = await session.scalar(select(Reporter).order_by(Reporter.id.desc()).limit(1))
        assert found is not None
        return found


@pytest.fixture
def town(database: Database, secrets: Secrets, programme: Programme, intake: Intake, now: datetime) -> Town:
    return Town(database, secrets, programme, intake, now, WATER)


def candidate(name: str, area: str, score: float) -> nlp.Candidate:
    return nlp.Candidate(name, -1.31 if area == "upper" else -1.26, 36.78, "village", score, area)


WATER = nlp.Analysis(
    redacted="No water in Gatwekera since Monday",
    language=nlp.Language("en", 0.95),
    kind="complaint",
    categories=(nlp.CategoryFinding("water", 0.93, "water"),),
    places=(nlp.Mention("Gatwekera", 12, 21, (candidate("Gatwekera", "upper", 0.9),)),),
    location=nlp.Location("Gatwekera", -1.313, 36.783, 0.8, 0.9, "the village is named", "upper"),
    version="test",
)
"""What a sure analysis looks like."""

UNCLEAR = nlp.Analysis(
    redacted="No water in Mashimoni",
    language=nlp.Language("en", 0.95),
    kind="complaint",
    categories=(nlp.CategoryFinding("water", 0.93, "water"),),
    places=(
        nlp.Mention("Mashimoni", 12, 21, (candidate("Mashimoni", "upper", 0.5), candidate("Mashimoni", "lower", 0.45))),
    ),
    version="test",
)
"""Two places of one name."""

SENSITIVE = nlp.Analysis(
    redacted="my husband beats me",
    language=nlp.Language("en", 0.95),
    kind="complaint",
    sensitive=(nlp.SensitiveFinding("gender_based_violence", 0.9, "husband beats"),),
    version="test",
)

__all__ = ["CHANNEL", "SENSITIVE", "UNCLEAR", "WATER", "Town"]
