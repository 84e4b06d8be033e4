"""Proofs that a request is authentic: comparing in constant time, and secrets carried in an address."""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from channels.base import NotAuthentic, Webhook

WINDOW = timedelta(minutes=5)
"""How far a signed time may be from ours before the request counts as replayed."""

_HEX = frozenset("0123456789abcdefABCDEF")


def same(given: str, wanted: str) -> bool:
    """Whether two strings are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode("utf-8", "surrogatepass"))


def utc_now() -> datetime:
    return datetime.now(UTC)


def demand_recent(timestamp: str, now: datetime) -> None:
    """Raise NotAuthentic unless a signed time, in seconds since 1970, is within WINDOW of now, before or after."""
    if not re.fullmatch(r"[0-9]{1,11}", timestamp) or abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise NotAuthentic("the signed time is not now")


def demand_secret_in_url(hook: Webhook, secret: str) -> None:
    """Raise NotAuthentic unless the address called ends in `/SECRET` or has `?secret=SECRET`.

    For providers that sign nothing: whoever knows the address is believed, so it must be long, random and served by
    HTTPS only, and kept out of the logs of any proxy.
    """
    path = hook.url.partition("#")[0].partition("?")[0]
    last = unquote(path.rpartition("/")[2])
    in_path, in_query = same(last, secret), same(hook.query.get("secret", ""), secret)
    if not (in_path or in_query):
        raise NotAuthentic("the address lacks the secret")


def demand_strength(name: str, secret: str) -> None:
    """Raise ValueError unless a secret can hold 128 random bits. The message names the setting, not its value."""
    enough = 32 if set(secret) <= _HEX else 22  # 4 bits a character in hexadecimal, almost 6 in base64
    if len(secret) < enough or len(set(secret)) < 8:
        raise ValueError(f"{name} must hold at least 128 random bits; make one with: openssl rand -hex 24")
