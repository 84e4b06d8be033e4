"""A door with gateways that ask for their texts, and texts that wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy import select

from channels.addresses import read_networks
from channels.africastalking import AfricasTalking
from channels.africastalking_ussd import AfricasTalkingUssd
from channels.base import Channel
from channels.envayasms import EnvayaSms
from channels.smssync import SmsSync
from service import outbox
from service.db import Database
from service.intake import Intake
from service.keys import ALLOWED, CHANNELS, DATABASE, INTAKE, LARGE, PROGRAMMES, SECRETS, SETTINGS
from service.models import Message
from service.programme import Programme
from service.programme.screens import speech_of
from service.secrets import Secrets
from service.settings import Settings
from service.web import LARGEST_BODY, routes
from tests.service.folk import person

SECRET = "kQ7wZ2xV9bN4mR6tY8uL3pA5sD1f"
PUBLIC = "https://reports.example.org"
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def gateway_intake(database: Database, secrets: Secrets) -> AsyncIterator[Intake]:
    """One that knows that who dials is who texts."""
    opened = Intake(database, secrets, 64, asyncio.Event(), homes={"village/both": "village/short"})
    opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
async def door(
    database: Database,
    secrets: Secrets,
    programme: Programme,
    gateway_intake: Intake,
    aiohttp_client: object,
    tmp_path: Path,
) -> AsyncIterator[Client]:
    speech = speech_of(programme.rules, programme.messages)
    app = web.Application(client_max_size=LARGEST_BODY)
    app[SETTINGS] = Settings(var=tmp_path, public_url=PUBLIC, trusted_proxies=1, media_megabytes=1)  # type: ignore[call-arg]
    app[DATABASE], app[SECRETS], app[INTAKE] = database, secrets, gateway_intake
    app[PROGRAMMES], app[ALLOWED] = {"village": programme}, {"village/envaya": read_networks("203.0.113.0/24")}
    channels: dict[str, Channel] = {
        "village/short": AfricasTalking("village", "atsk_1", SECRET),
        "village/both": AfricasTalkingUssd("village", "atsk_1", SECRET, sms_channel="short", speech=speech),
        "village/phone": SmsSync(SECRET),
        "village/envaya": EnvayaSms(SECRET),
        "village/ussd": AfricasTalkingUssd("village", "atsk_1", SECRET, speech=speech),
    }
    app[CHANNELS], app[LARGE] = channels, asyncio.Semaphore(1)
    app.add_routes(routes)
    yield await aiohttp_client(app)  # type: ignore[operator]


async def queue_for(database: Database, secrets: Secrets, programme: Programme, channel: str, number: str) -> int:
    """A reply that waits for somebody on a channel; the id of its message."""
    now = datetime.now(UTC)
    async with database.writing() as session:
        known = {"pseudonym": secrets.pseudonym(channel, number), "address": secrets.seal(number)}
        someone = await person(session, now, channel=channel, language=None, **known)
        await outbox.queue(session, secrets, programme, someone, "help", {}, now=now, priority=0)
        return int(await session.scalar(select(Message.id).order_by(Message.id.desc()).limit(1)) or 0)


async def message_of(database: Database, id: int) -> Message:
    async with database.reading() as session:
        return await session.get_one(Message, id)
