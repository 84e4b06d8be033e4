"""Fetching the files that came with texts: every channel's cases, against real servers, those outside with real TLS."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from channels import CHANNELS, fetching
from channels.base import BringsMedia, FetchFailed, Inbound
from tests.channels.authority import knowing, serving
from tests.channels.case import channel_of, events_of, load, media_of
from tests.channels.contract import assert_discreet
from tests.channels.provider import Provider, Serve, assert_asked, channel_at

LIMIT = 1000
WANTED = {"right", "gone", "too large", "elsewhere"}
CASES = [
    pytest.param(type, case, id=f"{type}: {case['label']}") for type in CHANNELS for case in load(type).get("fetch", [])
]


def files_of(type: str) -> list[Any]:
    events = (event for case in load(type)["receive"] for event in events_of(case))
    return [file for event in events if isinstance(event, Inbound) for file in event.media]


WITH_MEDIA = [type for type in CHANNELS if any(file.reference for file in files_of(type))]


class OneHost(AbstractResolver):
    """The name of one host outside, which is a server of the test."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port

    async def resolve(self, host: str, port: int = 0, family: Any = socket.AF_INET) -> list[ResolveResult]:
        if host != self.host:
            raise OSError("no such name")
        there = ResolveResult(hostname=host, host="127.0.0.1", port=self.port, family=family, proto=0, flags=0)
        return [there]

    async def close(self) -> None:
        pass


@pytest.fixture
async def outside(
    request: pytest.FixtureRequest, aiohttp_server: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Provider | None:
    """The server a case has outside of the API, reached by its name and with its certificate."""
    case = request.getfixturevalue("case").get("outside")
    if case is None:
        return None
    provider = Provider(case["answers"])
    server = await provider.serve(aiohttp_server, ssl=serving(tmp_path, case["host"]))

    def guarded() -> ClientSession:
        return ClientSession(connector=TCPConnector(resolver=OneHost(case["host"], server.port), ssl=knowing()))

    monkeypatch.setattr(fetching, "guarded", guarded)
    return provider


@pytest.mark.parametrize("type", CHANNELS)
def test_files_are_there_or_can_be_fetched(type: str) -> None:
    """Each file is in the request itself or has a reference, and then the channel fetches it and has the cases."""
    assert all(bool(file.reference) != (file.content is not None) for file in files_of(type))
    assert isinstance(channel_of(type), BringsMedia) == (type in WITH_MEDIA)
    if type in WITH_MEDIA:
        assert {case["label"] for case in load(type)["fetch"]} >= WANTED


@pytest.mark.parametrize("type, case", CASES)
async def test_fetch(type: str, case: dict[str, Any], aiohttp_server: Serve, outside: Provider | None) -> None:
    provider = Provider(case.get("answers", {}))
    address = await provider.start(aiohttp_server)
    channel = channel_at(type, case, address)
    media = media_of(case["media"], address)
    async with ClientSession() as http:
        if "failed" in case:
            with pytest.raises(FetchFailed) as failed:
                await channel.fetch(http, media, case.get("limit", LIMIT))
            assert [str(failed.value), failed.value.retry] == [case["failed"]["reason"], case["failed"]["retry"]]
            assert_discreet(type, str(failed.value), address, media.reference)
            assert failed.value.__suppress_context__ or failed.value.__context__ is None
        else:
            assert await channel.fetch(http, media, case.get("limit", LIMIT)) == case["content"].encode()
    if "requests" in case:
        assert_asked(provider.asked, case["requests"])
    if outside is not None:
        assert_asked(outside.asked, case["outside"]["requests"])


@pytest.mark.parametrize("type", WITH_MEDIA)
async def test_a_provider_that_cannot_be_reached_is_tried_again(type: str, unused_tcp_port: int) -> None:
    case, address = load(type)["fetch"][0], f"http://127.0.0.1:{unused_tcp_port}"
    async with ClientSession() as http:
        with pytest.raises(FetchFailed) as failed:
            await channel_at(type, case, address).fetch(http, media_of(case["media"], address), LIMIT)
    assert failed.value.retry
    assert_discreet(type, str(failed.value))
