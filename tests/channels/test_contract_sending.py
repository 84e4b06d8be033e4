"""The contract every channel keeps with what it sends. What is special about one channel is in cases/<type>.json."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession, web

from channels import build
from channels.base import Outbound, SendFailed
from tests.channels.case import channel_of, load, outbound_of
from tests.channels.contract import COLLECTING, KEY, WITH_PROVIDER, Serve, assert_closed, assert_discreet, every


async def serve_all(serve: Serve, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> str:
    """Answer whatever is asked; the address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    return str((await serve(app)).make_url("")).rstrip("/")


async def fake(serve: Serve, answer: dict[str, Any], seen: dict[str, Any]) -> str:
    """A provider that notes what it is asked and gives one answer; its address."""

    async def provide(request: web.Request) -> web.Response:
        is_json = request.content_type == "application/json"
        seen["path"] = request.raw_path
        seen["headers"] = {name.lower(): value for name, value in request.headers.items()}
        if is_json:
            seen["json"] = await request.json()
        else:
            seen["form"] = dict(await request.post())
        headers = answer.get("headers")
        if "json" in answer:
            return web.json_response(answer["json"], status=answer["status"], headers=headers)
        return web.Response(text=answer.get("body", ""), status=answer["status"], headers=headers)

    return await serve_all(serve, provide)


def assert_contains(seen: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name, value in wanted.items():
        if name == "headers":
            assert {key: seen["headers"].get(key.lower()) for key in value} == value
        else:
            assert seen[name] == value


@pytest.mark.parametrize("type, case", every("send", only=lambda case: "answer" in case))
async def test_send(type: str, case: dict[str, Any], aiohttp_server: Serve) -> None:
    seen: dict[str, Any] = {}
    address = await fake(aiohttp_server, case["answer"], seen)
    settings = load(type)["settings"] | case.get("settings", {}) | {"api_url": address}
    channel = build(type, settings)
    outbound = outbound_of(case, KEY)
    async with ClientSession() as http:
        if "failed" in case:
            with pytest.raises(SendFailed) as failed:
                await channel.send(http, outbound)
            usual = {"retry": False, "opted_out": False, "retry_after": None, "uncertain": False}
            wanted = usual | {name: value for name, value in case["failed"].items() if name != "reason"}
            assert {name: getattr(failed.value, name) for name in wanted} == wanted
            assert str(failed.value) == case["failed"]["reason"]
            assert_discreet(type, str(failed.value), outbound.to, outbound.text, address)
            assert_closed(failed.value)
        else:
            assert await channel.send(http, outbound) == case["id"]
    assert_contains(seen, case.get("request", {}))


@pytest.mark.parametrize("type, case", every("send", only=lambda case: "answer" not in case))
async def test_send_without_a_provider(type: str, case: dict[str, Any]) -> None:
    async with ClientSession() as http:
        assert await channel_of(type).send(http, Outbound("someone", "Thank you.", KEY)) == case["id"]


@pytest.mark.parametrize("type", WITH_PROVIDER)
def test_the_cases_hold_every_kind_of_answer(type: str) -> None:
    send = load(type)["send"]
    failed = [case for case in send if "failed" in case]
    assert [case for case in send if "id" in case and "request" in case]
    assert {400, 429, 500} <= {case["answer"]["status"] // 100 * 100 for case in failed} | {
        case["answer"]["status"] for case in failed
    }
    assert [case for case in failed if case["failed"].get("retry_after")]
    assert [case for case in failed if case["failed"].get("uncertain")]


@pytest.mark.parametrize("type", WITH_PROVIDER)
async def test_a_provider_that_cannot_be_reached_is_tried_again(type: str, unused_tcp_port: int) -> None:
    settings = load(type)["settings"] | {"api_url": f"http://127.0.0.1:{unused_tcp_port}"}
    async with ClientSession() as http:
        with pytest.raises(SendFailed, match="could not be reached") as failed:
            await build(type, settings).send(http, Outbound("+254700000002", "hello", KEY))
    assert failed.value.retry
    assert not failed.value.uncertain
    assert_closed(failed.value)
    assert_discreet(type, str(failed.value), "+254700000002")


@pytest.mark.parametrize("type", WITH_PROVIDER)
async def test_a_provider_that_does_not_answer_is_tried_again_and_the_text_uncertain(
    type: str, aiohttp_server: Serve
) -> None:
    async def wait(request: web.Request) -> web.Response:
        await asyncio.sleep(0.05)
        return web.Response()

    settings = load(type)["settings"] | {"api_url": await serve_all(aiohttp_server, wait), "timeout": "0.02"}
    async with ClientSession() as http:
        with pytest.raises(SendFailed, match="did not answer in time") as failed:
            await build(type, settings).send(http, Outbound("+254700000002", "hello", KEY))
    assert failed.value.retry
    assert failed.value.uncertain
    assert_closed(failed.value)


@pytest.mark.parametrize("type", WITH_PROVIDER)
async def test_a_connection_that_breaks_is_tried_again(type: str, aiohttp_server: Serve) -> None:
    async def drop(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    settings = load(type)["settings"] | {"api_url": await serve_all(aiohttp_server, drop)}
    async with ClientSession() as http:
        with pytest.raises(SendFailed, match="broke") as failed:
            await build(type, settings).send(http, Outbound("+254700000002", "hello", KEY))
    assert failed.value.retry
    assert failed.value.uncertain
    assert_closed(failed.value)


@pytest.mark.parametrize("type", COLLECTING)
async def test_a_gateway_that_asks_is_never_called(type: str) -> None:
    async with ClientSession() as http:
        with pytest.raises(SendFailed) as failed:
            await channel_of(type).send(http, Outbound("+254700000002", "hello", KEY))
    assert failed.value.retry
