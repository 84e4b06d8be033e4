"""Who works here, what was done, and which process leads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, Key


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


class Lease(Base):
    """Who leads: the one process that runs the schedule until the lease runs out. `jumped_at`: when the clock did last."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]
    jumped_at: Mapped[datetime | None]


class Fingerprint(Base):
    """Of the key everything here is sealed with; one row. It says nothing of the key itself."""

    __tablename__ = "fingerprints"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    value: Mapped[str] = mapped_column(String(64))
