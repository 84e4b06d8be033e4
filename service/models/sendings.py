"""What is known of texts we send before their rows can say it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.models.base import Base, Key


class EarlyDelivery(Base):
    """A provider's word on a text by an id no text of ours has, or not yet. Short-lived; see `service/deliveries.py`."""

    __tablename__ = "early_deliveries"
    __table_args__ = (UniqueConstraint("channel", "external_id", "state"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    channel: Mapped[str] = mapped_column(String(128))
    external_id: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16))
    """sent, delivered, read or failed."""
    reason: Mapped[str] = mapped_column(Text)
    opted_out: Mapped[bool]
    created_at: Mapped[datetime]
