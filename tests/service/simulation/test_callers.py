"""Every simulated provider is believed and understood by the real channel, and understands what the real channel sends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDict, CIMultiDictProxy

from channels import CHANNELS, build, settings_of
from channels.base import Collects, Delivery, Inbound, NotAuthentic, Outbound, Webhook
from channels.screens import Shows, Speech
from channels.whatsapp import without_number
from service.simulation.callers import CALLERS
from service.simulation.callers.base import FORM, Call, Caller, Text

ADDRESS = "https://rehearsal.invalid/channels/village/x"
WORDS = "Maji hakuna “Gatwekera” ✓ पानी & 100%"
Serve = Callable[[web.Application], Awaitable[TestServer]]

callers = pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)


def _open(caller: Caller, settings: dict[str, str], api_url: str = "http://127.0.0.1:9") -> Any:
    has_provider = any(field.name == "api_url" for field in settings_of(caller.type))
    channel = build(caller.type, settings | ({"api_url": api_url} if has_provider else {}))
    if isinstance(channel, Shows):
        speech = Speech("en", dict.fromkeys(("welcome", "thanks"), "x"), {}, "stop")
        return replace(channel, speech=(speech,))  # type: ignore[type-var]
    return channel


def _hook(call: Call) -> Webhook:
    is_form = call.headers.get("Content-Type") == FORM["Content-Type"]
    return Webhook(
        method=call.method,
        url=ADDRESS + call.query,
        query=dict(parse_qsl(call.query.removeprefix("?"))),
        headers=CIMultiDictProxy(CIMultiDict(call.headers)),
        form=dict(parse_qsl(call.body.decode(), keep_blank_values=True)) if is_form else {},
        body=call.body,
    )


def _texts(caller: Caller) -> list[Text]:
    sent_at = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    return [Text(n, caller.person(n), f"{WORDS} {n}", sent_at) for n in range(1, caller.most + 1)]


def test_every_channel_has_its_caller() -> None:
    assert set(CALLERS) == set(CHANNELS)


@callers
def test_the_real_channel_reads_what_the_caller_signs(caller: Caller) -> None:
    settings, texts = caller.settings(), _texts(caller)
    channel, hook = _open(caller, settings), _hook(caller.call(settings, texts, ADDRESS, datetime.now(UTC)))
    channel.authenticate(hook)
    found = channel.parse(hook)
    assert all(isinstance(item, Inbound) for item in found)
    assert [(i.sender, i.text, i.external_id) for i in found] == [
        (t.sender, t.words, caller.external_id(settings, t)) for t in texts
    ]
    assert {item.sent_at for item in found} <= {None, texts[0].sent_at}


@callers
def test_secrets_are_made_for_each_run(caller: Caller) -> None:
    call = caller.call(caller.settings(), _texts(caller)[:1], ADDRESS, datetime.now(UTC))
    with pytest.raises(NotAuthentic):
        _open(caller, caller.settings()).authenticate(_hook(call))


@callers
async def test_the_provider_understands_what_the_real_channel_sends(caller: Caller, aiohttp_server: Serve) -> None:
    if caller.arrived is None or caller.accepted is None:
        assert "api_url" not in {field.name for field in settings_of(caller.type)}
        return
    seen = []

    async def take(request: web.Request) -> web.Response:
        body = await request.json() if request.content_type == "application/json" else await request.post()
        seen.append(caller.arrived(body, request.headers))  # type: ignore[misc]
        return web.json_response(caller.accepted("7001"), status=caller.accepted_status)  # type: ignore[misc]

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    address = str((await aiohttp_server(app)).make_url("")).rstrip("/")
    channel = _open(caller, caller.settings(), address)
    to = caller.person(4)
    async with ClientSession() as http:
        ids = [await channel.send(http, Outbound(to, WORDS, "answerable-1")) for _ in range(2)]
    assert ids[0].startswith(without_number("7001") if caller.type == "whatsapp" else "7001")
    assert [(a.to.lstrip("+"), a.words) for a in seen] == [(to.lstrip("+"), WORDS)] * 2
    if channel.idempotent:
        assert seen[0].key is not None
        assert seen[0].key == seen[1].key


@pytest.mark.parametrize(
    "caller", [caller for caller in CALLERS.values() if caller.ask], ids=lambda caller: caller.type
)
def test_a_phone_takes_what_the_real_channel_hands_over_and_is_believed_that_it_sent_it(caller: Caller) -> None:
    settings, now = caller.settings(), datetime.now(UTC)
    channel = _open(caller, settings)
    assert isinstance(channel, Collects)
    assert caller.ask is not None
    assert caller.collected is not None
    assert caller.confirm is not None
    asking = _hook(caller.ask(settings, ADDRESS, now))
    channel.authenticate(asking)
    assert channel.asks(asking) == "texts"
    reply = channel.hand_over(asking, [Outbound(caller.person(4), WORDS, "answerable-1")])
    (text,) = caller.collected(reply.body.encode())
    assert (text.to, text.words, text.key) == (caller.person(4), WORDS, "answerable-1")
    (call,) = caller.confirm(settings, ["answerable-1"], ADDRESS, now)
    hook = _hook(call)
    channel.authenticate(hook)
    (delivery,) = channel.parse(hook)
    assert isinstance(delivery, Delivery)
    assert (delivery.external_id, delivery.state) == ("answerable-1", "sent")


def test_every_channel_that_hands_over_has_a_phone_that_asks() -> None:
    for type, caller in CALLERS.items():
        assert (caller.ask is not None) == hasattr(CHANNELS[type], "hand_over"), type
