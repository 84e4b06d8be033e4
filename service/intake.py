"""Storing what providers bring: nothing is lost, nothing doubles.

Requests that arrive together share one commit; each is answered only after its own row is on disk. A redelivery meets
the unique (channel, external id) and changes nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.base import Delivery, Inbound
from service import extras, optouts, outgoing
from service.db import Database
from service.models import Message
from service.rowstore import open_row_store
from service.secrets import Secrets

GROUP = 128
"""Most requests in one commit."""


class NotStored(Exception):
    """The database did not take it. Answered with 503 and Retry-After."""


class IntakeFull(Exception):
    """More requests wait for their commit than we can hold. Answered with 503 and Retry-After."""


@dataclass
class _Waiting:
    rows: list[dict[str, Any]]
    deliveries: list[tuple[str, Delivery, datetime]]
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Intake:
    """The one writer of incoming texts in a process. `start` before the first `store`, `stop` after the last."""

    def __init__(self, database: Database, secrets: Secrets, limit: int, stored: asyncio.Event) -> None:
        self._database = database
        self._secrets = secrets
        self._limit = limit
        self._stored = stored
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._rows = open_row_store(self._database)
        self._task = asyncio.create_task(self._commit_groups(), name="intake")

    async def stop(self) -> None:
        """Commit what was taken in, then end."""
        while self._waiting:
            self._arrived.set()
            await asyncio.sleep(0.01)
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._rows.close()

    @property
    def waiting(self) -> int:
        """Requests that wait for their commit."""
        return len(self._waiting)

    async def store(self, programme: str, channel: str, items: Sequence[Inbound | Delivery], now: datetime) -> None:
        """Return once every item is committed. Raises IntakeFull before anything is taken, or NotStored."""
        if not items:
            return
        if len(self._waiting) >= self._limit:
            raise IntakeFull
        waiting = _Waiting(
            [self._row(programme, channel, item, now) for item in items if isinstance(item, Inbound)],
            [(channel, item, now) for item in items if isinstance(item, Delivery)],
        )
        self._waiting.append(waiting)
        self._arrived.set()
        await waiting.done

    def _row(self, programme: str, channel: str, item: Inbound, now: datetime) -> dict[str, Any]:
        pin = None if item.location is None else self._secrets.seal("{:.6f},{:.6f}".format(*item.location))
        return {
            "programme": programme,
            "channel": channel,
            "external_id": item.external_id,
            "pseudonym": self._secrets.pseudonym(channel, item.sender),
            "address": self._secrets.seal(item.sender),
            "body": self._secrets.seal(item.text),
            "pin": pin,
            "extra": extras.seal(self._secrets, item),
            "sent_at": item.sent_at,
            "created_at": now,
        }

    async def _commit_groups(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                size = min(GROUP, 1 << (len(self._waiting).bit_length() - 1))
                group = list(islice(self._waiting, size))
                await self._commit(group)
                for _ in group:
                    self._waiting.popleft()

    async def _commit(self, group: list[_Waiting]) -> None:
        try:
            await self._write(group)
        except Exception as error:
            # Whatever it is, somebody waits for an answer, and the next group for us.
            if len(group) == 1:
                _answer(group[0], error)
                return
            # One row that the database refuses must not fail its neighbours.
            for waiting in group:
                await self._commit([waiting])
            return
        for waiting in group:
            _answer(waiting, None)
        self._stored.set()

    async def _write(self, group: list[_Waiting]) -> None:
        rows = [row for waiting in group for row in waiting.rows]
        deliveries = [delivery for waiting in group for delivery in waiting.deliveries]
        if rows:
            await self._rows.insert(rows)
        if deliveries:
            async with self._database.writing_connection() as connection:
                # Opt-outs first: they lock a channel's line before its texts, in the order in which the outbox does.
                for channel, delivery, now in sorted(deliveries, key=lambda d: (not d[1].opted_out, d[0])):
                    await _note(connection, channel, delivery, now)


def _answer(waiting: _Waiting, error: Exception | None) -> None:
    if waiting.done.done():
        return
    if error is None:
        waiting.done.set_result(None)
    else:
        refusal = NotStored(type(error).__name__)
        refusal.__cause__ = error
        waiting.done.set_exception(refusal)


async def _note(connection: AsyncConnection, channel: str, delivery: Delivery, now: datetime) -> None:
    """Record what became of a text we sent; a person who opted out at the provider is not texted again."""
    mine = (Message.channel == channel) & (Message.external_id == delivery.external_id)
    if delivery.opted_out:
        await optouts.note(connection, channel, mine, now)
    await connection.execute(outgoing.note_delivery(delivery.state, mine, reason=delivery.reason))
