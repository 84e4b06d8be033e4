"""Phones that ask us for the texts they shall send, every second here, and tell us that they have sent them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from service.simulation.callers.base import Arrived, Call, Caller, Settings

EVERY = 1.0
Post = Callable[[Call], Awaitable[bytes | None]]
"""Makes a request of our door; the body of a 2xx, else None."""


class Phone:
    """One gateway of that kind. A text whose key it had before it does not send again."""

    def __init__(
        self, caller: Caller, settings: Settings, address: str, post: Post, sent: Callable[[Arrived], None]
    ) -> None:
        self._caller = caller
        self._settings = settings
        self._address = address
        self._post = post
        self._sent = sent
        self._had: set[str] = set()
        self._unconfirmed: set[str] = set()

    async def live(self) -> None:
        """Ask, send, confirm, until cancelled."""
        assert self._caller.ask is not None
        while True:
            await asyncio.sleep(EVERY)
            body = await self._post(self._caller.ask(self._settings, self._address, datetime.now(UTC)))
            if body is not None:
                self.take(body)
            await self._confirm()

    def take(self, body: bytes) -> None:
        """Send what an answer carries."""
        assert self._caller.collected is not None
        for text in self._caller.collected(body):
            assert text.key is not None
            self._unconfirmed.add(text.key)
            if text.key not in self._had:
                self._had.add(text.key)
                self._sent(text)

    async def _confirm(self) -> None:
        """Until it is heard: what it confirms is not handed over again."""
        assert self._caller.confirm is not None
        keys = sorted(self._unconfirmed)
        for call in self._caller.confirm(self._settings, keys, self._address, datetime.now(UTC)) if keys else ():
            if await self._post(call) is None:
                return
        self._unconfirmed.difference_update(keys)
