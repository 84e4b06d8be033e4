"""Storing what providers bring: nothing is lost, nothing doubles.

Requests that arrive together share one commit; each is answered only after its own row is on disk. A redelivery meets
the unique (channel, external id) and changes nothing. While the database is away they share a write to the spool
instead, and everything goes there, in order, until the database has all of it.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any

import structlog
from sqlalchemy import select

from channels.base import Delivery, Inbound
from service import deliveries, extras, quarantine
from service.arrivals import Arrival, is_away, pack
from service.db import Database
from service.draining import Drain
from service.rowstore import open_row_store
from service.secrets import Secrets
from service.spool import Spool, SpoolFull

GROUP = 128
"""Most requests in one commit."""
PATIENCE = 2.5
"""Seconds for one commit; Twilio waits 15 for us. Then the database counts as away: the spool is no worse a place."""
SWITCH_SECONDS = 0.0005
"""How long one thread may hold the interpreter while another waits. A thread that writes to SQLite or to the spool gives the
lock up at each call of the system, and at Python's 5 ms would wait 20 ms for it in a busy web server."""


log = structlog.get_logger()


class NotStored(Exception):
    """Neither database nor spool took it. Answered with 503 and Retry-After."""


class Refused(NotStored):
    """The database refuses these rows, and would the next time: it is their fault."""


class IntakeFull(Exception):
    """More requests wait for their commit than we can hold. Answered with 503 and Retry-After."""


@dataclass
class _Waiting:
    arrival: Arrival
    done: asyncio.Future[None]


class Intake:
    """The one writer of incoming texts in a process. `start` before the first `store`, `stop` after the last.

    Without a spool, as in commands, nothing is taken while the database is away. Until `ready` is set, nothing goes to the
    database: its form may be an older one. `homes` names, for a channel whose people are those of another, that other.
    """

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        limit: int,
        stored: asyncio.Event,
        spool: Spool | None = None,
        ready: asyncio.Event | None = None,
        homes: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.database = database
        self.secrets = secrets
        self._limit = limit
        self._stored = stored
        self._spool = spool
        self._ready = ready
        self._homes = homes
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._turn = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._late: set[asyncio.Future[None]] = set()
        self._drain: Drain | None = None
        self._refused = False
        """The last that came could be written nowhere."""

    def start(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        self._rows = open_row_store(self.database)
        if self._spool is not None:
            self._disk = ThreadPoolExecutor(1, thread_name_prefix="spool")
            self._drain = Drain(self._spool, self.secrets, self._ask, self.write, self._turn, self._disk, self._stored)
            if not self._is_ready:
                self._drain.begin()
            self._tasks.append(asyncio.create_task(self._drain.run(), name="drain"))
        self._tasks.append(asyncio.create_task(self._commit_groups(), name="intake"))

    async def stop(self) -> None:
        """Store what was taken in, then end. What waits in the spool is drained by the next start."""
        while self._waiting:
            self._arrived.set()
            await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*self._late, return_exceptions=True)
        await self._rows.close()
        if self._spool is not None:
            self._disk.shutdown()

    @property
    def _is_ready(self) -> bool:
        return self._ready is None or self._ready.is_set()

    @property
    def waiting(self) -> int:
        """Requests that wait for their commit."""
        return len(self._waiting)

    @property
    def spool(self) -> Spool | None:
        """Where they wait while the database is away."""
        return self._spool

    @property
    def spooling(self) -> bool:
        """Whether texts go to the spool now."""
        return self._drain is not None and self._drain.is_on

    async def can_write(self) -> bool:
        """Whether what comes is taken. After it was not, the spool is tried out: nobody may send us more until this says yes."""
        if self._refused and self._spool is not None:
            with suppress(OSError):
                await asyncio.get_running_loop().run_in_executor(self._disk, self._spool.try_out)
                self._refused = False
        return not self._refused

    async def store(self, programme: str, channel: str, items: Sequence[Inbound | Delivery], now: datetime) -> None:
        """Return once every item is on disk. Raises IntakeFull before anything is taken, or NotStored."""
        if items:
            await self.take(self.arrival(programme, channel, items, now))

    def home(self, channel: str) -> str:
        """The channel whose people those of a channel are; most often itself."""
        return self._homes.get(channel, channel)

    def arrival(self, programme: str, channel: str, items: Sequence[Inbound | Delivery], now: datetime) -> Arrival:
        """The items as they are stored."""
        channel = self.home(channel)
        return Arrival(
            [self._row(programme, channel, item, now) for item in items if isinstance(item, Inbound)],
            [(channel, item, now) for item in items if isinstance(item, Delivery)],
        )

    async def take(self, arrival: Arrival) -> None:
        """Return once all of it is on disk. Raises IntakeFull before anything is taken, or NotStored."""
        if len(self._waiting) >= self._limit:
            raise IntakeFull
        waiting = _Waiting(arrival, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._arrived.set()
        await waiting.done

    def _row(self, programme: str, channel: str, item: Inbound, now: datetime) -> dict[str, Any]:
        pin = None if item.location is None else self.secrets.seal("{:.6f},{:.6f}".format(*item.location))
        return {
            "programme": programme,
            "channel": channel,
            "external_id": item.external_id,
            "pseudonym": self.secrets.pseudonym(channel, item.sender),
            "address": self.secrets.seal(item.sender),
            "body": self.secrets.seal(item.text),
            "pin": pin,
            "extra": extras.seal(self.secrets, item),
            "sent_at": item.sent_at,
            "created_at": now,
        }

    async def _commit_groups(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                group = list(islice(self._waiting, GROUP))
                async with self._turn:
                    await self._commit(group)
                for _ in group:
                    self._waiting.popleft()

    async def _commit(self, group: list[_Waiting]) -> None:
        # Whatever goes wrong, somebody waits for an answer, and the next group for us.
        if self.spooling:
            await self._spool_group(group)
            return
        try:
            await self.write([waiting.arrival for waiting in group])
        except Exception as error:
            if is_away(error):
                await self._leave_to_spool(group, error)
            elif len(group) == 1:
                _answer(group[0], error)
            else:
                # One row that the database refuses must not fail its neighbours.
                for waiting in group:
                    await self._commit([waiting])
            return
        self._refused = False
        for waiting in group:
            _answer(waiting, None)
        self._stored.set()

    async def _leave_to_spool(self, group: list[_Waiting], error: Exception) -> None:
        if self._drain is None:
            for waiting in group:
                _answer(waiting, error)
            return
        log.error("the database is away; texts go to the spool", error=type(error).__name__)
        self._drain.begin()
        await self._spool_group(group)

    async def _spool_group(self, group: list[_Waiting]) -> None:
        assert self._spool is not None
        error: Exception | None = None
        try:
            records = [pack(self.secrets, waiting.arrival) for waiting in group]
            await asyncio.get_running_loop().run_in_executor(self._disk, self._spool.append, records)
        except Exception as refused:
            error = refused
            reason = "it is full" if isinstance(refused, SpoolFull) else type(refused).__name__
            log.error("the spool takes nothing", reason=reason)
        self._refused = error is not None and not isinstance(error, SpoolFull)
        for waiting in group:
            _answer(waiting, error)

    async def write(self, arrivals: Sequence[Arrival]) -> None:
        """Commit to the database, once it takes them. Raises its error, or TimeoutError after PATIENCE."""
        rows = [row for arrival in arrivals for row in arrival.rows]
        if rows:
            await self._in_time(self._rows.insert(rows))
        heard = [delivery for arrival in arrivals for delivery in arrival.deliveries]
        if heard:
            await self._in_time(deliveries.note(self.database, heard))
        unread = [row for arrival in arrivals for row in arrival.unread]
        if unread:
            await self._in_time(self._keep(unread))

    async def _ask(self) -> None:
        """Raise its error, or TimeoutError, while the database is away."""
        if not self._is_ready:
            raise ConnectionError("the database is not open yet")

        async def ask() -> None:
            async with self.database.writing_connection() as connection:
                await connection.execute(select(1))

        await self._in_time(ask())

    async def _keep(self, unread: Sequence[dict[str, Any]]) -> None:
        async with self.database.writing_connection() as connection:
            await quarantine.insert(connection, unread)

    async def _in_time(self, writing: Awaitable[None]) -> None:
        """Wait for no longer than somebody waits for us. What comes late ends by itself, and changes nothing twice."""
        task = asyncio.ensure_future(writing)
        try:
            await asyncio.wait({task}, timeout=PATIENCE)
        finally:
            if not task.done():
                task.cancel()
                self._late.add(task)
                task.add_done_callback(self._late.discard)
        if not task.done():
            raise TimeoutError("the database does not answer")
        task.result()


def _answer(waiting: _Waiting, error: Exception | None) -> None:
    if waiting.done.done():
        return
    if error is None:
        waiting.done.set_result(None)
    else:
        kind = NotStored if is_away(error) or isinstance(error, SpoolFull) else Refused
        refusal = kind(type(error).__name__)
        refusal.__cause__ = error
        waiting.done.set_exception(refusal)
