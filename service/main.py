"""Putting the house together: one process that is web, worker and scheduler, or any of the three apart."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from secrets import token_hex

import structlog
from aiohttp import ClientSession, ClientTimeout, web
from sqlalchemy.exc import SQLAlchemyError

from dashboards import add_dashboards
from dashboards.digest import render
from dashboards.metrics import METERS, time_request
from service import clock, collecting, demonstration, heap, sending, worker
from service.analyst import AnalysisFailed, Analyst, told
from service.db import Database, open_database
from service.doors import Doors, open_doors, stand_ins
from service.front import shorten_way
from service.intake import Intake
from service.jobs import Context
from service.keys import ALLOWED, CHANNELS, DATABASE, DEMO, HTTP, INTAKE, LARGE, PROGRAMMES, SECRETS, SETTINGS
from service.media import fetching
from service.media.fetching import Limits
from service.opening import Opening
from service.pace import keep_pace
from service.programme import Programme
from service.schedule import keep_schedule
from service.secrets import Secrets
from service.settings import Settings, environment
from service.spool import Spool
from service.web import DOOR, DOOR_WITH_SECRET, LARGE_AT_ONCE, LARGEST_BODY, answer_call
from service.web import routes as provider_routes

ROLES = ("web", "work", "schedule")
SHUTDOWN_SECONDS = 20.0
GARBAGE = 5_000
"""Objects made and not yet gone that are worth a look. With Python's 700 that takes a twentieth of the time of a text."""

log = structlog.get_logger()


@dataclass(frozen=True)
class House:
    """Everything that is open while we run."""

    settings: Settings
    secrets: Secrets
    database: Database
    programmes: Mapping[str, Programme]
    doors: Doors
    http: ClientSession
    stored: asyncio.Event
    """Set when a text was stored in this process, so that the worker wakes at once."""
    opening: Opening


@asynccontextmanager
async def open_house(
    settings: Settings, programmes: Mapping[str, Programme], *, patient: bool = False
) -> AsyncIterator[House]:
    """Open the database at its newest form, the channels and an HTTP client; close them at the end.

    If `patient`, a database that was open at an earlier start may be away: then the house's `opening` is not ready.
    """
    clock.demand_plausible(datetime.now(UTC))
    settings.var.mkdir(parents=True, exist_ok=True, mode=0o700)
    secrets = Secrets(settings.master_key())
    doors = open_doors(programmes.values(), secrets, environment())
    for closed in doors.closed:
        log.info("channel closed", reason=closed)
    database = open_database(settings.sqlalchemy_url())
    try:
        opening = Opening(database, secrets, settings.var)
        await (opening.open_or_wait() if patient else opening.open())
        async with ClientSession(timeout=ClientTimeout(total=30)) as http:
            stored = asyncio.Event()
            yield House(settings, secrets, database, programmes, doors, http, stored, opening)
    finally:
        await database.close()


def make_app(house: House, spool: Spool, *, demo: bool = False) -> web.Application:
    """The web application over an open house. Texts wait in the spool while the database is away."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app[SETTINGS], app[SECRETS], app[DATABASE] = house.settings, house.secrets, house.database
    app[PROGRAMMES], app[CHANNELS], app[HTTP] = house.programmes, house.doors.channels, house.http
    app[ALLOWED], app[DEMO] = house.doors.allowed, demo
    app[LARGE] = asyncio.Semaphore(LARGE_AT_ONCE)
    app[INTAKE] = Intake(
        house.database,
        house.secrets,
        house.settings.intake_queue,
        house.stored,
        spool,
        house.opening.ready,
        house.doors.homes,
    )
    app.add_routes(provider_routes)
    add_dashboards(app)
    app.cleanup_ctx.append(_run_intake)
    return app


async def _run_intake(app: web.Application) -> AsyncIterator[None]:
    app[INTAKE].start()
    yield
    await app[INTAKE].stop()


def addresses(house: House, port: int | None) -> list[str]:
    """What to tell whoever started us."""
    if port is None:
        return ["Answerable works."]
    here = f"http://{house.settings.host}:{port}"
    lines = [f"Answerable listens on {here}"]
    if house.settings.public_url:
        lines.append(f"People and providers reach it at {house.settings.address()}")
    return lines


async def open_runner(app: web.Application) -> web.AppRunner:
    """The application started, with a short way for providers' requests; sites may be added."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    open_short_way(app, runner)
    keep_pace(runner)
    # What was made until here stays for good: no use in looking for garbage in it, nor after every few requests.
    gc.freeze()
    gc.set_threshold(GARBAGE)
    return runner


def open_short_way(app: web.Application, runner: web.AppRunner) -> None:
    """Providers' requests go to the door at once, and are measured as if they had gone through the application."""

    def door(request: web.Request, name: str) -> Awaitable[web.StreamResponse]:
        return time_request(app[METERS], request, partial(answer_call, app, name), _door_route)

    shorten_way(runner, door)


def _door_route(request: web.Request) -> str:
    """As the application calls it."""
    return DOOR_WITH_SECRET if request.path.count("/") > DOOR.count("/") else DOOR


@asynccontextmanager
async def serve(house: House, *, demo: bool = False) -> AsyncIterator[int]:
    """Listen; give the port that was taken. At the end no new request is taken and those begun are finished.

    Raises SpoolUnusable.
    """
    settings = house.settings
    with closing(Spool(settings.var / "spool", settings.spool_megabytes * 1_000_000)) as spool:
        runner = await open_runner(make_app(house, spool, demo=demo))
        try:
            site = web.TCPSite(runner, settings.host, settings.port)
            await site.start()
            yield int(runner.addresses[0][1])
        finally:
            await runner.cleanup()


async def run(
    settings: Settings,
    programmes: Mapping[str, Programme],
    roles: tuple[str, ...] = ROLES,
    *,
    demo: bool = False,
    started: Callable[[House, int | None], None] = lambda house, port: None,
) -> None:
    """Run until SIGTERM or Ctrl-C. `started` is called once everything listens, with the port."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    # Without a web there is nothing to do until the database is back; whoever started us starts us again.
    async with open_house(settings, programmes, patient="web" in roles) as house:
        if not demo and house.opening.ready.is_set():
            await demonstration.close(house.database, datetime.now(UTC))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(heap.keep_trim(stop))
            tasks.create_task(_work_and_schedule(house, roles, stop, demo=demo))
            if "web" in roles:
                async with serve(house, demo=demo) as port:
                    started(house, port)
                    await stop.wait()
            else:
                started(house, None)
                await stop.wait()
            log.info("stopping", reason="signal")


async def _work_and_schedule(house: House, roles: tuple[str, ...], stop: asyncio.Event, *, demo: bool) -> None:
    """What needs the database, once that is open."""
    await worker.unless(stop, house.opening.keep_trying())
    if stop.is_set():
        return
    async with asyncio.TaskGroup() as tasks:
        if "work" in roles:
            tasks.create_task(_work(house, stop, demo=demo))
        if "schedule" in roles:
            # Containers may share a name, and each counts its processes anew.
            holder = f"{socket.gethostname()[:40]}-{os.getpid()}-{token_hex(4)}"
            context = Context(house.database, house.secrets, house.programmes, house.settings, render)
            tasks.create_task(keep_schedule(context, holder, stop))


async def _work(house: House, stop: asyncio.Event, *, demo: bool) -> None:
    """Worker, outbox, and what looks after files, until `stop`; what was begun is finished.

    In a demo the people of channels that are closed are fiction, and what is sent to them goes nowhere.
    """
    knowledge = {code: told(programme, house.settings) for code, programme in house.programmes.items()}
    called = collecting.without_collectors(house.doors.channels)
    if demo:
        called |= stand_ins(house.doors.why_closed, house.secrets)
    analyst = Analyst(knowledge, house.settings.var / "models", house.settings.analysis_processes)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_read(house, analyst, stop))
            tasks.create_task(
                sending.keep_sending(
                    house.database, house.secrets, house.programmes, called, house.http, house.settings.address(), stop
                )
            )
            tasks.create_task(_fetch(house, stop))
    finally:
        analyst.close()


async def _read(house: House, analyst: Analyst, stop: asyncio.Event) -> None:
    try:
        # The first start trains for a while; nobody who stops us waits for that.
        await worker.unless(stop, analyst.warm_up())
    except AnalysisFailed as error:
        # The worker tries each text all the same, and says at the desk why it could not.
        log.error("the analysis did not start", reason=str(error))
    await worker.work(house.database, house.secrets, house.programmes, analyst, house.stored, stop)


async def _fetch(house: House, stop: asyncio.Event, idle: float = 0.5) -> None:
    limits = Limits(house.settings.media_megabytes * 1_000_000, house.settings.media_files_a_day)
    while not stop.is_set():
        try:
            tried = await fetching.fetch_due(
                house.database, house.secrets, house.doors.channels, house.http, limits, datetime.now(UTC)
            )
        except (SQLAlchemyError, OSError) as error:
            log.error("fetching waits for the database", error=type(error).__name__)
            tried = 0
        if tried == 0:
            await worker.wait_for_any(idle, stop)
