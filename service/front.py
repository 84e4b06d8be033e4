"""The short way of providers' requests: from the server to the door, past the application of the pages.

Its routing, middlewares and signals cost a text as much as to check, seal and store it. The application serves the same
addresses: what is unusual about a request, such as a body that waits for our leave, is left to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import hdrs, web

Door = Callable[[web.Request, str], Awaitable[web.StreamResponse]]
"""Answers a request to a channel, <programme>/<name>."""
CHANNELS = "/channels/"
"""What the addresses of all doors begin with."""


def shorten_way(runner: web.AppRunner, door: Door) -> None:
    """Let providers' requests go to `door` at once. The runner is set up, and not listening yet.

    https://docs.aiohttp.org/en/stable/web_lowlevel.html: a server calls one handler for whatever comes.
    """
    server = runner.server
    assert server is not None
    application = server.request_handler

    def answer(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        name = channel_of(request)
        return application(request) if name is None else door(cast(web.Request, request), name)

    server.request_handler = answer


def channel_of(request: web.BaseRequest) -> str | None:
    """The channel, <programme>/<name>, that a request goes to; None if the application is to find out."""
    # What an escape stands for depends on where it stands; no address that we give to a provider has one.
    if not request.path.startswith(CHANNELS) or "%" in request.raw_path or hdrs.EXPECT in request.headers:
        return None
    parts = request.path.removeprefix(CHANNELS).split("/")
    # A secret may end the address.
    return f"{parts[0]}/{parts[1]}" if 2 <= len(parts) <= 3 and all(parts) else None
