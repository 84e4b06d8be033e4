"""Fetching the file that came with a text: from the provider's own hosts, and from nowhere else.

Whoever can put an address into a webhook, or own a host a provider redirects to, must not make us ask our own network,
nor get a provider's key, nor fill our memory. So every hop is looked at before it is asked, names are resolved by a
resolver that knows no private address (what it answers is what is connected to: no second look-up to be fooled), and the
file is counted while it comes.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, TCPConnector, ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from channels.base import FetchFailed, SendFailed
from channels.sending import Answer, ask

SECONDS = 60.0
"""The most a file may take in all: 25 MB over a slow line."""
HOPS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NONE = ClientTimeout(total=None)
"""The time is measured over all hops, not for each."""
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Source:
    """Where a channel's files lie. `hosts` are names of the provider's: each with all names below it.

    `headers` are credentials: they go to `api_url` and to the hosts in `told`, never to another.
    """

    api_url: str
    hosts: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    told: frozenset[str] = frozenset()
    seconds: float = SECONDS

    def allows(self, url: URL) -> bool:
        """Whether we may ask this address: the API's own, or HTTPS on its usual port of one of the hosts, by name."""
        if url.user is not None or url.password is not None:
            return False
        return self.is_api(url) or (url.scheme == "https" and url.port == 443 and _is_under(url, self.hosts))

    def is_api(self, url: URL) -> bool:
        own = URL(self.api_url)
        return (url.scheme, url.raw_host, url.port) == (own.scheme, own.raw_host, own.port)

    def credentials(self, url: URL) -> Mapping[str, str]:
        return self.headers if self.is_api(url) or _is_under(url, self.told) else {}


async def fetch(http: ClientSession, source: Source, address: str, *, limit: int) -> bytes:
    """The file at an address, at most `limit` bytes, after at most HOPS redirects. Raises FetchFailed."""
    url = _read(address)
    try:
        async with asyncio.timeout(source.seconds), guarded() as outside:
            for _ in range(1 + HOPS):
                if not source.allows(url):
                    raise FetchFailed("the file is not at an address of the provider", retry=False)
                session = http if source.is_api(url) else outside
                headers = {**source.credentials(url), "Accept-Encoding": "identity"}
                async with session.get(url, headers=headers, timeout=_NONE, allow_redirects=False) as response:
                    if response.status not in _REDIRECTS:
                        return await _content(response, limit)
                    url = url.join(_read(response.headers.get("Location", "")))
    except TimeoutError:
        raise FetchFailed("the file did not come in time", retry=True) from None
    except (ClientError, OSError):
        raise FetchFailed("the connection to the provider broke", retry=True) from None
    raise FetchFailed("the provider sent us on too often", retry=False)


async def look_up(http: ClientSession, method: str, url: str, *, seconds: float, **request: object) -> Answer:
    """What the API says of a file, by its id. Raises FetchFailed."""
    try:
        answer = await ask(http, method, url, seconds=seconds, **request)
    except SendFailed as failed:
        raise FetchFailed(str(failed), retry=True) from None
    check(answer.status)
    return answer


def check(status: int) -> None:
    """Raise FetchFailed unless a file was given: what is gone stays gone, what is out of order may come back."""
    if status in (404, 410):
        raise FetchFailed("the provider has the file no more", retry=False)
    if not 200 <= status < 300:
        raise FetchFailed(f"the provider answered {status}", retry=status in (408, 425, 429) or status >= 500)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the Internet, also one wrapped in IPv6."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = _wrapped(ip)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class PublicOnly(AbstractResolver):
    """Resolves names, and refuses one that has any address outside the public Internet."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not all(is_public(result["host"]) for result in found):
            raise FetchFailed("the file is not at a public address", retry=False)
        return found

    async def close(self) -> None:
        await self._inner.close()


def guarded() -> ClientSession:
    """A session that reaches the public Internet only, for one file."""
    return ClientSession(connector=TCPConnector(resolver=PublicOnly(ThreadedResolver()), use_dns_cache=False))


async def _content(response: ClientResponse, limit: int) -> bytes:
    """The body, counted as it comes and after unpacking: a length in a header is only said."""
    check(response.status)
    content = bytearray()
    if (response.content_length or 0) <= limit:
        async for piece in response.content.iter_chunked(65_536):
            content += piece
            if len(content) > limit:
                break
        else:
            return bytes(content)
    raise FetchFailed("the file is larger than we keep", retry=False)


def _read(address: str) -> URL:
    try:
        return URL(address)
    except ValueError:
        raise FetchFailed("the file has no address that can be read", retry=False) from None


def _is_under(url: URL, hosts: frozenset[str]) -> bool:
    host = (url.raw_host or "").lower()
    return any(host == name or host.endswith(f".{name}") for name in hosts)


def _wrapped(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one: mapped, 6to4, Teredo or NAT64."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
