from __future__ import annotations

import pytest

from channels.addresses import demand_address, read_networks
from channels.base import NotAuthentic

ALLOWED = "203.0.113.7, 198.51.100.0/24 ,2001:db8::/32, ::ffff:192.0.2.0/120"


@pytest.mark.parametrize(
    "remote",
    [
        *("203.0.113.7", "198.51.100.255", "2001:db8::1", "::ffff:203.0.113.7", "2001:DB8:0::9", "[2001:db8::1]"),
        *("2001:db8::1%eth0", "::ffff:192.0.2.9"),
    ],
)
def test_allowed(remote: str) -> None:
    demand_address(remote, read_networks(ALLOWED))


@pytest.mark.parametrize(
    "remote",
    ["203.0.113.8", "198.51.101.0", "2001:db9::1", "::ffff:203.0.113.8", "", "unknown", "203.0.113.7, 1.1.1.1"],
)
def test_refused_without_naming_it(remote: str) -> None:
    with pytest.raises(NotAuthentic) as refusal:
        demand_address(remote, read_networks(ALLOWED))
    assert not remote or remote not in str(refusal.value)


def test_no_list_lets_everybody_in() -> None:
    demand_address("", read_networks(" "))


@pytest.mark.parametrize(
    "wrong", ["everywhere", "203.0.113.0/33", "203.0.113.7/24", "1.2.3", "203.0.113.7 198.51.100.1"]
)
def test_what_is_no_network_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is no address or network; write such as 203\.0\.113\.7"):
        read_networks(f"203.0.113.1, {wrong}")
