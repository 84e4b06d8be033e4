"""Certificates as they go wrong, on a real server."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.certificate import certificate_faults
from tests.channels.authority import NOW, knowing, serving


async def lines(folder: Path, *, name: str = "localhost", **how: object) -> list[str]:
    """What is said of a server with such a certificate, by somebody who knows the authority `root`."""
    server = TestServer(web.Application(), scheme="https")
    await server.start_server(ssl=serving(folder, name, **how))  # type: ignore[arg-type]
    try:
        address = f"https://localhost:{server.port}/channels/village/telegram"
        return list(await certificate_faults(address, now=NOW, trust=knowing()))
    finally:
        await server.close()


async def test_one_that_can_be_trusted_is_well(tmp_path: Path) -> None:
    assert await lines(tmp_path) == []


@pytest.mark.parametrize(
    "how, said",
    [
        ({"days": (-9, -1)}, "has expired"),
        ({"days": (1, 9)}, "is not valid yet"),
        ({"issuer": "localhost"}, "is signed by nobody but itself"),
        ({"issuer": "stranger"}, "serve the whole chain"),
        ({"name": "other.test"}, "is for another name"),
        ({"days": (-80, 5)}, "ends in 4 days"),
    ],
)
async def test_what_is_wrong_with_it_is_told_with_what_to_do(how: dict[str, object], said: str, tmp_path: Path) -> None:
    (line,) = await lines(tmp_path, **how)  # type: ignore[arg-type]
    assert line.startswith("The certificate of localhost ")
    assert said in line
    assert ": " in line


async def test_a_server_without_tls_is_told() -> None:
    async with TestServer(web.Application()) as server:
        (line,) = await certificate_faults(f"https://localhost:{server.port}/x", now=NOW)
    assert "speaks no TLS" in line


async def test_a_server_that_cannot_be_reached_is_told(unused_tcp_port: int) -> None:
    (line,) = await certificate_faults(f"https://localhost:{unused_tcp_port}/secret", now=NOW)
    assert line.startswith("From here localhost could not be reached")
    assert "secret" not in line


async def test_without_https_there_is_nothing_to_look_at() -> None:
    for address in ("http://reports.test/", "", "https://", "https://reports.test:port/", "https://["):
        assert await certificate_faults(address, now=NOW) == ()
