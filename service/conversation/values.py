"""What goes into the conversation and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

import nlp.analysis as nlp
from channels.base import Part
from service.models import Message, Report, Reporter
from service.programme import Programme
from service.secrets import Secrets

MEMBERS = ("account", "part", "follow_up", "place_words")
"""Purposes of the texts whose words make up an account."""


@dataclass(frozen=True)
class Incoming:
    """One text with what is needed to take it. `analysis` is None for texts that need none."""

    message: Message
    text: str = field(repr=False)
    analysis: nlp.Analysis | None
    pin: tuple[float, float] | None = None
    others: tuple[Message, ...] = ()
    """Further pieces whose words are in `text` already."""
    redacted: tuple[str, ...] = field(default=(), repr=False)
    """The words of `message` and of each of `others` without personal data, where each stands for itself."""
    part: Part | None = None
    replies_to: str | None = None
    """`external_id` of the text of ours that the person pointed at."""
    flood: bool = False
    """Held whatever it says, and so not read."""


@dataclass(frozen=True)
class Outcome:
    """What a text was, why we think so, the text we send back, and the report it belongs to."""

    purpose: str
    cause: str
    reply: str | None = None
    slots: dict[str, str] | None = None
    report: Report | None = None
    farewell: bytes | None = None
    """The sealed address of somebody we just forgot, for one last text."""


@dataclass(frozen=True)
class Turn:
    """One text of a person whom we know by now, and all that is needed to say what it is."""

    session: AsyncSession
    secrets: Secrets
    programme: Programme
    reporter: Reporter
    incoming: Incoming
    now: datetime

    @property
    def text(self) -> str:
        return self.incoming.text

    @property
    def message(self) -> Message:
        """The first of its pieces."""
        return self.incoming.message
