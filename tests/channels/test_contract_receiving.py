"""The contract every channel keeps with what it is sent. What is special about one channel is in cases/<type>.json."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from channels import CHANNELS, settings_of
from channels.base import (
    BadPayload,
    Channel,
    Collects,
    Delivery,
    HoldsFiles,
    Inbound,
    NotAuthentic,
    Outbound,
    Reply,
    Webhook,
)
from tests.channels.case import channel_of, events_of, hook_of, load
from tests.channels.contract import COLLECTING, assert_discreet, every, personal


def accepted(case: dict[str, Any]) -> bool:
    return "error" not in case


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


@pytest.mark.parametrize("type", sorted(CHANNELS.keys() - {"webchat"}))
def test_a_channel_whose_requests_hold_files_says_so(type: str) -> None:
    """Else the door refuses a large picture; and it reads large requests of nobody else. What the web chat takes always fits."""
    brought = (event for case in load(type)["receive"] if accepted(case) for event in events_of(case))
    media = (file for event in brought if isinstance(event, Inbound) for file in event.media)
    assert isinstance(channel_of(type), HoldsFiles) == any(file.content is not None for file in media)


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


def test_events_are_what_the_contract_says() -> None:
    assert {type(event) for name in CHANNELS for case in load(name)["receive"] for event in events_of(case)} == {
        Inbound,
        Delivery,
    }
