"""A provider that holds files, as a real server, and the channel that fetches them from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from aiohttp import ClientError, ClientSession, web
from aiohttp.test_utils import TestServer

from channels.base import Delivery, FetchFailed, Inbound, Media, Outbound, Reply, Webhook


@dataclass
class Provider:
    """`files` by name; `gone` answers 404, `broken` 503. Counts what it is asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    on_ask: Callable[[str], Any] | None = None

    async def serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.asked.append(name)
        if self.on_ask is not None:
            await self.on_ask(name)
        if name in self.gone:
            return web.Response(status=404)
        if name in self.broken:
            return web.Response(status=503)
        return web.Response(body=self.files[name], content_type="image/jpeg")

    def server(self) -> TestServer:
        app = web.Application()
        app.router.add_get("/{name}", self.serve)
        return TestServer(app)


@dataclass(frozen=True)
class Post:
    """A channel that brings files from its provider at `base`."""

    base: str

    type: ClassVar[str] = "post"
    max_length: ClassVar[int] = 1000
    segmented: ClassVar[bool] = False
    idempotent: ClassVar[bool] = True
    window: ClassVar[timedelta | None] = None
    carries: ClassVar[Mapping[str, int | None]] = {}

    def authenticate(self, hook: Webhook) -> None:
        return None

    def parse(self, hook: Webhook) -> list[Inbound | Delivery]:
        return []

    def reply(self, hook: Webhook) -> Reply:
        return Reply()

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        return outbound.key

    async def fetch(self, http: ClientSession, media: Media, limit: int) -> bytes:
        try:
            async with http.get(f"{self.base}{media.reference}") as answer:
                if answer.status == 404:
                    raise FetchFailed("The provider no longer has the file.", retry=False)
                if answer.status != 200:
                    raise FetchFailed(f"The provider answered {answer.status}.", retry=True)
                content = b""
                while len(content) <= limit and (more := await answer.content.read(65_536)):
                    content += more
        except ClientError as error:
            raise FetchFailed(f"The provider cannot be reached: {type(error).__name__}.", retry=True) from None
        if len(content) > limit:
            raise FetchFailed("The file is too large.", retry=False)
        return content
