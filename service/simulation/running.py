"""One rehearsal from an empty database to the ledger."""

from __future__ import annotations

import asyncio
import resource
import secrets as random
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, web

from service import migration
from service.db import Database, open_database
from service.programme import Programme
from service.secrets import Secrets
from service.simulation import books, ledger, memory
from service.simulation.grounds import PUBLIC, Grounds, NoGrounds, channel_settings, lay_out
from service.simulation.ledger import Ledger
from service.simulation.notes import Notes
from service.simulation.phrases import Phrases
from service.simulation.plan import Plan
from service.simulation.product import Product
from service.simulation.provider import FakeProvider
from service.simulation.scenario import Scenario
from service.simulation.town import AT_ONCE, PATIENCE, Door, Town
from service.simulation.troubles import Stage, happen

WARM_SECONDS = 1800.0
"""The first start trains the analysis, of a large programme for a while."""
MEASURED = 1000
"""Texts with which the most is measured."""
NIGHTS = 12
"""Times that we let what waits for its hour have waited: more than there are retries."""
OVERTIME = 120.0
"""Seconds after the last text in which every trouble must be over."""
CALM = 2.0
"""Seconds in which nothing moves, until what waits for its hour is taken to wait for nothing else."""
POLL = 0.25

Say = Callable[[str], None]


@dataclass
class Course:
    """A run under way."""

    scenario: Scenario
    grounds: Grounds
    database: Database
    secrets: Secrets
    notes: Notes
    plan: Plan
    town: Town
    stage: Stage
    lives: list[memory.Life] = field(default_factory=list)
    hastened: int = 0
    texting_since: float = 0.0


async def rehearse(name: str, scenario: Scenario, programme: Programme, grounds: Grounds, say: Say) -> Ledger:
    """Run a scenario. Raises NoGrounds, StartFailed."""
    if scenario.limits.memory_growth is not None and not memory.measurable():
        raise NoGrounds("This machine has no /proc, so that memory cannot be measured; delete limits.memory_growth.")
    if any(trouble.disk for trouble in scenario.troubles) and not hasattr(resource, "prlimit"):
        raise NoGrounds("Only Linux can play a full disk; delete the troubles with `disk: full`.")
    begun = time.monotonic()
    async with _open(scenario, programme, grounds, say) as course:
        say("started; the first text waits for the analysis")
        await _warm_up(course)
        top = await _measure(course, say) if scenario.share_of_top is not None else None
        rate = scenario.rate if top is None else max(1.0, (scenario.share_of_top or 0) * min(top))
        assert rate is not None
        await _text(course, rate, say)
        orphans = course.stage.product.orphans()
        unread = await _settle(course, say)
        await course.stage.product.stop()
        found = await books.read(course.database, course.secrets)
        lines, total, waits = ledger.lines(course.notes, found, _pseudonyms(course, programme))
    notes = course.notes
    return Ledger(
        scenario=name,
        database=grounds.kind,
        seconds=time.monotonic() - begun,
        rate=rate,
        top=top,
        lines=lines,
        total=total,
        unread=unread,
        quarantined=found.quarantined,
        hastened=course.hastened,
        acknowledged_ms=ledger.percentiles(notes.latencies),
        replied_ms=ledger.percentiles(waits),
        statuses=dict(sorted(notes.statuses.items())),
        repeated=notes.repeated,
        unreadable=notes.unreadable,
        orphans=orphans,
        exits=tuple(notes.exits),
        events=tuple(notes.events),
        memory=ledger.memory((life.since(course.texting_since) for life in course.lives), scenario.limits.settle),
        memory_limit=scenario.limits.memory_growth,
    )


@asynccontextmanager
async def _open(scenario: Scenario, programme: Programme, grounds: Grounds, say: Say) -> AsyncIterator[Course]:
    """Everything that runs: provider, product, town. At the end, whatever happened, no process is left."""
    notes, key = Notes(), random.token_urlsafe(48)
    now = time.monotonic
    plan = Plan(scenario, Phrases(programme))
    port = _free_port()
    connector = TCPConnector(limit=2 * AT_ONCE)
    http = ClientSession(connector=connector, timeout=ClientTimeout(total=PATIENCE), cookie_jar=DummyCookieJar())
    town = Town(plan, http, notes, now)
    provider = FakeProvider(scenario.provider, notes, now, town.hear)
    runner = web.AppRunner(provider.app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider_port = int(runner.addresses[0][1])
    settings = {type: channel_settings(type, scenario, provider_port) for type in scenario.channels}
    for type in scenario.channels:
        path = f"/channels/{programme.code}/{type}"
        town.doors[type] = Door(f"http://127.0.0.1:{port}{path}", PUBLIC + path, settings[type])
    environment = lay_out(grounds, programme, settings, port, key)
    database = open_database(grounds.url)
    product = Product(scenario.roles, environment, grounds.folder / "logs", notes)
    lives: list[memory.Life] = []
    watcher: asyncio.Task[None] | None = None
    try:
        await migration.upgrade(database.engine)
        await product.start()
        town.turn_on()
        watcher = asyncio.create_task(memory.watch(product.parents, now, lives))
        stage = Stage(product, provider, grounds.way, notes, now, say)
        yield Course(scenario, grounds, database, Secrets(key.encode()), notes, plan, town, stage, lives)
    finally:
        await town.turn_off()
        await product.end()
        if watcher is not None:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
        await http.close()
        await runner.cleanup()
        await database.close()


async def _warm_up(course: Course) -> None:
    """One text, and wait until it is read: the analysis is ready then."""
    await course.town.live(course.plan.deliveries(1, 1, "warm"), course.stage.now())
    async with asyncio.timeout(WARM_SECONDS):
        while not await books.known(course.database) or any(await _waiting(course)):  # noqa: ASYNC110, other processes
            await asyncio.sleep(POLL)


async def _measure(course: Course, say: Say) -> tuple[float, float]:
    """As many texts at once as the town can: how many a second the door took, and how many went the whole way."""
    begun = course.stage.now()
    course.town.silent = True
    await course.town.live(course.plan.measured(MEASURED), begun)
    await course.town.rest(WARM_SECONDS)
    door = MEASURED / (course.stage.now() - begun)
    async with asyncio.timeout(WARM_SECONDS):
        while any(await _waiting(course)):  # noqa: ASYNC110, other processes
            await asyncio.sleep(POLL)
    whole = MEASURED / (course.stage.now() - begun)
    course.town.silent = False
    say(f"the door takes {door:,.0f} texts a second, the whole way {whole:,.0f}")
    return door, whole


async def _text(course: Course, rate: float, say: Say) -> None:
    """The town texts, and what is to go wrong goes wrong."""
    scenario = course.scenario
    texts = scenario.texts or max(1, round(rate * 60 * (scenario.minutes or 0)))
    end = texts / rate
    say(f"{texts:,} texts, {rate:,.1f} a second, over {end:,.0f} s")
    begun = course.texting_since = course.stage.now()
    async with asyncio.timeout(end + OVERTIME), asyncio.TaskGroup() as tasks:
        tasks.create_task(happen(course.stage, scenario.troubles, begun, end))
        tasks.create_task(course.town.live(course.plan.deliveries(rate, texts), begun))
    course.town.silent = True
    say("the last text is said; waiting for those that are still on their way")
    await course.town.rest(scenario.limits.drain)


async def _settle(course: Course, say: Say) -> int:
    """Wait until everything is read and sent; texts that wait for their hour have it at once. How many are left."""
    for _ in range(NIGHTS):
        due, asleep = await _drain(course, course.scenario.limits.drain)
        if due or not asleep:
            return due + asleep
        await course.stage.product.stop()
        moved = await books.pass_time(course.database, datetime.now(UTC))
        say(f"{moved:,} texts wait for a retry or a dead process's lease; letting that time pass")
        course.hastened += moved
        await course.stage.product.start()
    return sum(await _waiting(course))


async def _drain(course: Course, seconds: float) -> tuple[int, int]:
    """Wait until nothing is due, and what was acknowledged is in the database, for so long at most. What still waits."""
    now = course.stage.now
    end, calm_since, before = now() + seconds, now(), 0
    while True:
        due, asleep = await _waiting(course)
        if asleep != before:
            # What a living process has claimed counts as asleep too, until it is done.
            calm_since, before = now(), asleep
        calm = not asleep or now() - calm_since > CALM
        if now() >= end or (not due and calm and await _all_stored(course)):
            return due, asleep
        await asyncio.sleep(POLL)


async def _all_stored(course: Course) -> bool:
    """Is every acknowledged text in the database? One that was taken while it was away comes later."""
    known = await books.known(course.database)
    return all(
        (record.channel, record.external_id) in known
        for record in course.notes.records
        if record.acknowledged_at is not None
    )


async def _waiting(course: Course) -> tuple[int, int]:
    return await books.waiting(course.database, datetime.now(UTC))


def _pseudonyms(course: Course, programme: Programme) -> Callable[[str, str], str]:
    return lambda type, address: course.secrets.pseudonym(f"{programme.code}/{type}", address)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
