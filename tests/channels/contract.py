"""What the tests of the contract share: the cases of every channel, and what no error may show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels import CHANNELS, settings_of
from channels.base import Collects, SendFailed
from tests.channels.case import channel_of, load

KEY = "key-1"
WITH_PROVIDER = [type for type in CHANNELS if any(field.name == "api_url" for field in settings_of(type))]
COLLECTING = [type for type in CHANNELS if isinstance(channel_of(type), Collects)]
Serve = Callable[[web.Application], Awaitable[TestServer]]


def every(kind: str, *, only: Callable[[dict[str, Any]], bool] = lambda case: True) -> list[Any]:
    return [
        pytest.param(type, case, id=f"{type}: {case['label']}")
        for type in CHANNELS
        for case in load(type)[kind]
        if only(case)
    ]


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


def assert_closed(failed: SendFailed) -> None:
    """No error of the HTTP client hangs on: its words hold the address, and some addresses hold a token."""
    assert failed.__cause__ is None
    assert failed.__suppress_context__ or failed.__context__ is None
