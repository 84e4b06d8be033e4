"""A town whose channel brings files from a provider."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession
from sqlalchemy import select
from sqlalchemy.orm import undefer

from channels.base import Channel
from service.media import fetching
from service.media.fetching import Limits
from service.models import Attachment
from tests.service.conftest import CHANNEL, Town
from tests.service.media.provider import Post, Provider


@dataclass
class Album:
    """The town's files: what the provider has, and what we made of it."""

    town: Town
    provider: Provider
    http: ClientSession
    channels: dict[str, Channel]
    limits: Limits = field(default=Limits(2_000_000, 5))

    async def fetch(self) -> int:
        """Fetch until nothing is due; returns how many files were tried."""
        tried = 0
        while count := await fetching.fetch_due(
            self.town.database, self.town.secrets, self.channels, self.http, self.limits, self.town.now
        ):
            tried += count
        return tried

    async def all(self) -> list[Attachment]:
        async with self.town.database.reading() as session:
            query = select(Attachment).order_by(Attachment.id)
            options = (undefer(Attachment.content), undefer(Attachment.preview))
            return list(await session.scalars(query.options(*options)))

    async def states(self) -> list[str]:
        return [item.state for item in await self.all()]


@pytest.fixture
async def album(town: Town) -> AsyncIterator[Album]:
    provider = Provider()
    async with provider.server() as server, ClientSession() as http:
        channels: dict[str, Channel] = {CHANNEL: Post(str(server.make_url("/")))}
        yield Album(town, provider, http, channels)
