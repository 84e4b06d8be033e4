"""What a channel is: the few types every provider file speaks in.

A channel is one frozen dataclass in one file. Its fields are its settings: each has `metadata["help"]`, and secrets
have `repr=False`. It knows no database, no web framework beyond aiohttp's client, and no other channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol

from aiohttp import ClientSession

DeliveryState = Literal["sent", "delivered", "read", "failed"]


class BadPayload(Exception):
    """The provider sent something we cannot read. Answered with 400 and kept in quarantine."""


class NotAuthentic(Exception):
    """The request is not from the provider. Answered with 403; nothing is kept."""


class SendFailed(Exception):
    """A message could not be handed to the provider.

    `retry` says whether trying again can help; `opted_out` that this one person must not be texted again;
    `retry_after` is what the provider asked for, in seconds; `uncertain` that the provider may have the text all the
    same, so that trying again may send it twice. The reason never holds a number or a text.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry: bool,
        opted_out: bool = False,
        retry_after: float | None = None,
        uncertain: bool = False,
    ) -> None:
        super().__init__(reason)
        self.retry = retry
        self.opted_out = opted_out
        self.retry_after = retry_after
        self.uncertain = uncertain


@dataclass(frozen=True)
class Webhook:
    """One HTTP request from a provider, already read. `url` is the public address the provider called, query included.

    `headers` find a name whatever its case. `form` is empty unless the body was a form.
    """

    method: str
    url: str = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    form: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Inbound:
    """One text from a person. `external_id` is the provider's, unique in the channel, the same on every redelivery."""

    sender: str = field(repr=False)
    text: str = field(repr=False)
    external_id: str
    sent_at: datetime | None = None
    location: tuple[float, float] | None = field(default=None, repr=False)
    """Latitude and longitude in degrees, when the person shared a pin."""


@dataclass(frozen=True)
class Delivery:
    """What became of a text we sent. `external_id` is what `send` returned."""

    external_id: str
    state: DeliveryState
    at: datetime | None = None
    reason: str = ""
    opted_out: bool = False


@dataclass(frozen=True)
class Reply:
    """The HTTP answer the provider expects once everything it sent is safe."""

    body: str = ""
    content_type: str = "text/plain"


class Channel(Protocol):
    """The contract. `authenticate` raises NotAuthentic, `parse` raises BadPayload, `send` raises SendFailed."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    type: ClassVar[str]
    max_length: ClassVar[int]
    """The most characters one text may have."""
    segmented: ClassVar[bool]
    """True where texts are billed in SMS segments."""

    def authenticate(self, hook: Webhook) -> None: ...
    def parse(self, hook: Webhook) -> list[Inbound | Delivery]: ...
    def reply(self, hook: Webhook) -> Reply: ...
    async def send(self, http: ClientSession, to: str, text: str, key: str) -> str:
        """Hand one text to the provider; return its id for it. `key` is ours, the same on every retry of this text."""
        ...


def setting(help: str, *, secret: bool = False, **options: Any) -> Any:
    """A field of a channel's settings, for its reference page. Secrets stay out of repr."""
    return field(repr=not secret, metadata={"help": help, "secret": secret}, **options)
