"""What the simulated side of a channel is: the provider that calls us, and that takes what we send.

A caller is the inverse of a channel: where the channel proves and reads a request, the caller makes and signs one as the
provider documents it. The page of the provider is cited by the channel's own file.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

Redelivers = Literal["always", "connection", "never"]
Settings = Mapping[str, str]


@dataclass(frozen=True)
class Text:
    """One text of one person. `number` is its own in the run; `sent_at` is when the provider says it was sent."""

    number: int
    sender: str
    words: str
    sent_at: datetime


@dataclass(frozen=True)
class Call:
    """One request to our door. `query` follows the channel's address, with its question mark."""

    body: bytes
    headers: Mapping[str, str]
    query: str = ""
    method: str = "POST"


@dataclass(frozen=True)
class Arrived:
    """A text of ours as the provider got it. `key` is ours for it, where the provider drops what it had before."""

    to: str
    words: str
    key: str | None = None


@dataclass(frozen=True)
class Caller:
    """One provider. Everything in it is a plain function, so that a provider is one small file."""

    type: str
    settings: Callable[[], dict[str, str]]
    """Fresh settings of the channel, without `api_url`; secrets are made up for each run."""
    person: Callable[[int], str]
    """The address of the nth person, such as a number no network gives out."""
    call: Callable[[Settings, Sequence[Text], str, datetime], Call]
    """The request that brings texts to an address of ours, signed at a moment."""
    external_id: Callable[[Settings, Text], str]
    """What the channel will know a text by."""
    arrived: Callable[[Mapping[str, Any], Mapping[str, str]], Arrived] | None = None
    """Reads a send from its form or JSON and its headers; None where nobody is called."""
    accepted: Callable[[str], Any] | None = None
    """The answer to a send that was taken, by the id we give it."""
    accepted_status: int = 200
    repeated_status: int | None = None
    """The answer's status for a key the provider had before, where it is another."""
    ask: Callable[[Settings, str, datetime], Call] | None = None
    """The request by which a phone asks for texts to send, where it does."""
    collected: Callable[[bytes], list[Arrived]] | None = None
    """The texts in an answer to it; an answer to a text may carry some too."""
    confirm: Callable[[Settings, Sequence[str], str, datetime], list[Call]] | None = None
    """The requests that say that texts were sent, by their keys."""
    redelivers: Redelivers = "always"
    """When the provider calls again: until it gets 2xx, once after a broken connection, or never."""
    most: int = 1
    """Texts in one request."""
    base64: bool = False
    """True where some carriers hand long texts over base64-encoded."""
    signs_time: bool = False
    """True where the provider signs the time of its call by its own clock."""

    @property
    def reads_itself(self) -> bool:
        """True where people read their replies with us, and nothing is handed to anybody."""
        return self.arrived is None and self.collected is None


def secret() -> str:
    """A secret of 192 random bits."""
    return secrets.token_hex(24)


def number(index: int) -> str:
    """A telephone number under +999, which is no country's: nobody can be texted by mistake."""
    return f"+999{index:09d}"


def digits(index: int) -> str:
    return f"999{index:09d}"


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def packed(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def hexdigest(key: str, body: bytes) -> str:
    """HMAC-SHA256 in hexadecimal, as most providers sign."""
    return hmac.new(key.encode(), body, "sha256").hexdigest()


JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
