"""A real server that stands for a provider: it gives the answers of a case and notes what it was asked."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from channels import build
from channels.base import Channel
from tests.channels.case import channel_of, load

Serve = Callable[..., Awaitable[TestServer]]


class Provider:
    """`answers` by "METHOD /path", without query; `asked` holds each request in the order in which it came."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[dict[str, Any]] = []
        self.address = ""
        self.after_each: Callable[[], None] = lambda: None

    async def start(self, serve: Serve) -> str:
        """Its address, once it listens."""
        self.address = str((await self.serve(serve)).make_url("")).rstrip("/")
        return self.address

    async def serve(self, serve: Serve, **options: Any) -> TestServer:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        return await serve(app, **options)

    async def _answer(self, request: web.Request) -> web.Response:
        asked: dict[str, Any] = {"method": request.method, "path": request.raw_path}
        asked["headers"] = {name.lower(): value for name, value in request.headers.items()}
        if request.content_type == "application/json" and request.can_read_body:
            asked["json"] = await request.json()
        elif request.can_read_body:
            asked["form"] = dict(await request.post())
        self.asked.append(asked)
        path = f"{request.method} {request.raw_path.partition('?')[0]}"
        answer = self.answers.get(path, self.answers.get("*"))
        self.after_each()
        if answer is None:
            return web.Response(status=418, text=f"the case has no answer to {path}")
        headers = {name: self._here(value) for name, value in answer.get("headers", {}).items()}
        if answer.get("echo"):
            return web.json_response(asked["json"], status=answer.get("status", 200), headers=headers)
        if "json" in answer:
            text = self._here(json.dumps(answer["json"]))
            return web.Response(
                text=text, content_type="application/json", status=answer.get("status", 200), headers=headers
            )
        return web.Response(body=answer.get("body", "").encode(), status=answer.get("status", 200), headers=headers)

    def _here(self, text: str) -> str:
        return text.replace("{api}", self.address)


def channel_at(type: str, case: dict[str, Any], address: str) -> Channel:
    """The channel of a case, which talks to the server at `address`."""
    settings = load(type)["settings"] | case.get("settings", {}) | ({"api_url": address} if address else {})
    channel = build(type, settings)
    clock = getattr(channel_of(type), "clock", None)
    return channel if clock is None else replace(channel, clock=clock)


def assert_asked(asked: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    """The requests in their order; of the headers those that the case names, `true` for any value."""
    assert [f"{request['method']} {request['path']}" for request in asked] == [
        f"{request.get('method', 'GET')} {request['path']}" for request in wanted
    ]
    for request, expected in zip(asked, wanted, strict=True):
        for name, value in expected.items():
            if name == "headers":
                seen = {key: request["headers"].get(key.lower()) for key in value}
                assert {key: bool(seen[key]) if value[key] is True else seen[key] for key in value} == value
            elif name not in ("method", "path"):
                assert request.get(name) == value
