"""In a demo nothing waits for a provider that nobody has keys of."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from service import main, outbox
from service.db import Database
from service.models import Message
from service.outgoing import REPLY
from service.programme import Programme
from service.secrets import Secrets
from service.settings import Settings
from tests.service import folk

KEY = "a key that only the tests know, 32 bytes or more"


async def _states(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(Message.state).where(Message.direction == "out")))


async def test_what_is_sent_by_a_closed_channel_goes_nowhere_and_counts_as_sent(
    database: Database, database_url: str, secrets: Secrets, programme: Programme, var: Path
) -> None:
    now = datetime.now(UTC)
    async with database.writing() as session:
        person = await folk.person(session, now, channel="village/telegram", address=secrets.seal("4711"))
        assert await outbox.queue(session, secrets, programme, person, "privacy", {}, now=now, priority=REPLY)
    settings = Settings(var=var, database_url=database_url, secret_key=KEY)  # type: ignore[arg-type]
    house = asyncio.create_task(main.run(settings, {programme.code: programme}, ("work",), demo=True))
    try:
        async with asyncio.timeout(60):
            while await _states(database) != ["sent"]:
                await asyncio.sleep(0.05)
                assert not house.done()
    finally:
        house.cancel()
        with suppress(asyncio.CancelledError):
            await house
