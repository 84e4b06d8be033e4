"""Whose address counts when reverse proxies stand between."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from service.proxies import caller
from service.settings import Settings

STRANGER = "198.51.100.7"
PROXY = "10.0.0.2"


@pytest.mark.parametrize(
    ("proxies", "lines", "expected"),
    [
        (0, [], None),
        (0, [STRANGER], None),
        (1, [STRANGER], STRANGER),
        (1, [f"203.0.113.9, {STRANGER}"], STRANGER),
        (1, ["203.0.113.9", STRANGER], STRANGER),
        (2, [f"203.0.113.9, {STRANGER}, {PROXY}"], STRANGER),
        (2, [f"203.0.113.9, {STRANGER}", PROXY], STRANGER),
        (1, [], None),
        (2, [STRANGER], None),
    ],
)
def test_only_our_proxies_are_believed(proxies: int, lines: list[str], expected: str | None) -> None:
    settings = Settings(trusted_proxies=proxies)  # type: ignore[call-arg]
    headers = CIMultiDict([("X-Forwarded-For", line) for line in lines])
    request = make_mocked_request("GET", "/login", headers=headers)
    assert caller(request, settings) == (expected or request.remote or "")
