"""Accounts: what was reported, what the machine said of it, what people decided."""

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


class Report(Base):
    """An account, made of one or more texts. `revision` grows with every change by a person."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("reference"),
        Index("ix_reports_queue", "programme", "status", "received_at"),
        Index("ix_reports_area", "programme", "area", "received_at"),
        Index("ix_reports_status", "programme", "sensitive", "status"),
        Index(
            "ix_reports_merged_into",
            "merged_into",
            sqlite_where=text("merged_into IS NOT NULL"),
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
        Index(
            "ix_reports_reread",
            "reread_at",
            sqlite_where=text("reread_at IS NOT NULL"),
            postgresql_where=text("reread_at IS NOT NULL"),
        ),
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
    reread_at: Mapped[datetime | None]
    """Set when its texts change: from then on the worker reads the whole again."""
    rereads: Mapped[int] = mapped_column(default=0, server_default="0")
    """Attempts at that so far."""
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


class ThemeWeek(Base):
    """A week in which themes were looked for, once, among so many reports."""

    __tablename__ = "theme_weeks"

    programme: Mapped[str] = mapped_column(String(64), primary_key=True)
    week: Mapped[str] = mapped_column(String(8), primary_key=True)
    looked_at: Mapped[int]
    created_at: Mapped[datetime]


class Theme(Base):
    """What several people wrote about and no category names. Its words are said by at least `small_cell` people each."""

    __tablename__ = "themes"
    __table_args__ = (Index("ix_themes_programme_state", "programme", "state"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    programme: Mapped[str] = mapped_column(String(64))
    week: Mapped[str] = mapped_column(String(8))
    words: Mapped[list[Any]]
    reports: Mapped[list[Any]]
    """Their ids."""
    people: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    """proposed, taken or dismissed."""
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
