"""Setting a provider up and finding out what is wrong with it: every channel, against a real server that stands for it."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession

from channels import CHANNELS
from channels.base import SendFailed
from channels.connecting import address_faults, elsewhere
from tests.channels.case import load
from tests.channels.contract import assert_closed, assert_discreet
from tests.channels.provider import Provider, Serve, assert_asked, channel_at

CONNECT, EXAMINE = "connect", "examine"
WITH_API = [type for type in CHANNELS if any("answers" in case for case in load(type).get(EXAMINE, []))]
CONNECTS_BY_API = [type for type in CHANNELS if any("answers" in case for case in load(type).get(CONNECT, []))]


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(type, case, id=f"{type}: {case['label']}")
        for type in CHANNELS
        for case in load(type).get(kind, [])
    ]


def ours(type: str, case: dict[str, Any]) -> str:
    return case.get("address", f"https://reports.test/channels/{type}")


@pytest.mark.parametrize("type", CHANNELS)
@pytest.mark.parametrize("kind", [CONNECT, EXAMINE])
def test_every_channel_has_cases(type: str, kind: str) -> None:
    found = load(type).get(kind, [])
    labels = [case["label"] for case in found]
    wanted = ["right"] if kind == CONNECT else ["right", "an address that cannot be called"]
    if any("answers" in case for case in found):
        wanted += ["wrong key", "garbage"]
    assert [label for label in wanted if label not in labels] == []
    if kind == EXAMINE:
        by_label = {case["label"]: case["lines"] for case in found}
        assert by_label["right"] == []
        assert all(by_label[label] for label in wanted if label != "right")
    else:
        assert found[0]["lines"]


@pytest.mark.parametrize("type, case", cases(CONNECT))
async def test_connect(type: str, case: dict[str, Any], aiohttp_server: Serve) -> None:
    provider = Provider(case.get("answers", {}))
    channel = channel_at(type, case, await provider.start(aiohttp_server) if "answers" in case else "")
    async with ClientSession() as http:
        if "failed" in case:
            with pytest.raises(SendFailed) as failed:
                await channel.connect(http, ours(type, case))
            assert [str(failed.value), failed.value.retry] == [case["failed"]["reason"], case["failed"]["retry"]]
            assert_discreet(type, str(failed.value), provider.address)
            assert_closed(failed.value)
        else:
            lines = await channel.connect(http, ours(type, case))
            assert list(lines) == case["lines"]
            assert_discreet(type, "\n".join(lines))
    if "requests" in case:
        assert_asked(provider.asked, case["requests"])


@pytest.mark.parametrize("type, case", cases(EXAMINE))
async def test_examine(type: str, case: dict[str, Any], aiohttp_server: Serve) -> None:
    provider = Provider(case.get("answers", {}))
    channel = channel_at(type, case, await provider.start(aiohttp_server) if "answers" in case else "")
    async with ClientSession() as http:
        lines = await channel.examine(http, ours(type, case))
    assert list(lines) == case["lines"]
    assert_discreet(type, "\n".join(lines), provider.address)
    assert all(line[:1].isupper() and line.endswith(".") for line in lines)
    if "requests" in case:
        assert_asked(provider.asked, case["requests"])


@pytest.mark.parametrize("type", CONNECTS_BY_API)
async def test_connect_says_that_the_provider_could_not_be_reached(type: str, unused_tcp_port: int) -> None:
    channel = channel_at(type, load(type)[CONNECT][0], f"http://127.0.0.1:{unused_tcp_port}")
    async with ClientSession() as http:
        with pytest.raises(SendFailed, match="could not be reached") as failed:
            await channel.connect(http, ours(type, {}))
    assert_closed(failed.value)


@pytest.mark.parametrize("type", WITH_API)
async def test_examine_says_that_the_provider_could_not_be_reached(type: str, unused_tcp_port: int) -> None:
    channel = channel_at(type, load(type)[EXAMINE][0], f"http://127.0.0.1:{unused_tcp_port}")
    async with ClientSession() as http:
        lines = await channel.examine(http, ours(type, {}))
    assert [line for line in lines if "could not be asked" in line and "api_url" in line]
    assert_discreet(type, "\n".join(lines))


@pytest.mark.parametrize("type", WITH_API)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500, 503])
@pytest.mark.parametrize("body", ["", "null", "[]", '{"error": 1, "result": [], "data": "x"}', "<html>"])
async def test_examine_is_calm_whatever_is_answered(type: str, status: int, body: str, aiohttp_server: Serve) -> None:
    provider = Provider({"*": {"status": status, "body": body}})
    channel = channel_at(type, load(type)[EXAMINE][0], await provider.start(aiohttp_server))
    async with ClientSession() as http:
        lines = await channel.examine(http, ours(type, {}))
    assert lines
    assert_discreet(type, "\n".join(lines), provider.address)


@pytest.mark.parametrize(
    "address",
    [
        *("", "nowhere", "http://[", "https://", "ftp://reports.test", "http://reports.test", "https://localhost"),
        *("https://127.0.0.1/", "https://10.0.0.1/", "https://192.168.1.5/", "https://[::1]/", "https://phone.local/"),
        *("https://169.254.169.254/", "https://[::ffff:10.0.0.1]/", "https://desk/", "https://reports.test:99999/"),
    ],
)
def test_an_address_that_cannot_be_called_is_told(address: str) -> None:
    (line,) = address_faults(address, "Pigeon")
    assert "PUBLIC_URL" in line


def test_an_address_that_can_be_called_is_well() -> None:
    for address in ("https://reports.example.org/channels/a/b", "https://9.9.9.9/x", "https://reports.test:8443/"):
        assert address_faults(address, "Pigeon", ports=(443, 8443)) == ()
    assert "8444" in address_faults("https://reports.test:8444/", "Pigeon", ports=(443, 8443))[0]


def test_another_address_is_told_by_its_host_alone() -> None:
    ours = "https://reports.test/channels/a/b"
    assert elsewhere("Pigeon", ours, ours) == ()
    assert elsewhere("Pigeon", "", ours) == (
        "Pigeon has no address to call: run `answerable channel setup` for this channel.",
    )
    (line,) = elsewhere("Pigeon", "https://old.example/s3cret?token=hidden", ours)
    assert line.startswith("Pigeon calls old.example, not reports.test: ")
    assert "hidden" not in line and "s3cret" not in line
    assert elsewhere("Pigeon", "https://reports.test/x", ours) != ()
    assert elsewhere("Pigeon", "http://[", ours) != ()
