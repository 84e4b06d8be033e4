"""What officials were told and what they answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, Key


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
