"""What is noted while a town texts: every text with what its provider was told, and every text of ours that arrived."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from service.simulation.callers.base import Text

Received = tuple[str, str, str]
"""Channel type, address without its plus, words."""


@dataclass
class Record:
    """One text. Times are in seconds from the start."""

    channel: str
    text: Text
    external_id: str
    attempts: int = 0
    acknowledged_at: float | None = None


@dataclass
class Notes:
    """Everything noted in one run."""

    records: list[Record] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    """Answers to deliveries by HTTP status, or `broken` and `no answer`."""
    latencies: list[float] = field(default_factory=list)
    """Seconds until an acknowledgement."""
    arrived: defaultdict[Received, list[float]] = field(default_factory=lambda: defaultdict(list))
    """When the provider took each text of ours, as often as it did."""
    repeated: int = 0
    """Sends of ours that the provider dropped by their key."""
    unreadable: int = 0
    """Sends of ours that the provider could not make sense of."""
    exits: list[str] = field(default_factory=list)
    """Processes that ended though nobody ended them."""
    events: list[tuple[float, str]] = field(default_factory=list)
    """What went wrong on purpose."""


def received(channel: str, to: str, words: str) -> Received:
    return channel, to.lstrip("+"), words
