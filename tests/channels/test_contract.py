"""The contract every channel keeps. What is special about one channel is in cases/<type>.json."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

import channels
from channels import CHANNELS, build, settings_of
from channels.base import (
    BadPayload,
    Channel,
    Collects,
    Delivery,
    Inbound,
    NotAuthentic,
    Outbound,
    Reply,
    SendFailed,
    Webhook,
)
from tests.channels.case import CASES, channel_of, events_of, hook_of, load, outbound_of

KEY = "key-1"
WITH_PROVIDER = [type for type in CHANNELS if any(field.name == "api_url" for field in settings_of(type))]
COLLECTING = [type for type in CHANNELS if isinstance(channel_of(type), Collects)]
MODULES = [module.name for module in pkgutil.iter_modules(channels.__path__)]

Serve = Callable[[web.Application], Awaitable[TestServer]]


def every(kind: str, *, only: Callable[[dict[str, Any]], bool] = lambda case: True) -> list[Any]:
    return [
        pytest.param(type, case, id=f"{type}: {case['label']}")
        for type in CHANNELS
        for case in load(type)[kind]
        if only(case)
    ]


def accepted(case: dict[str, Any]) -> bool:
    return "error" not in case


def secrets_of(type: str) -> list[str]:
    values = load(type)["settings"]
    return [values[field.name] for field in settings_of(type) if field.metadata["secret"] and field.name in values]


def personal(case: dict[str, Any]) -> Iterator[str]:
    """The numbers and texts of a case, which no error may show."""
    for inbound in case.get("inbound", []):
        yield from (inbound["sender"], inbound["text"])
    for name in ("From", "To", "Body", "from", "text", "message"):
        yield str(case.get("form", {}).get(name, ""))


def assert_discreet(type: str, shown: str, *private: str) -> None:
    for value in (*secrets_of(type), *private):
        assert len(value) < 4 or value not in shown


# --- the registry ---------------------------------------------------------------------------------------------


def test_every_provider_module_is_registered_under_its_name() -> None:
    found = {
        name
        for name in MODULES
        for _, member in inspect.getmembers(importlib.import_module(f"channels.{name}"), inspect.isclass)
        if member.__module__ == f"channels.{name}" and hasattr(member, "authenticate") and member is not Channel
    }
    assert found == set(CHANNELS)


def test_every_channel_has_cases_and_no_cases_are_orphans() -> None:
    assert {path.stem for path in CASES.glob("*.json")} == set(CHANNELS)


@pytest.mark.parametrize("type", CHANNELS)
def test_a_provider_imports_no_other_provider_and_cites_its_source(type: str) -> None:
    module = importlib.import_module(f"channels.{type}")
    source = inspect.getsource(module)
    assert not [other for other in CHANNELS if re.search(rf"channels(\.| import .*\b){other}\b", source)]
    assert module.__doc__
    assert "https://" in module.__doc__ or type == "webchat"


@pytest.mark.parametrize("type", CHANNELS)
def test_settings_explain_themselves_and_secrets_are_marked(type: str) -> None:
    for field in settings_of(type):
        assert field.metadata["help"].endswith("."), field.name
        sounds_secret = re.search(r"secret|token|password|api_key|private_key", field.name) is not None
        assert field.metadata["secret"] == sounds_secret, field.name
        assert field.repr != field.metadata["secret"], field.name


@pytest.mark.parametrize("type", CHANNELS)
def test_length_and_segments_are_told(type: str) -> None:
    assert CHANNELS[type].type == type
    assert CHANNELS[type].max_length >= 160
    assert isinstance(CHANNELS[type].segmented, bool)


@pytest.mark.parametrize("type", CHANNELS)
def test_settings_missing_empty_or_unknown_are_named_and_never_shown(type: str) -> None:
    good = load(type)["settings"]
    required = [field.name for field in settings_of(type) if field.default == "" or field.name in good]
    for name in required:
        if any(field.name == name and field.default == "" for field in settings_of(type)):
            continue
        for bad in ({**good, name: "  "}, {key: value for key, value in good.items() if key != name}):
            with pytest.raises(ValueError, match=rf"^channel {type}: missing {name}$") as fault:
                build(type, bad)
            assert_discreet(type, str(fault.value))
    with pytest.raises(ValueError, match=rf"^channel {type}: unknown colour$") as fault:
        build(type, {**good, "colour": "vermilion"})
    assert "vermilion" not in str(fault.value)


def test_an_unknown_type_is_refused_by_name_of_the_known() -> None:
    with pytest.raises(ValueError, match=r"unknown channel type; known are .*telegram.*twilio"):
        build("pigeon", {})


@pytest.mark.parametrize("type", WITH_PROVIDER)
@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "nan", "inf"])
def test_a_timeout_is_a_number_of_seconds(type: str, seconds: str) -> None:
    with pytest.raises(ValueError, match="timeout is not a number of seconds"):
        build(type, {**load(type)["settings"], "timeout": seconds})
    assert build(type, {**load(type)["settings"], "timeout": " 2.5 "}).timeout == 2.5


@pytest.mark.parametrize("type", WITH_PROVIDER)
def test_an_address_begins_with_https(type: str) -> None:
    with pytest.raises(ValueError, match=f"^channel {type}: api_url does not begin with https://$"):
        build(type, {**load(type)["settings"], "api_url": "api.example.com"})


@pytest.mark.parametrize(
    "type, name",
    [
        (type, name)
        for type in CHANNELS
        for name in ("path_secret", "webhook_secret", "secret")
        if name in load(type)["settings"]
    ],
)
def test_a_secret_that_proves_by_itself_holds_128_bits(type: str, name: str) -> None:
    for weak in ("short", "0123456789abcdef0123456789", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"):
        with pytest.raises(ValueError, match=f"^channel {type}: {name} must hold at least 128 random bits") as fault:
            build(type, {**load(type)["settings"], name: weak})
        assert weak not in str(fault.value)


@pytest.mark.parametrize("type", CHANNELS)
def test_secrets_are_not_in_the_repr(type: str) -> None:
    assert secrets_of(type)
    assert_discreet(type, repr(channel_of(type)))


# --- receiving ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type, case", every("receive", only=accepted))
def test_receive(type: str, case: dict[str, Any]) -> None:
    channel, hook = channel_of(type), hook_of(type, case)
    channel.authenticate(hook)
    assert channel.parse(hook) == events_of(case)
    if "reply" in case:
        reply = reply_of(channel, hook, case)
        assert [reply.body, reply.content_type] == case["reply"]


def reply_of(channel: Channel, hook: Webhook, case: dict[str, Any]) -> Reply:
    """The answer; to a gateway that asks, with what the case has for it."""
    asked = channel.asks(hook) if isinstance(channel, Collects) else None
    assert asked == case.get("asks", asked)
    if asked == "texts":
        return channel.hand_over(hook, [Outbound(**text) for text in case.get("texts", [])])
    return channel.name_awaited(hook, case["keys"]) if asked == "awaited" else channel.reply(hook)


@pytest.mark.parametrize("type", COLLECTING)
def test_the_cases_of_a_gateway_that_asks_hold_texts_handed_over_and_confirmed(type: str) -> None:
    receive = load(type)["receive"]
    assert [case for case in receive if case.get("texts")]
    states = {delivery["state"] for case in receive for delivery in case.get("deliveries", [])}
    assert {"sent", "failed"} <= states


@pytest.mark.parametrize("type", COLLECTING)
async def test_a_gateway_that_asks_is_never_called(type: str) -> None:
    async with ClientSession() as http:
        with pytest.raises(SendFailed) as failed:
            await channel_of(type).send(http, Outbound("+254700000002", "hello", KEY))
    assert failed.value.retry


@pytest.mark.parametrize("type, case", every("receive", only=lambda case: not accepted(case)))
def test_refuse(type: str, case: dict[str, Any]) -> None:
    channel, hook = channel_of(type), hook_of(type, case)
    if case["error"] == "NotAuthentic":
        with pytest.raises(NotAuthentic) as refusal:
            channel.authenticate(hook)
        assert_discreet(type, str(refusal.value), *personal(case))
    else:
        channel.authenticate(hook)
        with pytest.raises(BadPayload) as fault:
            channel.parse(hook)
        assert str(fault.value) == case["error"]
        assert_discreet(type, str(fault.value), *personal(case))


@pytest.mark.parametrize("type", CHANNELS)
def test_the_cases_hold_a_text_an_unsigned_and_an_unreadable_request(type: str) -> None:
    receive = load(type)["receive"]
    assert receive[0]["inbound"][0]["text"]
    errors = {case["label"]: case.get("error") for case in receive}
    assert errors["unsigned"] == "NotAuthentic"
    assert set(errors.values()) - {None, "NotAuthentic"}


@pytest.mark.parametrize("type, case", every("receive", only=accepted))
def test_redelivery_gives_the_same_events(type: str, case: dict[str, Any]) -> None:
    first, *again = (channel_of(type).parse(hook_of(type, case)) for _ in range(10))
    assert again == [first] * 9
    inbound = [event.external_id for event in first if isinstance(event, Inbound)]
    assert len(set(inbound)) == len(inbound)


@pytest.mark.parametrize("type, case", every("receive", only=accepted))
def test_what_was_made_with_other_secrets_is_refused(type: str, case: dict[str, Any]) -> None:
    settings = load(type)["settings"]
    others = {
        field.name: "another-0123456789-" + settings[field.name][::-1]
        for field in settings_of(type)
        if field.metadata["secret"] and field.name in settings
    }
    others |= load(type).get("other_secrets", {})
    with pytest.raises(NotAuthentic):
        replace(channel_of(type), **others).authenticate(hook_of(type, case))


@pytest.mark.parametrize("type", CHANNELS)
def test_proofs_are_compared_in_constant_time(type: str) -> None:
    channel, hook = channel_of(type), hook_of(type, load(type)["receive"][0])
    called = set()

    def note(frame: object, event: str, function: object) -> None:
        if event == "c_call":
            called.add(getattr(function, "__name__", ""))

    sys.setprofile(note)
    try:
        channel.authenticate(hook)
    finally:
        sys.setprofile(None)
    assert "compare_digest" in called


# --- sending --------------------------------------------------------------------------------------------------


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

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", provide)
    return str((await serve(app)).make_url("")).rstrip("/")


def assert_closed(failed: SendFailed) -> None:
    """No error of the HTTP client hangs on: its words hold the address, and some addresses hold a token."""
    assert failed.__cause__ is None
    assert failed.__suppress_context__ or failed.__context__ is None


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

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", wait)
    server = await aiohttp_server(app)
    settings = load(type)["settings"] | {"api_url": str(server.make_url("")).rstrip("/"), "timeout": "0.02"}
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

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", drop)
    server = await aiohttp_server(app)
    settings = load(type)["settings"] | {"api_url": str(server.make_url("")).rstrip("/")}
    async with ClientSession() as http:
        with pytest.raises(SendFailed, match="broke") as failed:
            await build(type, settings).send(http, Outbound("+254700000002", "hello", KEY))
    assert failed.value.retry
    assert failed.value.uncertain
    assert_closed(failed.value)


def test_events_are_what_the_contract_says() -> None:
    assert {type(event) for name in CHANNELS for case in load(name)["receive"] for event in events_of(case)} == {
        Inbound,
        Delivery,
    }
