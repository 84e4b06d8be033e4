"""What a channel is: the few types every provider file speaks in.

A channel is one frozen dataclass in one file. Its fields are its settings: each has `metadata["help"]`, and secrets
have `repr=False`. It knows no database, no web framework beyond aiohttp's client, and no other channel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from aiohttp import ClientSession

DeliveryState = Literal["sent", "delivered", "read", "failed"]
Asked = Literal["texts", "awaited"]
Fault = Literal["text", "line", "keys", "busy"]
"""What a failed send is about: this one text, the line to the provider, our keys or account there, or its limit on how fast
we are."""


class BadPayload(Exception):
    """The provider sent something we cannot read. The request is kept in quarantine, and tried again after a fix.

    `read` is what could be read of it all the same: one odd item among several costs none of the others.
    """

    def __init__(self, reason: str, read: Sequence[Inbound | Delivery] = ()) -> None:
        super().__init__(reason)
        self.read = tuple(read)


class NotAuthentic(Exception):
    """The request is not from the provider. Answered with 403; nothing is kept."""


class SendFailed(Exception):
    """A message could not be handed to the provider.

    `retry` says whether trying again can help; `opted_out` that this one person must not be texted again;
    `retry_after` is what the provider asked for, in seconds; `uncertain` that the provider may have the text all the
    same, so that trying again may send it twice. `fault` says what stands in the way: after a few of "line" or "keys" in a
    row nothing more is tried for a while. The reason never holds a number or a text.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry: bool,
        opted_out: bool = False,
        retry_after: float | None = None,
        uncertain: bool = False,
        fault: Fault = "text",
    ) -> None:
        super().__init__(reason)
        self.retry = retry
        self.opted_out = opted_out
        self.retry_after = retry_after
        self.uncertain = uncertain
        self.fault: Fault = fault


class FetchFailed(Exception):
    """A file that came with a text could not be fetched. `retry` says whether trying again can help."""

    def __init__(self, reason: str, *, retry: bool) -> None:
        super().__init__(reason)
        self.retry = retry


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
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """What a multipart form carries beside its fields, by field name."""
    remote: str = field(default="", repr=False)
    """The caller's address; behind trusted proxies the one they name."""


@dataclass(frozen=True)
class Media:
    """A picture, a voice note or a document that came with a text.

    `reference` is what the channel's `fetch` needs: an address or the provider's id. `content` is the file itself where
    the request carried it. `content_type` is what the provider says of it, "" where it says nothing.
    """

    reference: str = field(default="", repr=False)
    content_type: str = ""
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Part:
    """Which piece of a long text this is, where a gateway hands the pieces over one by one. `number` counts from 1."""

    reference: str
    number: int
    total: int


@dataclass(frozen=True)
class Inbound:
    """One text from a person. `external_id` is the provider's, unique in the channel, the same on every redelivery."""

    sender: str = field(repr=False)
    text: str = field(repr=False)
    external_id: str
    sent_at: datetime | None = None
    location: tuple[float, float] | None = field(default=None, repr=False)
    """Latitude and longitude in degrees, when the person shared a pin."""
    media: tuple[Media, ...] = field(default=(), repr=False)
    part: Part | None = None
    replies_to: str | None = None
    """`external_id` of the text of ours that the person answered, where the app lets them point at it."""


@dataclass(frozen=True)
class Attachment:
    """A file we send along: a public HTTPS address, short-lived, from which the provider takes it."""

    url: str = field(repr=False)
    content_type: str
    name: str


@dataclass(frozen=True)
class Template:
    """A wording the provider approved beforehand, with the values of its numbered places, in order."""

    name: str
    language: str
    values: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Outbound:
    """One text to send. `key` is ours, the same on every retry of this text.

    `template` stands in for the text where the provider demands an approved wording; `attachment` goes with it where the
    channel `carries` its kind.
    """

    to: str = field(repr=False)
    text: str = field(repr=False)
    key: str
    attachment: Attachment | None = None
    template: Template | None = None


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
    """The contract. `authenticate` raises NotAuthentic, `parse` raises BadPayload, `send` raises SendFailed.

    `connect` and `examine` are what `answerable channel setup` and `answerable channel test` ask of it.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    type: ClassVar[str]
    max_length: ClassVar[int]
    """The most characters one text may have."""
    segmented: ClassVar[bool]
    """True where texts are billed in SMS segments."""
    idempotent: ClassVar[bool]
    """True where the provider drops a text whose `key` it had before, so that an uncertain send may be tried again."""
    window: ClassVar[timedelta | None]
    """How long after a person's last text we may write freely; later only by template. None for always."""
    carries: ClassVar[Mapping[str, int | None]]
    """Kinds of files it can send (image, audio, document; or by content type, where the provider takes only some), and how
    many bytes of each the provider takes; None where it does not say."""

    def authenticate(self, hook: Webhook) -> None: ...
    def parse(self, hook: Webhook) -> list[Inbound | Delivery]: ...
    def reply(self, hook: Webhook) -> Reply: ...
    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        """Hand one text to the provider; return its id for it."""
        ...

    async def connect(self, http: ClientSession, address: str) -> tuple[str, ...]:
        """Have the provider call `address`, ours. Lines that say what was done, or what to type where. Raises SendFailed."""
        ...

    async def examine(self, http: ClientSession, address: str) -> tuple[str, ...]:
        """What is wrong with keys or address, a line each with what to do; empty when all is well. Never shows a secret."""
        ...


@runtime_checkable
class BringsMedia(Protocol):
    """A channel whose files are fetched from the provider."""

    async def fetch(self, http: ClientSession, media: Media, limit: int) -> bytes:
        """The file, from the provider's own hosts only. Raises FetchFailed, also when it has more than `limit` bytes."""
        ...


@runtime_checkable
class HoldsFiles(Protocol):
    """A channel whose requests hold the files themselves, and are as large as these."""

    holds_files: ClassVar[Literal[True]]


@runtime_checkable
class Collects(Protocol):
    """A channel whose gateway asks us for the texts to send, and confirms by their `key` what became of each.

    Its `send` is never called.
    """

    def asks(self, hook: Webhook) -> Asked | None:
        """What the gateway asks for besides what it brings: texts to send, or the keys of those it must report on."""
        ...

    def hand_over(self, hook: Webhook, texts: Sequence[Outbound]) -> Reply:
        """The answer that gives the gateway these texts."""
        ...

    def name_awaited(self, hook: Webhook, keys: Sequence[str]) -> Reply:
        """The answer that names texts handed over before, of which we want to hear."""
        ...


@runtime_checkable
class HasWindows(Protocol):
    """A channel that carries several apps: some may be written to freely for a while only, some always.

    The `window` of one that is set up for one such app is that app's.
    """

    def window_to(self, address: str) -> timedelta | None: ...


def window_to(channel: Channel, address: str) -> timedelta | None:
    """How long after this person's last text we may write to them freely. None for always."""
    return channel.window_to(address) if isinstance(channel, HasWindows) else channel.window


def setting(help: str, *, secret: bool = False, **options: Any) -> Any:
    """A field of a channel's settings, for its reference page. Secrets stay out of repr."""
    return field(repr=not secret, metadata={"help": help, "secret": secret}, **options)
