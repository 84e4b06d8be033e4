"""Providers' requests take the short way, and everything else the long one."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from service.front import channel_of, shorten_way
from service.web import DOOR, DOOR_WITH_SECRET


@pytest.mark.parametrize(
    ("path", "channel"),
    [
        ("/channels/village/sms", "village/sms"),
        ("/channels/village/sms?a=b", "village/sms"),
        ("/channels/village/sms/0123456789abcdef", "village/sms"),
        ("/channels/village/%73ms", None),
        ("/channels/village%2Fsms", None),
        ("/channels/village", None),
        ("/channels/village/", None),
        ("/channels//sms", None),
        ("/channels/village/sms/", None),
        ("/channels/village/sms/a/b", None),
        ("/channels/village/sms/a%2Fb", None),
        ("/desk/village", None),
        ("/", None),
    ],
)
def test_an_address_names_a_channel_as_the_application_reads_it(path: str, channel: str | None) -> None:
    assert channel_of(make_mocked_request("POST", path)) == channel


async def _say(word: str) -> web.Response:
    return web.Response(text=word)


async def _client() -> TestClient[web.Request, web.Application]:
    app = web.Application(client_max_size=100)

    async def long(request: web.Request) -> web.Response:
        await request.read()
        return await _say("long")

    async def short(request: web.Request, name: str) -> web.Response:
        await request.read()
        return await _say(f"short {name}")

    for address in ("/", DOOR, DOOR_WITH_SECRET):
        app.router.add_route("*", address, long)
    client = TestClient(TestServer(app))
    await client.start_server()
    shorten_way(client.server.runner, short)
    return client


async def test_only_what_is_for_a_channel_takes_the_short_way() -> None:
    client = await _client()
    for address, word in (("/", "long"), ("/channels/village/sms", "short village/sms")):
        async with client.post(address) as response:
            assert await response.text() == word
    async with client.get("/channels/village") as response:
        assert response.status == 404
    await client.close()


async def test_a_body_that_waits_for_our_leave_gets_it() -> None:
    client = await _client()
    async with asyncio.timeout(30), client.post("/channels/village/sms", data=b"x", expect100=True) as response:
        assert await response.text() == "long"
    await client.close()


async def test_a_body_that_is_too_large_is_told_so() -> None:
    client = await _client()
    async with client.post("/channels/village/sms", data=bytes(200)) as response:
        assert response.status == 413
    await client.close()
