"""The whole application before a client that begins a body and sends no more of it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web

from service import pace
from service.main import open_runner
from tests.dashboards.desk import HTML, ON_SQLITE

pytestmark = ON_SQLITE
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}
BODIES = {
    "a form": ("/login", {"Content-Type": "application/x-www-form-urlencoded"}, b"login="),
    "a multipart form": ("/phone", MULTIPART, b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nNo'),
    "a provider's": ("/channels/village/web", {"Content-Type": "application/json"}, b'{"text": "'),
}


@pytest.fixture
async def address(make_app: object, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setattr(pace, "WINDOW", 0.05)
    thresholds = gc.get_threshold()
    runner = await open_runner(make_app())  # type: ignore[operator]
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.parametrize("sort", BODIES)
async def test_who_stops_sending_is_told_so(address: str, sort: str) -> None:
    path, headers, begins = BODIES[sort]
    answered = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield begins
        await answered.wait()

    async with (
        asyncio.timeout(30),
        ClientSession() as browser,
        browser.post(address + path, data=body(), headers=HTML | headers) as response,
    ):
        said = await response.text()
        answered.set()
    assert response.status == 408
    assert ("It took too long" if path != "/channels/village/web" else "send it again") in said
