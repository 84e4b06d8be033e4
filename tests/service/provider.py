"""A provider as a real HTTP server: as a generic gateway it knows texts by our key, as Twilio it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from channels.base import Channel
from channels.generic import Generic
from channels.twilio import Twilio


@dataclass
class Provider:
    """What it took, and how it answers: the first of `answers` while there is one (status, body, headers), else 200."""

    base: str = ""
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    always: tuple[int, Any, dict[str, str]] | None = None
    requests: int = 0
    delivered: list[tuple[str, str]] = field(default_factory=list)
    """(to, words) of every text a person got."""
    keys: dict[str, str] = field(default_factory=dict)
    on_taken: Callable[[], None] | None = None
    """Called when a text is taken, before the answer goes out."""
    slow: asyncio.Event | None = None
    """While set up and not set, it keeps whoever calls waiting."""

    def fail(self, status: int, times: int = 1, body: Any = None, **headers: str) -> None:
        self.answers += [
            (status, body or {}, {name.replace("_", "-"): value for name, value in headers.items()})
        ] * times

    def generic(self, timeout: float = 5.0) -> Channel:
        return Generic("whsec_" + "A" * 32, f"{self.base}/generic", timeout)

    def twilio(self, timeout: float = 5.0) -> Channel:
        return Twilio("AC1", "token", "+15005550006", "", self.base, timeout)

    async def _answer(self) -> web.Response | None:
        self.requests += 1
        if self.slow is not None:
            await self.slow.wait()
        answer = self.answers.pop(0) if self.answers else self.always
        return None if answer is None else web.json_response(answer[1], status=answer[0], headers=answer[2])

    async def take_generic(self, request: web.Request) -> web.Response:
        text = await request.json()
        refusal = await self._answer()
        if refusal is not None:
            return refusal
        if text["id"] not in self.keys:
            self.delivered.append((text["to"], text["text"]))
            self.keys[text["id"]] = f"generic-{len(self.keys) + 1}"
        if self.on_taken is not None:
            self.on_taken()
        return web.json_response({"id": self.keys[text["id"]]})

    async def take_twilio(self, request: web.Request) -> web.Response:
        form = await request.post()
        refusal = await self._answer()
        if refusal is not None:
            return refusal
        self.delivered.append((str(form["To"]), str(form["Body"])))
        if self.on_taken is not None:
            self.on_taken()
        return web.json_response({"sid": f"SM{len(self.delivered)}"}, status=201)


@asynccontextmanager
async def serve_provider() -> AsyncIterator[Provider]:
    """A provider that listens on a port of this machine."""
    provider = Provider()
    app = web.Application()
    app.router.add_post("/generic", provider.take_generic)
    app.router.add_post("/2010-04-01/Accounts/AC1/Messages.json", provider.take_twilio)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield provider
    finally:
        if provider.slow is not None:
            provider.slow.set()
        await runner.cleanup()
