"""What `connect` and `examine` of the channels have in common: the address we give a provider, and plain words.

Lines are for people: what is wrong, then what to do. They name hosts and settings, never a secret, a number or the rest
of an address, which may hold a secret.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from channels.base import SendFailed
from channels.fetching import is_public

_HOME = ("localhost", ".localhost", ".local", ".internal", ".lan", ".home.arpa", ".home", ".intranet", ".corp")


def address_faults(address: str, provider: str, *, ports: tuple[int, ...] = ()) -> tuple[str, ...]:
    """Why a provider could not call our address: a line each. `ports` are those it calls, any where empty."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        host, port = "", 0
    if not host or parts.scheme not in ("http", "https"):
        return ("Our address is none that can be called: set PUBLIC_URL to the https:// address of this service.",)
    faults = []
    if parts.scheme == "http":
        faults.append(
            f"Our address begins with http://, so texts would travel open and {provider} may refuse it: put the service"
            " behind HTTPS and let PUBLIC_URL begin with https://."
        )
    if not _is_outside(host):
        faults.append(
            f"{provider} cannot reach {host}, which is an address inside a network: set PUBLIC_URL to the address"
            " people outside use."
        )
    if ports and port not in ports and parts.scheme == "https":
        known = ", ".join(map(str, ports))
        faults.append(f"{provider} does not call port {port}, only {known}: let PUBLIC_URL use one of these.")
    return tuple(faults)


def unreachable(provider: str, failed: SendFailed) -> str:
    """The line for an API that gave no answer."""
    return f"{provider} could not be asked ({failed}): check api_url and this machine's way to the internet."


def unreadable(provider: str, status: int) -> str:
    """The line for an answer that says nothing we know."""
    return (
        f"{provider} answered {status}, and nothing we understand: check that api_url is the address of its API, and try"
        " again later."
    )


def elsewhere(provider: str, registered: str, address: str) -> tuple[str, ...]:
    """The line for a provider that calls another address than ours; none when it is ours."""
    if registered == address:
        return ()
    todo = "run `answerable channel setup` for this channel"
    if not registered:
        return (f"{provider} has no address to call: {todo}.",)
    theirs, ours = _host(registered), _host(address)
    if theirs == ours:
        return (f"{provider} calls another address on {ours} than this channel's: {todo}.",)
    return (f"{provider} calls {theirs}, not {ours}: {todo}.",)


def _is_outside(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return "." in host and not host.lower().endswith(_HOME)
    return is_public(host)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "another address"
    except ValueError:
        return "another address"
