"""Fetching the files that came with texts: every channel's cases."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession

from channels import CHANNELS
from channels.base import BringsMedia, FetchFailed, Inbound
from tests.channels.case import channel_of, events_of, load, media_of
from tests.channels.provider import Provider, Serve, assert_asked, channel_at
from tests.channels.test_contract import assert_discreet

LIMIT = 1000
WITH_MEDIA = [
    type
    for type in CHANNELS
    if any(
        isinstance(e, Inbound) and any(m.reference for m in e.media)
        for c in load(type)["receive"]
        for e in events_of(c)
    )
]
CASES = [
    pytest.param(type, case, id=f"{type}: {case['label']}") for type in CHANNELS for case in load(type).get("fetch", [])
]


@pytest.mark.parametrize("type", CHANNELS)
def test_files_are_there_or_can_be_fetched(type: str) -> None:
    """Each file is in the request itself or has a reference, and then the channel fetches it and has the cases."""
    files = [
        file
        for case in load(type)["receive"]
        for event in events_of(case)
        if isinstance(event, Inbound)
        for file in event.media
    ]
    assert all(bool(file.reference) != (file.content is not None) for file in files)
    assert isinstance(channel_of(type), BringsMedia) == (type in WITH_MEDIA)
    if type in WITH_MEDIA:
        assert {"right", "gone", "too large", "elsewhere"} <= {case["label"] for case in load(type)["fetch"]}


@pytest.mark.parametrize("type, case", CASES)
async def test_fetch(type: str, case: dict[str, Any], aiohttp_server: Serve) -> None:
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


@pytest.mark.parametrize("type", WITH_MEDIA)
async def test_a_provider_that_cannot_be_reached_is_tried_again(type: str, unused_tcp_port: int) -> None:
    case, address = load(type)["fetch"][0], f"http://127.0.0.1:{unused_tcp_port}"
    async with ClientSession() as http:
        with pytest.raises(FetchFailed) as failed:
            await channel_at(type, case, address).fetch(http, media_of(case["media"], address), LIMIT)
    assert failed.value.retry
    assert_discreet(type, str(failed.value))
