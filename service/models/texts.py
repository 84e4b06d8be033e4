"""Texts in and out, who sent them, and what stopped on its way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, Key

_WAITING = "direction = 'in' AND state = 'received'"
_TAKEN = "direction = 'in' AND state <> 'received'"


class Reporter(Base):
    """A person on a channel. `pseudonym` finds them again; the address is sealed and needed only to reply."""

    __tablename__ = "reporters"
    __table_args__ = (UniqueConstraint("channel", "pseudonym"), Index("ix_reporters_seen", "programme", "last_seen_at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64), index=True)
    channel: Mapped[str] = mapped_column(String(128))
    pseudonym: Mapped[str] = mapped_column(String(64))
    address: Mapped[bytes | None]
    language: Mapped[str | None] = mapped_column(String(35))
    language_chosen: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """They told us which language; no guess of the machine changes it."""
    stopped_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]
    trusted: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Known to the organisation: what they report needs no review for want of certainty."""
    asked: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """Codes of the opt-in questions they were asked, each at most once."""
    questioned_at: Mapped[datetime | None]
    """When the last of those was asked."""
    informed_at: Mapped[datetime | None]
    """When they were first told what happens to what they text."""
    quotable: Mapped[bool] = mapped_column(default=False)
    """They said that we may quote their words, without their name."""
    question: Mapped[str | None] = mapped_column(String(16))
    """The question we asked and wait on: place, solved, forget, or an opt-in question by its code."""
    question_report_id: Mapped[int | None] = mapped_column(Key)
    question_choices: Mapped[list[Any] | None]
    asked_at: Mapped[datetime | None]
    groups: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How they describe themselves, opt-in: {"group": code, "gender": code…}."""
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class Forgotten(Base):
    """That somebody asked to be forgotten, for a week, in a row that leads to nothing of theirs; see `service/forgotten.py`."""

    __tablename__ = "forgotten"
    __table_args__ = (UniqueConstraint("channel", "pseudonym"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    channel: Mapped[str] = mapped_column(String(128))
    pseudonym: Mapped[str] = mapped_column(String(64))
    said_at: Mapped[datetime]
    """When they said so: what they wrote before is erased."""
    created_at: Mapped[datetime]


class Message(Base):
    """One text in or out, as the provider carried it. The rows are the queues of worker and outbox."""

    __tablename__ = "messages"
    __table_args__ = (
        # A small one for what waits to be read, which also finds it by its sender, and two for what is read: whoever
        # arrives touches the small one alone. Not for what goes out: some providers number that by conversation.
        Index(
            "uq_messages_waiting",
            "channel",
            "pseudonym",
            "external_id",
            unique=True,
            sqlite_where=text(_WAITING),
            postgresql_where=text(_WAITING),
        ),
        Index(
            "ix_messages_taken",
            "channel",
            "external_id",
            sqlite_where=text(_TAKEN),
            postgresql_where=text(_TAKEN),
        ),
        Index(
            "ix_messages_taken_sender",
            "pseudonym",
            sqlite_where=text(_TAKEN),
            postgresql_where=text(_TAKEN),
        ),
        Index(
            "ix_messages_report_id",
            "report_id",
            sqlite_where=text("report_id IS NOT NULL"),
            postgresql_where=text("report_id IS NOT NULL"),
        ),
        # Providers speak of what we sent.
        Index(
            "ix_messages_sent",
            "channel",
            "external_id",
            sqlite_where=text("direction = 'out'"),
            postgresql_where=text("direction = 'out'"),
        ),
        UniqueConstraint("dedupe"),
        Index("ix_messages_queue", "direction", "state", "due_at"),
        Index(
            "ix_messages_outbox",
            "channel",
            "priority",
            "due_at",
            "id",
            sqlite_where=text("direction = 'out' AND state = 'queued'"),
            postgresql_where=text("direction = 'out' AND state = 'queued'"),
        ),
        # Few rows, and those that a burst is counted by.
        Index(
            "ix_messages_opted_out",
            "channel",
            "opted_out_at",
            sqlite_where=text("opted_out_at IS NOT NULL"),
            postgresql_where=text("opted_out_at IS NOT NULL"),
        ),
        # Whatever somebody has texted, their last few texts are found at once.
        Index(
            "ix_messages_conversation",
            "reporter_id",
            "direction",
            "created_at",
            sqlite_where=text("reporter_id IS NOT NULL"),
            postgresql_where=text("reporter_id IS NOT NULL"),
        ),
        Index(
            "ix_messages_held",
            "programme",
            "reporter_id",
            sqlite_where=text("purpose = 'held'"),
            postgresql_where=text("purpose = 'held'"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(128))
    direction: Mapped[str] = mapped_column(String(3))
    """in or out."""
    external_id: Mapped[str | None] = mapped_column(String(255))
    dedupe: Mapped[str | None] = mapped_column(String(128))
    """What makes an outgoing text happen at most once, such as reply:17 for the reply to message 17."""
    pseudonym: Mapped[str | None] = mapped_column(String(64))
    address: Mapped[bytes | None]
    """Sealed; set on incoming texts until the reporter is known."""
    body: Mapped[bytes | None]
    """Sealed text; None once erased."""
    redacted: Mapped[bytes | None]
    """Sealed: the words of an incoming text without personal data, for the desk; None once erased."""
    pin: Mapped[bytes | None]
    """Sealed "latitude,longitude" the person shared."""
    extra: Mapped[bytes | None]
    """Sealed: what else came with it, or must go with it; see `service/extras.py`."""
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    """Of an outgoing text: 0 for a reply somebody waits for, 1 for news, 2 for bulk."""
    opted_out_at: Mapped[datetime | None]
    """When the provider said of this outgoing text that the person opted out with it."""
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("reporters.id"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"))
    purpose: Mapped[str | None] = mapped_column(String(32))
    """In: account, part, follow_up, place_words, place_answer, solved_answer, profile_answer, command, erasure, empty,
    held, released or left. Out: the key of the text."""
    cause: Mapped[str | None] = mapped_column(Text)
    """Why we took it so; never holds words of the text."""
    state: Mapped[str] = mapped_column(String(16))
    """In: received, done, dead. Out: see `service/outgoing.py`."""
    failure: Mapped[str | None] = mapped_column(String(16))
    """Why an outgoing text did not go out, or not yet: one of FAILURES in `service/outgoing.py`."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    """When an outgoing text that still waits is of no more use."""
    leased_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Attachment(Base):
    """A picture, voice note or document that came with a text: fetched once, cleaned, sealed. Or one of ours."""

    __tablename__ = "attachments"
    __table_args__ = (UniqueConstraint("message_id", "position"), Index("ix_attachments_queue", "state", "due_at"))

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(128))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    position: Mapped[int]
    """Among the files of a text, from 1; 0 for the one that goes out with a text of ours."""
    reference: Mapped[bytes | None]
    """Sealed: what the channel fetches it by; None once fetched or erased."""
    content_type: Mapped[str] = mapped_column(String(128))
    """What the provider says of it; once stored, what it is."""
    size: Mapped[int | None]
    """In bytes, as stored, before it is sealed."""
    content: Mapped[bytes | None] = mapped_column(deferred=True)
    """Sealed. While it waits: as it came with the request, where it did."""
    preview: Mapped[bytes | None] = mapped_column(deferred=True)
    """Sealed: a picture again, small."""
    state: Mapped[str] = mapped_column(String(16))
    """waiting, stored, refused, dead or erased."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class Transcript(Base):
    """What a picture or voice note says, written down by a moderator; read by the machine and made part of the account."""

    __tablename__ = "transcripts"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64))
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[bytes | None]
    """Sealed: as written; redacted once read; None once replaced or erased."""
    state: Mapped[str] = mapped_column(String(16))
    """waiting, done, dead or erased."""
    created_at: Mapped[datetime]


class Line(Base):
    """The way to one provider: how soon it may carry the next text, whether it rests, whether opt-outs flood in."""

    __tablename__ = "lines"

    channel: Mapped[str] = mapped_column(String(128), primary_key=True)
    next_at: Mapped[datetime | None]
    """Until then the line is taken by what went out already, at the rate it may carry."""
    failures: Mapped[int] = mapped_column(default=0)
    """Of the line itself, in a row."""
    opened_at: Mapped[datetime | None]
    """Since when it rests: nothing is sent until `open_until`, then one text tries."""
    open_until: Mapped[datetime | None]
    fault: Mapped[str | None] = mapped_column(String(16))
    """What the last failures were about: line or keys."""
    reason: Mapped[str | None] = mapped_column(Text)
    alarmed_at: Mapped[datetime | None]
    """Since when its provider says of too many people that they opted out; None once somebody has looked."""
    alarmed_until: Mapped[datetime | None]
    """Until then, as far as we know now, no opt-out it reports is believed."""
    updated_at: Mapped[datetime]


class Quarantine(Base):
    """An authentic request nobody could read: sealed whole, kept for replay after a fix."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(128))
    request: Mapped[bytes]
    """Sealed; empty once it was read or erased."""
    digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Of what is in it, with a key: a redelivery meets it."""
    reason: Mapped[str] = mapped_column(Text)
    """Why it could not be read, the last time it was tried."""
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was tried again."""
    tried_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16))
    """waiting, reading (by somebody, since `tried_at`), replayed or erased."""
    created_at: Mapped[datetime]
