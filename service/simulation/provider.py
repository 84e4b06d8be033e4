"""The other side of every channel: one real HTTP server on this machine that takes texts of ours as each provider would."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

from aiohttp import web

from service.simulation.callers import CALLERS
from service.simulation.callers.base import Arrived, Caller
from service.simulation.notes import Notes, received
from service.simulation.scenario import Ill, Provider

Heard = Callable[[str, str, str], None]
"""Told of each text that reaches a person: channel type, address, words."""
RETRY_AFTER = "1"


class FakeProvider:
    """Takes texts, drops those whose key it had, and is as ill as `ill` says. `api_url` begins with /<channel type>."""

    def __init__(self, provider: Provider, notes: Notes, now: Callable[[], float], heard: Heard) -> None:
        self._provider = provider
        self._notes = notes
        self._now = now
        self._heard = heard
        self._ids = itertools.count(1)
        self._keys: dict[tuple[str, str], str] = {}
        self.ill: Ill | None = None
        self.met = 0
        """Texts that found it ill."""
        self.app = web.Application()
        self.app.router.add_post("/{channel}/{path:.*}", self._take)
        self.app.router.add_post("/{channel}", self._take)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        caller = CALLERS[request.match_info["channel"]]
        assert caller.arrived is not None
        try:
            body = await request.json() if request.content_type == "application/json" else await request.post()
            text = caller.arrived(body, request.headers)
        except (ValueError, LookupError, TypeError):
            self._notes.unreadable += 1
            return web.Response(status=400)
        await asyncio.sleep(self._provider.latency)
        ill = self.ill
        self.met += ill is not None
        if ill == "deaf":
            return await self._too_late()
        if ill == "error":
            return web.Response(status=500)
        if ill == "busy":
            return web.Response(status=429, headers={"Retry-After": RETRY_AFTER})
        answer = self._accept(caller, text)
        if ill == "timeout":
            return await self._too_late()
        if ill == "broken":
            assert request.transport is not None
            request.transport.abort()
        if ill == "garbage":
            return web.Response(text="<html>Have a nice day</html>", content_type="text/html")
        return answer

    def _accept(self, caller: Caller, text: Arrived) -> web.Response:
        key = None if text.key is None else (caller.type, text.key)
        known = None if key is None else self._keys.get(key)
        if known is not None:
            self._notes.repeated += 1
            return _answer(caller, known, caller.repeated_status)
        id = str(next(self._ids))
        if key is not None:
            self._keys[key] = id
        self._notes.arrived[received(caller.type, text.to, text.words)].append(self._now())
        self._heard(caller.type, text.to, text.words)
        return _answer(caller, id, None)

    async def _too_late(self) -> web.Response:
        await asyncio.sleep(self._provider.timeout + 0.5)
        return web.Response(status=504)


def _answer(caller: Caller, id: str, status: int | None) -> web.Response:
    assert caller.accepted is not None
    answer: Any = caller.accepted(id)
    return web.json_response(answer, status=status or caller.accepted_status)
