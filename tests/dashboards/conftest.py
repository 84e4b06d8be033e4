"""A whole web application over a fresh database, as service/main.py puts it together, with the village's web chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from channels.webchat import WebChat
from dashboards import add_dashboards
from service.db import Database
from service.intake import Intake
from service.keys import ALLOWED, CHANNELS, DATABASE, DEMO, INTAKE, PROGRAMMES, SECRETS, SETTINGS
from service.programme import Programme
from service.secrets import Secrets
from service.settings import Settings
from service.spool import Spool
from service.web import routes as door

Client = TestClient[web.Request, web.Application]
ROOM = 100_000
"""Bytes of the spool."""
Start = Callable[..., Awaitable[Client]]


@pytest.fixture
def make_app(
    database: Database, secrets: Secrets, programme: Programme, tmp_path: Path
) -> Callable[..., web.Application]:
    """An application; `demo` and any setting can be chosen."""

    def make(*, demo: bool = False, **settings: Any) -> web.Application:
        app = web.Application()
        app[SETTINGS] = Settings(var=tmp_path, **settings)
        app[DATABASE], app[SECRETS] = database, secrets
        app[PROGRAMMES] = {programme.code: programme}
        app[CHANNELS] = {f"{programme.code}/web": WebChat(secret="a secret of the village's web chat")}
        app[ALLOWED], app[DEMO] = {}, demo
        app[INTAKE] = Intake(
            database, secrets, app[SETTINGS].intake_queue, asyncio.Event(), Spool(tmp_path / "spool", ROOM)
        )
        app.add_routes(door)
        add_dashboards(app)
        app.cleanup_ctx.append(_run_intake)
        return app

    return make


async def _run_intake(app: web.Application) -> AsyncIterator[None]:
    app[INTAKE].start()
    yield
    await app[INTAKE].stop()
    spool = app[INTAKE].spool
    assert spool is not None
    spool.close()


@pytest.fixture
def start(aiohttp_client: Any, make_app: Callable[..., web.Application]) -> Start:
    """Start an application, given or made, and give its client."""

    async def begin(app: web.Application | None = None, **choices: Any) -> Client:
        client: Client = await aiohttp_client(app or make_app(**choices))
        return client

    return begin
