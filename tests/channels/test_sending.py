"""What a failed send is about: one text, the line, our keys there, or how fast we are."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession, web

from channels import meta
from channels.base import SendFailed
from channels.sending import check, post


@pytest.mark.parametrize(
    ("status", "fault"),
    [(400, "text"), (401, "keys"), (402, "keys"), (403, "keys"), (408, "line"), (429, "busy"), (500, "line")],
)
async def test_a_status_says_what_is_wrong(aiohttp_server: object, status: int, fault: str) -> None:
    async with _serving(aiohttp_server, status, {}) as (http, url):
        answer = await post(http, url, seconds=5)
        with pytest.raises(SendFailed) as refused:
            check(answer)
        assert refused.value.fault == fault
        with pytest.raises(SendFailed) as gone:
            check(answer, opted_out=True)
        assert gone.value.fault == "text", "it is about this person"


async def test_metas_expired_token_is_about_our_keys_also_with_a_400(aiohttp_server: object) -> None:
    for code, fault in ((190, "keys"), (100, "text")):
        async with _serving(aiohttp_server, 400, {"error": {"code": code}}) as (http, url):
            with pytest.raises(SendFailed) as refused:
                await meta.send(http, url, "token", {}, seconds=5)
            assert refused.value.fault == fault


async def test_a_provider_that_cannot_be_reached_is_about_the_line(aiohttp_server: object) -> None:
    async with _serving(aiohttp_server, 200, {}) as (http, _):
        with pytest.raises(SendFailed) as away:
            await post(http, "http://127.0.0.1:1/", seconds=5)
    assert (away.value.fault, away.value.uncertain) == ("line", False)


class _serving:
    """A server that answers every POST so, and a client."""

    def __init__(self, aiohttp_server: object, status: int, body: object) -> None:
        self._start, self._status, self._body = aiohttp_server, status, body

    async def __aenter__(self) -> tuple[ClientSession, str]:
        async def answer(request: web.Request) -> web.Response:
            return web.json_response(self._body, status=self._status)

        app = web.Application()
        app.router.add_post("/", answer)
        server = await self._start(app)  # type: ignore[operator]
        self._http = ClientSession()
        return self._http, str(server.make_url("/"))

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()
