"""Pages that stay current: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).

The database is asked what is new; nothing is pushed from elsewhere, so it works with any number of processes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from aiohttp import web

SIGN_OF_LIFE = 15
"""Looks without news after which a comment keeps proxies from closing the connection."""


class Streams:
    """The open streams of a process, and the sign to end them.

    `every` is the seconds between two looks; of more than `limit` streams each further one is told to come back.
    """

    def __init__(self, every: float = 1.0, limit: int = 256) -> None:
        self.every = every
        self.limit = limit
        self.closing = asyncio.Event()
        self.open = 0


STREAMS = web.AppKey("streams", Streams)


def add_streams(app: web.Application) -> None:
    """Let the application end its streams before it waits for its requests."""
    app[STREAMS] = Streams()
    app.on_shutdown.append(_close)


async def _close(app: web.Application) -> None:
    app[STREAMS].closing.set()


async def stream(
    request: web.Request,
    pulse: Callable[[], Awaitable[str]],
    show: Callable[[], Awaitable[Mapping[str, str]]],
) -> web.StreamResponse:
    """Send `show()` as JSON whenever `pulse()` says something else than before. The pulse is the event's id.

    A browser that comes back names the last one it saw (Last-Event-ID) and is sent nothing it has.
    """
    streams = request.app[STREAMS]
    if streams.open >= streams.limit:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "30"})
    seen = request.headers.get("Last-Event-ID", request.query.get("seen", ""))
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    streams.open += 1
    try:
        await response.prepare(request)
        await response.write(b"retry: 2000\n\n")
        await _follow(request, response, pulse, show, seen)
    except ConnectionError:
        return response  # they left
    finally:
        streams.open -= 1
    return response


async def _follow(
    request: web.Request,
    response: web.StreamResponse,
    pulse: Callable[[], Awaitable[str]],
    show: Callable[[], Awaitable[Mapping[str, str]]],
    seen: str,
) -> None:
    streams = request.app[STREAMS]
    quiet = 0
    while not streams.closing.is_set() and request.transport is not None and not request.transport.is_closing():
        now = await pulse()
        if now != seen:
            body = json.dumps(dict(await show()), ensure_ascii=True)
            await response.write(f"id: {now}\ndata: {body}\n\n".encode())
            seen, quiet = now, 0
        elif quiet >= SIGN_OF_LIFE:
            await response.write(b": here\n\n")
            quiet = 0
        quiet += 1
        with suppress(TimeoutError):
            await asyncio.wait_for(streams.closing.wait(), streams.every)
