"""A body that stops coming ends with 408; a slow line that goes on gets through, however long it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from io import BytesIO

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from service import pace

Client = TestClient[web.Request, web.Application]


class Looks:
    """Stands where the clock stands: a window is over when the test says so."""

    def __init__(self) -> None:
        self.next: Callable[[], None] | None = None
        self.timers: list[asyncio.TimerHandle] = []

    def later(self, look: Callable[[], None]) -> asyncio.TimerHandle:
        self.next = look
        self.timers.append(asyncio.get_running_loop().call_later(3600, look))
        return self.timers[-1]

    def window_ends(self) -> None:
        look, self.next = self.next, None
        assert look is not None, "nobody watches any more"
        look()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    made = Looks()
    monkeypatch.setattr(pace, "_after_a_window", made.later)
    return made


class Reader:
    """An application that reads a body, and says how much of it there was."""

    def __init__(self) -> None:
        self.begun, self.came, self.size = asyncio.Event(), asyncio.Condition(), 0
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.request: web.Request | None = None

    async def answer(self, request: web.Request) -> web.Response:
        self.request = request
        self.begun.set()
        await self.may_read.wait()
        try:
            async for piece in request.content.iter_any():
                async with self.came:
                    self.size += len(piece)
                    self.came.notify_all()
        except pace.TooSlow:
            return web.Response(status=408)
        return web.Response(text=str(self.size))

    async def has(self, size: int) -> None:
        """Return once so many bytes have come."""
        async with self.came:
            await self.came.wait_for(lambda: self.size == size)

    async def paused(self) -> None:
        """Return once so much lies unread that the server lets nothing more come."""
        assert self.request is not None
        transport = self.request.transport
        assert transport is not None
        for _ in iter(transport.is_reading, False):
            await asyncio.sleep(0)

    async def serve(self) -> Client:
        app = web.Application()
        app.router.add_route("*", "/", self.answer)
        client = TestClient(TestServer(app))
        await client.start_server()
        pace.keep_pace(client.server.runner)
        return client


async def test_a_slow_line_that_goes_on_gets_through(looks: Looks) -> None:
    reader = Reader()
    client = await reader.serve()

    async def body() -> AsyncIterator[bytes]:
        for number in range(200):
            yield bytes(pace.LEAST)
            await reader.has((number + 1) * pace.LEAST)
            looks.window_ends()

    async with client.post("/", data=body()) as response:
        # 200 windows are more than three hours.
        assert (response.status, await response.text()) == (200, str(200 * pace.LEAST))
    await client.close()
    assert looks.timers[-1].cancelled(), "nobody watches what is answered"


@pytest.mark.parametrize("before", [0, 3])
async def test_a_body_that_trickles_ends(looks: Looks, before: int) -> None:
    """Also after a good start: what came quickly buys no time."""
    reader = Reader()
    client = await reader.serve()
    answered = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        for number in range(before):
            yield bytes(10 * pace.LEAST)
            await reader.has((number + 1) * 10 * pace.LEAST)
            looks.window_ends()
        yield bytes(pace.LEAST - 1)
        await reader.has((before * 10 + 1) * pace.LEAST - 1)
        looks.window_ends()
        await answered.wait()

    async with client.post("/", data=body()) as response:
        assert response.status == 408
        answered.set()
    await client.close()


async def test_who_waits_for_us_is_not_too_slow(looks: Looks) -> None:
    reader = Reader()
    reader.may_read.clear()
    client = await reader.serve()
    sending = asyncio.ensure_future(client.post("/", data=BytesIO(bytes(9_000_000))))
    await reader.begun.wait()
    await reader.paused()
    for _ in range(3):
        looks.window_ends()
    reader.may_read.set()
    async with await sending as response:
        assert (response.status, await response.text()) == (200, "9000000")
    await client.close()


async def test_what_is_here_at_once_is_watched_by_nobody(looks: Looks) -> None:
    reader = Reader()
    client = await reader.serve()
    for _ in range(2):
        async with client.get("/") as response:
            assert response.status == 200
    assert looks.next is None
    await client.close()
