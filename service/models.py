"""The tables. One class a noun of the design; the words on the screen are the words here.

Raw texts and addresses are sealed (see `service/secrets.py`); `Report.text` holds only the redacted text, and nothing
at all for a sensitive account, whose content is sealed in `Vault`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware instant in UTC on both databases; SQLite alone would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, list[Any]: JSON, bytes: LargeBinary}


Key = BigInteger().with_variant(Integer, "sqlite")


class Reporter(Base):
    """A person on a channel. `pseudonym` finds them again; the address is sealed and needed only to reply."""

    __tablename__ = "reporters"
    __table_args__ = (UniqueConstraint("channel", "pseudonym"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64), index=True)
    channel: Mapped[str] = mapped_column(String(128))
    pseudonym: Mapped[str] = mapped_column(String(64))
    address: Mapped[bytes | None]
    language: Mapped[str | None] = mapped_column(String(35))
    stopped_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]
    quotable: Mapped[bool] = mapped_column(default=False)
    """They said that we may quote their words, without their name."""
    question: Mapped[str | None] = mapped_column(String(16))
    """The question we asked and wait on: place, solved or forget."""
    question_report_id: Mapped[int | None] = mapped_column(Key)
    question_choices: Mapped[list[Any] | None]
    asked_at: Mapped[datetime | None]
    groups: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How they describe themselves, opt-in: {"group": code, "gender": code…}."""
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class Message(Base):
    """One text in or out, as the provider carried it. The rows are the queues of worker and outbox."""

    __tablename__ = "messages"
    __table_args__ = (
        # Only what comes in: some providers number what they send for us by conversation, not by channel.
        Index(
            "uq_messages_incoming",
            "channel",
            "external_id",
            unique=True,
            sqlite_where=text("direction = 'in'"),
            postgresql_where=text("direction = 'in'"),
        ),
        Index("ix_messages_channel_external_id", "channel", "external_id"),
        UniqueConstraint("dedupe"),
        Index("ix_messages_queue", "direction", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(128))
    direction: Mapped[str] = mapped_column(String(3))
    """in or out."""
    external_id: Mapped[str | None] = mapped_column(String(255))
    dedupe: Mapped[str | None] = mapped_column(String(128))
    """What makes an outgoing text happen at most once, such as reply:17 for the reply to message 17."""
    pseudonym: Mapped[str | None] = mapped_column(String(64), index=True)
    address: Mapped[bytes | None]
    """Sealed; set on incoming texts until the reporter is known."""
    body: Mapped[bytes | None]
    """Sealed text; None once erased."""
    pin: Mapped[bytes | None]
    """Sealed "latitude,longitude" the person shared."""
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("reporters.id"), index=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"), index=True)
    purpose: Mapped[str | None] = mapped_column(String(32))
    """In: account, follow_up, place_answer, solved_answer, command, empty, held. Out: the key of the text."""
    cause: Mapped[str | None] = mapped_column(Text)
    """Why we took it so; never holds words of the text."""
    state: Mapped[str] = mapped_column(String(16))
    """In: received, done, dead. Out: queued, sent, delivered, read, uncertain, dead."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Report(Base):
    """An account, made of one or more texts. `revision` grows with every change by a person."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("reference"),
        Index("ix_reports_queue", "programme", "status", "received_at"),
        Index("ix_reports_area", "programme", "area", "received_at"),
        Index("ix_reports_status", "programme", "sensitive", "status"),
        Index(
            "ix_reports_waiting",
            "programme",
            "sensitive",
            "urgent",
            "certainty",
            "received_at",
            "id",
            sqlite_where=text("status IN ('in_review', 'disputed')"),
            postgresql_where=text("status IN ('in_review', 'disputed')"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    reference: Mapped[str] = mapped_column(String(16))
    programme: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(128))
    reporter_id: Mapped[int] = mapped_column(ForeignKey("reporters.id"), index=True)
    status: Mapped[str] = mapped_column(String(16))
    text: Mapped[str | None] = mapped_column(Text)
    """Redacted. None for sensitive accounts and after erasure."""
    texts: Mapped[int] = mapped_column(default=1)
    language: Mapped[str | None] = mapped_column(String(35))
    kind: Mapped[str | None] = mapped_column(String(16))
    urgent: Mapped[bool] = mapped_column(default=False)
    sensitive: Mapped[bool] = mapped_column(default=False)
    certainty: Mapped[float] = mapped_column(default=0.0)
    """How sure the machine was of its least sure finding, 0 to 1; the queue shows the lowest first."""
    review_reason: Mapped[str | None] = mapped_column(Text)
    place_name: Mapped[str | None] = mapped_column(String(255))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    radius_km: Mapped[float | None]
    area: Mapped[str | None] = mapped_column(String(64))
    place_score: Mapped[float | None]
    place_by: Mapped[str | None] = mapped_column(String(16))
    """machine, reporter or moderator."""
    analysis_version: Mapped[str | None] = mapped_column(String(64))
    accepted_by: Mapped[str | None] = mapped_column(String(16))
    """machine or person."""
    revision: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    claimed_until: Mapped[datetime | None]
    received_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    forwarded_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    agreed: Mapped[bool | None]
    agreed_at: Mapped[datetime | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("reports.id"))


class ReportCategory(Base):
    """A category a report has now. `by` is machine or moderator. Sensitive accounts have none here."""

    __tablename__ = "report_categories"

    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    score: Mapped[float]
    why: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(16))


class Analysis(Base):
    """What the NLP said, with its version. `result` is the JSON line without the text; None for sensitive accounts."""

    __tablename__ = "analyses"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), index=True)
    version: Mapped[str] = mapped_column(String(64))
    result: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


class Vault(Base):
    """A sensitive account: sealed JSON {"text", "analysis"}. Only focal points open it, and every read is audited."""

    __tablename__ = "vault"

    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    content: Mapped[bytes | None]
    kinds: Mapped[list[Any]]
    created_at: Mapped[datetime]


class Decision(Base):
    """A moderator's act on a report. What changed, never words of the account. Append-only."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64), index=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    act: Mapped[str] = mapped_column(String(32))
    """accept, correct_categories, correct_place, reject, refer, protect, reopen…"""
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int]
    created_at: Mapped[datetime]


class Audit(Base):
    """Who did what and when, append-only: database triggers refuse change and deletion."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64), index=True)
    actor: Mapped[str] = mapped_column(String(64))
    """user:3, official:12ab, machine or reporter."""
    act: Mapped[str] = mapped_column(String(32))
    object: Mapped[str] = mapped_column(String(64), index=True)
    """report:17, user:3, digest:9, answer:4…"""
    detail: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class User(Base):
    """A person of the organisation who logs in. `epoch` grows to end every session of theirs."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    login: Mapped[str] = mapped_column(String(128), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    epoch: Mapped[int] = mapped_column(default=0)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Membership(Base):
    """A user's role in a programme: moderator, focal_point or admin."""

    __tablename__ = "memberships"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    programme: Mapped[str] = mapped_column(String(64), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))


class LoginFailure(Base):
    """A failed log-in, for throttling. `key` is a hash of login or address."""

    __tablename__ = "login_failures"
    __table_args__ = (Index("ix_login_failures_key_created_at", "key", "created_at"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Digest(Base):
    """An immutable weekly summary for one official. `content` and both renderings are frozen; only sending changes."""

    __tablename__ = "digests"
    __table_args__ = (UniqueConstraint("programme", "official", "period"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64))
    official: Mapped[str] = mapped_column(String(255))
    """Their e-mail address, as in officials.csv."""
    period: Mapped[str] = mapped_column(String(8))
    """ISO week, 2026-W46."""
    language: Mapped[str] = mapped_column(String(35))
    input_hash: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]]
    html: Mapped[str] = mapped_column(Text)
    plain: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    """queued, sent or dead."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Answer(Base):
    """What an official replied, to one report or to all of a category in an area."""

    __tablename__ = "answers"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64), index=True)
    official: Mapped[str] = mapped_column(String(255))
    office: Mapped[str] = mapped_column(String(64))
    digest_id: Mapped[int] = mapped_column(ForeignKey("digests.id"), index=True)
    category: Mapped[str | None] = mapped_column(String(64))
    area: Mapped[str | None] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    """held, released or withdrawn."""
    created_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class AnsweredReport(Base):
    """Which reports an answer is for."""

    __tablename__ = "answered_reports"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"), primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True, index=True)


class Quarantine(Base):
    """An authentic request nobody could read: sealed whole, kept for replay after a fix."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(128))
    request: Mapped[bytes]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    """waiting or replayed."""
    created_at: Mapped[datetime]


class Lease(Base):
    """Who leads: the one process that runs the schedule until the lease runs out."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]
