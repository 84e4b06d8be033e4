"""A file that a moderator sends with a reply: chosen, cleaned, sealed with the text, and handed to its provider by a link.

Providers take a file from an address. Ours is signed, names one file, and ends after three days; a new one is made each
time the text is tried. Whoever has it gets that file and nothing else.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from channels import CHANNELS, base
from channels.webchat import WebChat
from service.media import kinds
from service.media.cleaning import Clean, NotCleaned, clean_apart
from service.media.kinds import KINDS, Kind, Refused, Sort
from service.media.showing import Opened
from service.models import Attachment, Message
from service.programme import Programme
from service.programme.templates import WRITTEN
from service.secrets import Secrets, Unsealable
from service.workflow import NotAllowed, NotFound

LIFE = timedelta(days=3)
"""How long a provider may take a file by one link; the outbox makes another for the next try."""
OURS = 0
"""Position of a file that goes out with a text; those that came with one count from 1."""
LONGEST_NAME = 80
_PURPOSE = "file"
_SENT: Mapping[Kind, tuple[str, str]] = {
    kinds.JPEG: ("image", "picture"),
    kinds.OGG: ("audio", "voice-note"),
    kinds.MP3: ("audio", "voice-note"),
    kinds.M4A: ("audio", "voice-note"),
    kinds.AAC: ("audio", "voice-note"),
    kinds.AMR: ("audio", "voice-note"),
    kinds.PDF: ("document", "document"),
}
"""By the kind of a cleaned file that phones and providers take: what channels call it, and its name without ending."""
_WORDS = {"image": "a picture", "audio": "a voice note", "document": "a PDF"}


@dataclass(frozen=True)
class Offer:
    """What may go with a text on one channel. `refusal` says why nothing may although the channel carries files."""

    carries: Mapping[str, int | None]
    refusal: str = ""
    most: int = 0
    """Bytes of one file; `carries` says of which kinds the provider takes fewer."""

    @property
    def words(self) -> str:
        """Such as "a picture or a PDF"; empty where nothing may go."""
        *first, last = list(filter(None, map(self.named, _WORDS))) or [""]
        return f"{', '.join(first)} or {last}" if first else last

    def named(self, kind: str) -> str:
        """Such as "a voice note" or "a voice note (M4A, AAC)"; empty where none may go."""
        types = [KINDS[type].suffix.upper() for type in self.carries if type.startswith(f"{kind}/")]
        only = f" ({', '.join(types)})" if types else ""
        return _WORDS[kind] + only if types or kind in self.carries else ""


@dataclass(frozen=True)
class Enclosure:
    """A chosen file, cleaned. `name` is what the moderator's machine calls it: shown to them alone and never kept."""

    name: str = field(repr=False)
    clean: Clean


@dataclass(frozen=True)
class Sent:
    """A file that goes or went out with a text, as pages show it. `state` is stored or erased."""

    id: int
    sort: Sort
    plays: bool
    state: str


@dataclass(frozen=True)
class Enclosed:
    """A stored file that goes with a text."""

    id: int
    content_type: str


def offer(programme: Programme, channel: str, most: int, *, public: bool) -> Offer:
    """What may go with a text. `public`: providers reach us by HTTPS; `most` bytes a file, 0 for none at all."""
    entry = programme.entry_of(channel)
    kind = None if entry is None else CHANNELS[entry.type]
    if kind is None or not kind.carries or most == 0:
        return Offer({})
    # The phone page shows files in the person's own conversation; nobody fetches them.
    if not public and not issubclass(kind, WebChat):
        why = "For a picture, voice note or PDF, have PUBLIC_URL set to an https:// address: providers take files from there."
        return Offer({}, why)
    return Offer(kind.carries, most=most)


async def prepare(name: str, content: bytes, offered: Offer) -> Enclosure:
    """Clean a chosen file. NotAllowed, with the reason, for one that cannot go."""
    if len(content) > offered.most:
        raise NotAllowed(f"The file has more than {offered.most // 1_000_000} MB. Choose a smaller one.")
    try:
        enclosure = Enclosure(name[-LONGEST_NAME:], await clean_apart(content))
    except (Refused, NotCleaned) as error:
        raise NotAllowed(f"The file cannot go with it. {error}") from None
    demand_carried(enclosure, offered.carries)
    if len(enclosure.clean.content) > offered.most:
        raise NotAllowed(f"Cleaned, the file has more than {offered.most // 1_000_000} MB. Choose a smaller one.")
    return enclosure


def demand_carried(enclosure: Enclosure, carries: Mapping[str, int | None]) -> None:
    """NotAllowed for a kind of file that the channel does not carry, and for one larger than its provider takes."""
    kind = enclosure.clean.kind
    if kind not in _SENT:
        raise NotAllowed(
            f"A {kind.sort} of this kind ({kind.content_type}) does not play on every phone."
            " JPEG, PNG, OGG, MP3, M4A and PDF can go."
        )
    called = _SENT[kind][0]
    entry = called if called in carries else kind.content_type
    if entry not in carries:
        said = Offer(carries)
        only = f" ({kind.suffix.upper()})" if said.named(called) else ""
        raise NotAllowed(f"Their channel carries {said.words or 'no file'}; this is {_WORDS[called]}{only}.")
    most = carries[entry]
    if most is not None and len(enclosure.clean.content) > most:
        raise NotAllowed(
            f"Their channel carries {_WORDS[called]} of at most {most // 1_000_000} MB; cleaned, this one has more."
            " Choose a smaller one."
        )


def hold(secrets: Secrets, enclosure: Enclosure, form: str) -> str:
    """The file sealed into a field of the form that it was chosen in, for browsers forget it with every page."""
    clean = enclosure.clean
    head = {"form": form, "name": enclosure.name, "type": clean.kind.content_type, "size": len(clean.content)}
    content = json.dumps(head).encode() + b"\n" + clean.content + (clean.preview or b"")
    return base64.b64encode(secrets.seal_bytes(content)).decode()


def held(secrets: Secrets, value: str, form: str) -> Enclosure:
    """What `hold` sealed into this form. Raises NotAllowed."""
    try:
        line, _, body = secrets.unseal_bytes(base64.b64decode(value, validate=True)).partition(b"\n")
        head = json.loads(line)
        if head["form"] != form:
            raise ValueError("of another form")
        size = head["size"]
        return Enclosure(head["name"], Clean(KINDS[head["type"]], body[:size], body[size:] or None))
    except (Unsealable, ValueError, KeyError, TypeError):
        raise NotAllowed("The file was lost on the way. Choose it again.") from None


def store(session: AsyncSession, secrets: Secrets, message: Message, enclosure: Enclosure, now: datetime) -> None:
    """Keep a file with the text of ours that it goes out with."""
    clean = enclosure.clean
    session.add(
        Attachment(
            programme=message.programme,
            channel=message.channel,
            message_id=message.id,
            position=OURS,
            content_type=clean.kind.content_type,
            size=len(clean.content),
            content=secrets.seal_bytes(clean.content),
            preview=None if clean.preview is None else secrets.seal_bytes(clean.preview),
            state="stored",
            attempts=0,
            created_at=now,
        )
    )


async def of_texts(session: AsyncSession, messages: Sequence[Message]) -> dict[int, Enclosed]:
    """By message id, the files that go out with these texts; those erased meanwhile do not."""
    written = [message.id for message in messages if message.purpose == WRITTEN]
    if not written:
        return {}
    rows = await session.execute(
        select(Attachment.message_id, Attachment.id, Attachment.content_type).where(
            Attachment.message_id.in_(written), Attachment.position == OURS, Attachment.state == "stored"
        )
    )
    return {message_id: Enclosed(number, content_type) for message_id, number, content_type in rows}


async def shown(session: AsyncSession, messages: Sequence[Message]) -> dict[int, Sent]:
    """By message id, the files that go or went out with these texts, erased or not."""
    written = [message.id for message in messages if message.purpose == WRITTEN]
    if not written:
        return {}
    mine = Attachment.message_id.in_(written) & (Attachment.position == OURS)
    return {
        item.message_id: Sent(item.id, KINDS[item.content_type].sort, KINDS[item.content_type].plays, item.state)
        for item in await session.scalars(select(Attachment).where(mine))
    }


def link(secrets: Secrets, address: str, file: Enclosed | None, now: datetime) -> base.Attachment | None:
    """The file as channels send it: `address` is where people reach us. None for none."""
    if file is None:
        return None
    token = secrets.sign(_PURPOSE, f"{file.id}:{int((now + LIFE).timestamp())}")
    name = _name(file.content_type)
    return base.Attachment(f"{address}/files/{token}/{name}", file.content_type, name)


async def open_by_token(session: AsyncSession, secrets: Secrets, token: str, now: datetime) -> Opened:
    """The file a link of ours names. One and the same NotFound for what is forged, mangled, too old or erased."""
    payload = secrets.verify(_PURPOSE, token)
    number, _, end = (payload or "").partition(":")
    if payload is None or datetime.fromtimestamp(int(end), UTC) <= now:
        raise NotFound("There is no such file.")
    mine = (Attachment.id == int(number)) & (Attachment.position == OURS) & (Attachment.state == "stored")
    item = await session.scalar(select(Attachment).where(mine).options(undefer(Attachment.content)))
    return opened(secrets, item)


def opened(secrets: Secrets, item: Attachment | None, *, preview: bool = False) -> Opened:
    """A stored file of ours, or its preview, under a name that says nothing. Raises NotFound."""
    sealed = None if item is None else item.preview if preview else item.content
    if item is None or sealed is None:
        raise NotFound("There is no such file.")
    try:
        content = secrets.unseal_bytes(sealed)
    except Unsealable:
        raise NotFound("There is no such file.") from None
    content_type = kinds.JPEG.content_type if preview else item.content_type
    return Opened(content_type, _name(content_type), KINDS[content_type].plays, content)


def _name(content_type: str) -> str:
    kind = KINDS[content_type]
    return f"{_SENT[kind][1]}.{kind.suffix}"
