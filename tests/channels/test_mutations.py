"""Whatever is sent to a channel, the answer is its events, BadPayload or NotAuthentic, and errors show nothing sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from channels import CHANNELS
from channels.base import BadPayload, Channel, Delivery, Inbound, NotAuthentic, Webhook
from tests.channels.case import channel_of, hook_of, load

MANY = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

letters = st.text(st.characters(codec=None), max_size=12)
strings = st.one_of(
    letters,
    st.sampled_from(["", " ", "\0", "a\0b", "\ud83d", "x" * 300, "9" * 5000, "-1", "1e999", "NaN", "2026-13-45", "é"]),
)
junk = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), strings, st.sampled_from([10**15, 10**400, -(10**15)])
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(letters, inner, max_size=3),
    max_leaves=5,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in steps:
        yield from paths(inner, (*path, key))


def mutate(value: Any, path: tuple[Any, ...], new: Any, *, drop: bool) -> Any:
    if not path:
        return new
    value = deepcopy(value)
    inside = value
    for step in path[:-1]:
        inside = inside[step]
    if drop:
        del inside[path[-1]]
    else:
        inside[path[-1]] = new
    return value


def mutated_json(data: st.DataObject, case: dict[str, Any]) -> bytes:
    value = case["json"]
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(list(paths(value))))
        value = mutate(value, path, data.draw(junk), drop=data.draw(st.booleans()))
    return json.dumps(value).encode()


def mutated_bytes(data: st.DataObject, body: bytes) -> bytes:
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))
    return body[:start] + data.draw(st.binary(max_size=20)) + body[end:]


def mutated_form(data: st.DataObject, form: dict[str, str]) -> dict[str, str]:
    form = dict(form)
    for name in data.draw(st.lists(st.sampled_from(sorted(form)), min_size=1, max_size=3, unique=True)):
        if data.draw(st.booleans()):
            del form[name]
        else:
            form[name] = data.draw(strings)
    return form


def assert_storable(event: Inbound | Delivery) -> None:
    """What a database takes: UTF-8 without NUL, ids that fit their column, a place on Earth, a time with an offset."""
    assert 0 < len(event.external_id) <= 255
    assert event.external_id.isprintable()
    if isinstance(event, Inbound):
        assert 0 < len(event.sender) <= 255
        assert "\0" not in event.text
        event.text.encode()
        event.sender.encode()
        assert event.sent_at is None or event.sent_at.utcoffset() is not None
        assert event.replies_to is None or (0 < len(event.replies_to) <= 255 and event.replies_to.isprintable())
        assert event.part is None or 0 < len(event.part.reference) <= 255
        for file in event.media:
            assert bool(file.reference) != (file.content is not None)
            assert len(file.reference) <= 4096
            assert not file.reference or file.reference.isprintable()
            assert len(file.content_type) <= 100
            assert file.content_type.isascii()
        assert event.location is None or (abs(event.location[0]) <= 90 and abs(event.location[1]) <= 180)
    else:
        assert len(event.reason) <= 100


def assert_calm(channel: Channel, hook: Webhook, private: list[str]) -> None:
    try:
        channel.authenticate(hook)
    except NotAuthentic as refusal:
        assert not [value for value in private if value in str(refusal)]
    try:
        events = channel.parse(hook)
    except BadPayload as fault:
        assert str(fault)
        assert len(str(fault)) < 200
        assert not [value for value in private if value in str(fault)]
    else:
        for event in events:
            assert_storable(event)
        assert isinstance(channel.reply(hook).body, str)


@pytest.mark.parametrize("type", CHANNELS)
@MANY
@given(data=st.data())
def test_a_mutated_request_is_read_or_refused(type: str, data: st.DataObject) -> None:
    case = data.draw(
        st.sampled_from([case for case in load(type)["receive"] if "inbound" in case or "deliveries" in case])
    )
    hook = hook_of(type, case)
    private = [
        value for found in case.get("inbound", []) for value in (found["sender"], found["text"]) if len(value) > 3
    ]
    if hook.form and data.draw(st.booleans()):
        hook = replace(hook, form=mutated_form(data, dict(hook.form)))
    elif "json" in case and data.draw(st.booleans()):
        hook = replace(hook, body=mutated_json(data, case))
    elif hook.body:
        hook = replace(hook, body=mutated_bytes(data, hook.body))
    if hook.headers and data.draw(st.booleans()):
        name = data.draw(st.sampled_from(sorted(hook.headers)))
        headers = CIMultiDict(hook.headers)
        headers[name] = data.draw(strings)
        hook = replace(hook, headers=headers)
    assert_calm(channel_of(type), hook, private)


@pytest.mark.parametrize("type", CHANNELS)
@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"[" * 200_000, b'{"a":' * 100_000, b"9" * 100_000, b"null", b'"text"', b"{}"]
)
def test_a_body_that_is_nothing_we_know_is_refused(type: str, body: bytes) -> None:
    hook = replace(
        hook_of(type, load(type)["receive"][0]),
        url="https://reports.test/",
        body=body,
        form={},
        query={},
        headers=CIMultiDict(),
    )
    with pytest.raises(NotAuthentic):
        channel_of(type).authenticate(hook)
    assert_calm(channel_of(type), hook, [])


@pytest.mark.parametrize("type", CHANNELS)
@pytest.mark.parametrize(
    "url", ["", "nowhere", "http://[", "https://reports.test:port/", "https://reports.test/\ud800"]
)
def test_an_address_that_is_none_is_refused(type: str, url: str) -> None:
    hook = replace(hook_of(type, load(type)["receive"][0]), url=url, query={}, headers=CIMultiDict(), body=b"")
    with pytest.raises(NotAuthentic):
        channel_of(type).authenticate(hook)
