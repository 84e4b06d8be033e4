"""Files are fetched from the provider's own hosts and from nowhere else: attacks."""

from __future__ import annotations

import asyncio
import gzip
import socket
import tracemalloc
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector, web
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from channels.base import FetchFailed
from channels.fetching import PublicOnly, Source, fetch, guarded, is_public
from tests.channels.provider import Serve

LIMIT = 1000


def source(api: str = "https://api.pigeon.test", **options: Any) -> Source:
    return Source(api, frozenset({"fbcdn.net", "localhost"}), {"Authorization": "Bearer pigeon-key"}, **options)


async def get(src: Source, address: str, *, limit: int = LIMIT) -> bytes:
    async with ClientSession() as http:
        return await fetch(http, src, address, limit=limit)


async def refused(src: Source, address: str, *, limit: int = LIMIT) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        await get(src, address, limit=limit)
    return failed.value


async def serve_one(serve: Serve, handler: Any) -> str:
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    return str((await serve(app)).make_url("")).rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        *("https://evil-fbcdn.net/a", "https://fbcdn.net.evil.test/a", "https://fbcdn.net@evil.test/a"),
        *("https://evil.test#fbcdn.net", "https://evil.test?.fbcdn.net", "https://evil.test/.fbcdn.net"),
        *("https://evil.test\\.fbcdn.net/a", "https://user:word@scontent.fbcdn.net/a", "//scontent.fbcdn.net/a"),
        *(
            "http://scontent.fbcdn.net/a",
            "http://scontent.fbcdn.net:443/a",
            "https://scontent.fbcdn.net:8443/a",
            "https://fbcdn.net./a",
            "/a",
            "",
            "a",
        ),
        *("ftp://fbcdn.net/a", "file:///etc/passwd", "data:,x", "https://127.0.0.1/a", "https://[::1]/a", "https://[/"),
        *("https://2130706433/a", "https://0x7f.1/a", "https://169.254.169.254/latest", "http://api.pigeon.test/a"),
        *("https://api.pigeon.test:8443/a", "https://key@api.pigeon.test/a", "https://fbcdn.net%2eevil.test/a"),
        *("https://fbcdn。net.evil.test/a", "https://scontent.fbcdn.net:port/a"),
    ],
)
async def test_another_address_is_not_asked(address: str) -> None:
    failure = await refused(source(), address)
    assert not failure.retry
    assert "address" in str(failure)


@pytest.mark.parametrize(
    "address", ["https://fbcdn.net/a", "https://SCONTENT.x.fbcdn.net:443/a?b=c", "https://api.pigeon.test/x"]
)
def test_the_providers_own_addresses_may_be_asked(address: str) -> None:
    assert source().allows(URL(address))


async def test_a_name_that_leads_into_our_network_is_not_asked() -> None:
    failure = await refused(source(), "https://localhost/a")
    assert [str(failure), failure.retry] == ["the file is not at a public address", False]


@pytest.mark.parametrize(
    "to",
    [
        *("http://127.0.0.1:9/a", "https://127.0.0.1/a", "https://localhost/a", "https://evil.test/a", "//evil.test/a"),
        *(
            "http://scontent.fbcdn.net/a",
            "http://169.254.169.254/a",
            "gopher://fbcdn.net/a",
            "http://[::1]/a",
            "http://[",
        ),
    ],
)
async def test_a_redirect_is_looked_at_like_the_first_address(to: str, aiohttp_server: Serve) -> None:
    async def send_on(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": to})

    api = await serve_one(aiohttp_server, send_on)
    failure = await refused(source(api), f"{api}/a")
    assert not failure.retry
    assert "address" in str(failure)


async def test_a_redirect_to_another_port_of_the_machine_is_not_followed(aiohttp_server: Serve) -> None:
    asked: list[str] = []

    async def inside(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text="our own database")

    other = await serve_one(aiohttp_server, inside)

    async def send_on(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": f"{other}/a"})

    api = await serve_one(aiohttp_server, send_on)
    await refused(source(api), f"{api}/a")
    assert asked == []


@pytest.mark.parametrize("hops, fine", [(3, True), (4, False)])
async def test_three_redirects_are_followed(hops: int, fine: bool, aiohttp_server: Serve) -> None:
    async def count(request: web.Request) -> web.Response:
        left = int(request.path[1:])
        return web.Response(status=302, headers={"Location": f"/{left - 1}"}) if left else web.Response(text="file")

    api = await serve_one(aiohttp_server, count)
    if fine:
        assert await get(source(api), f"{api}/{hops}") == b"file"
    else:
        assert str(await refused(source(api), f"{api}/{hops}")) == "the provider sent us on too often"


def test_credentials_go_to_the_provider_alone() -> None:
    src = source(told=frozenset({"lookaside.test"}))
    told = {host for host in ("api.pigeon.test", "scontent.fbcdn.net", "lookaside.test", "xlookaside.test")
            if src.credentials(URL(f"https://{host}/a"))}  # fmt: skip
    assert told == {"api.pigeon.test", "lookaside.test"}
    assert not src.credentials(URL("http://api.pigeon.test/a"))
    assert "pigeon-key" not in repr(src)


@pytest.mark.parametrize("claimed", ["5", "1001", None])
async def test_a_body_longer_than_allowed_is_left(claimed: str | None, aiohttp_server: Serve) -> None:
    """Also one without end, and one whose length is told as 5: HTTP then ends it at 5."""
    sent = 0

    async def flow(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Length": claimed} if claimed else {})
        await response.prepare(request)
        try:
            while sent < (10**8 if claimed is None else 10**5):
                await response.write(b"x" * 10_000)
                sent += 10_000
        except (ConnectionError, RuntimeError):
            pass
        return response

    api = await serve_one(aiohttp_server, flow)
    if claimed == "5":
        assert await get(source(api), f"{api}/a") == b"xxxxx"
    else:
        failure = await refused(source(api), f"{api}/a")
        assert [str(failure), failure.retry] == ["the file is larger than we keep", False]
    assert claimed or sent < 10**8


async def test_a_body_of_just_the_limit_is_taken(aiohttp_server: Serve) -> None:
    async def give(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * LIMIT)

    api = await serve_one(aiohttp_server, give)
    assert len(await get(source(api), f"{api}/a")) == LIMIT
    assert "larger" in str(await refused(source(api), f"{api}/a", limit=LIMIT - 1))


async def test_a_small_body_that_unpacks_to_a_large_one_costs_no_memory(aiohttp_server: Serve) -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, 1)

    async def give(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    api = await serve_one(aiohttp_server, give)
    tracemalloc.start()
    try:
        failure = await refused(source(api), f"{api}/a", limit=len(bomb))
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
    assert str(failure) == "the file is larger than we keep"


async def test_a_body_that_comes_drop_by_drop_is_left(aiohttp_server: Serve) -> None:
    over = asyncio.Event()

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x")
        await over.wait()
        return response

    api = await serve_one(aiohttp_server, drip)
    failure = await refused(source(api, seconds=0.05), f"{api}/a")
    over.set()
    assert [str(failure), failure.retry] == ["the file did not come in time", True]


async def test_the_time_is_that_of_all_redirects_together(aiohttp_server: Serve) -> None:
    asked: list[str] = []

    async def dawdle(request: web.Request) -> web.Response:
        asked.append(request.path)
        await asyncio.sleep(0.06)
        return web.Response(status=302, headers={"Location": "/again"})

    api = await serve_one(aiohttp_server, dawdle)
    failure = await refused(source(api, seconds=0.1), f"{api}/a")
    assert str(failure) == "the file did not come in time"
    assert len(asked) <= 2, "each in its time, but together they take too long"


@pytest.mark.parametrize(
    "status, retry",
    [(404, False), (410, False), (401, False), (403, False), (429, True), (500, True), (503, True), (304, False)],
)
async def test_what_the_provider_answers_decides_whether_to_try_again(
    status: int, retry: bool, aiohttp_server: Serve
) -> None:
    async def say(request: web.Request) -> web.Response:
        return web.Response(status=status)

    api = await serve_one(aiohttp_server, say)
    assert (await refused(source(api), f"{api}/a")).retry == retry


@pytest.mark.parametrize(
    "address, public",
    [
        *[
            (address, True)
            for address in ("9.9.9.9", "157.240.1.1", "2620:fe::fe", "64:ff9b::909:909", "::ffff:9.9.9.9")
        ],
        *[(a, False) for a in ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1")],
        *[(a, False) for a in ("0.0.0.0", "224.0.1.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1")],
        *[(a, False) for a in ("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00::1", "ff02::1", "2001:db8::1")],
        *[
            (a, False)
            for a in ("::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "2002:7f00:1::", "64:ff9b::a00:1", "64:ff9b:1::1")
        ],
        *[(a, False) for a in ("2001:0:4136:e378:8000:63bf:80ff:fffe", "localhost", "", "fec0::1", "::127.0.0.1")],
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) == public


class Names(AbstractResolver):
    """A name server with a few names."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        self.asked += 1
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.addresses
        ]

    async def close(self) -> None:
        pass


async def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    found = await PublicOnly(Names("9.9.9.9", "149.112.112.112")).resolve("fbcdn.net")
    assert [result["host"] for result in found] == ["9.9.9.9", "149.112.112.112"]
    for addresses in (("127.0.0.1",), ("9.9.9.9", "10.0.0.1"), ("9.9.9.9", "::ffff:10.0.0.1")):
        with pytest.raises(FetchFailed, match="not at a public address"):
            await PublicOnly(Names(*addresses)).resolve("fbcdn.net")


async def test_what_the_resolver_answers_is_what_is_connected_to() -> None:
    """A name asked a second time could answer with another address. The closed network of the tests tells which it was."""
    names = Names("9.9.9.9")
    async with ClientSession(connector=TCPConnector(resolver=PublicOnly(names), use_dns_cache=False)) as outside:
        with pytest.raises(UserWarning, match=r'connect\(\) with host "9\.9\.9\.9"'):
            await outside.get("https://fbcdn.net/")
    assert names.asked == 1


async def test_the_session_for_outside_uses_that_resolver_and_no_cache() -> None:
    async with guarded() as outside:
        with pytest.raises(FetchFailed, match="not at a public address"):
            await outside.get("https://localhost/")
        assert not outside.trust_env
