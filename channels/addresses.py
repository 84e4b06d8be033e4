"""The addresses a channel's calls may come from: IPv4 and IPv6, single or as networks."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from channels.base import NotAuthentic

Network = IPv4Network | IPv6Network


def read_networks(text: str) -> tuple[Network, ...]:
    """The networks in a list with commas. ValueError names the entry that is none and says what to write."""
    found: list[Network] = []
    for entry in (part.strip() for part in text.split(",")):
        if not entry:
            continue
        try:
            found.append(ip_network(entry))
        except ValueError:
            raise ValueError(
                f"{entry} is no address or network; write such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32"
            ) from None
    return tuple(found)


def demand_address(remote: str, networks: Sequence[Network]) -> None:
    """Raise NotAuthentic unless the caller's address is in one of the networks; no network lets everybody in."""
    if not networks:
        return
    try:
        address: IPv4Address | IPv6Address = ip_address(remote.strip("[]").partition("%")[0])
    except ValueError:
        raise NotAuthentic("the caller's address is not known") from None
    # A socket that listens on both families shows IPv4 callers as ::ffff:203.0.113.7.
    plain = getattr(address, "ipv4_mapped", None) or address
    if not any(plain in network or address in network for network in networks):
        raise NotAuthentic("the caller's address is not allowed")
