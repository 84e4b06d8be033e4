"""How slowly the body of a request may come: bounded in one place, for pages, forms, files and providers alike.

No fixed time ends an upload: a picture of 5 MB over a 2G line takes an hour on a bad day, and gets through. But who sends next
to nothing, minute after minute, would hold a connection for good; they are told 408. Only waiting for them counts: while we
read nothing, because another upload has its turn, nobody is too slow.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

WINDOW = 60.0
"""Seconds in which something must come: a phone that changes the mast or drives through a tunnel is silent for less."""
LEAST = 12_000
"""Bytes in each window, or the end of the body: 200 a second, a tenth of what a poor 2G line carries."""


class TooSlow(TimeoutError):
    """Next to nothing came of a body. Answered with 408."""


def keep_pace(runner: web.AppRunner) -> None:
    """Watch every body that is not here with its head. The runner is set up, and not listening yet."""
    server = runner.server
    assert server is not None
    inner = server.request_handler

    async def watched(request: web.BaseRequest) -> web.StreamResponse:
        watch = _Watch(request)
        try:
            return await inner(request)
        finally:
            watch.end()

    server.request_handler = lambda request: inner(request) if request.content.is_eof() else watched(request)


def _after_a_window(look: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(WINDOW, look)


class _Watch:
    """Looks once in a window what came of one body; whoever reads it when too little did meets TooSlow."""

    def __init__(self, request: web.BaseRequest) -> None:
        self._body, self._transport = request.content, request.transport
        self._seen = 0
        self._begin()

    def _begin(self) -> None:
        self._timer = _after_a_window(self._look)

    def _look(self) -> None:
        came, self._seen = self._body.total_bytes - self._seen, self._body.total_bytes
        if self._body.is_eof() or self._transport is None or self._transport.is_closing():
            return
        # Where we do not read the server lets nothing more come in.
        if came < LEAST and self._transport.is_reading():
            self._body.set_exception(TooSlow("the body comes too slowly"))
            return
        self._begin()

    def end(self) -> None:
        self._timer.cancel()
