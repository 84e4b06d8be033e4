"""The ledger at the end: what was sent, acknowledged, stored and replied to, and whether anything was lost or doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from service.simulation.books import SENT, Books, Replied, Stored
from service.simulation.callers import CALLERS
from service.simulation.memory import Life
from service.simulation.notes import Notes, Received, Record


@dataclass(frozen=True)
class Line:
    """One channel, or all. Counts of texts."""

    channel: str
    sent: int
    attempts: int
    acknowledged: int
    refused: int
    """Never acknowledged: the provider gave up or was still trying at the end."""
    stored: int
    replied: int
    """Texts of theirs that got a reply which reached them."""
    uncertain: int
    """Replies shown at the desk as uncertain: the provider may have them."""
    dead: int
    """Texts of theirs and of ours set aside at the desk, with the reason."""
    lost: int
    """Acknowledged and not stored as sent; or sent by us and never at the provider."""
    doubled: int
    """Stored twice, replied to twice, or taken twice by the provider."""


@dataclass(frozen=True)
class Memory:
    """One process that lived long enough to be judged; megabytes, and growth as a share."""

    what: str
    seconds: float
    first_mb: float
    last_mb: float
    growth: float | None


@dataclass(frozen=True)
class Ledger:
    """What a run came to."""

    scenario: str
    database: str
    seconds: float
    rate: float
    """Texts a second, as planned."""
    top: tuple[float, float] | None
    """Texts a second the door took, and the whole way to the reply; where that was measured."""
    lines: tuple[Line, ...]
    total: Line
    unread: int
    """Stored, and not read or sent before the time was up."""
    quarantined: int
    hastened: int
    """Texts that waited for their hour (a retry, a lease of a dead process), which was let pass at once."""
    acknowledged_ms: tuple[float, float, float]
    """Time to the acknowledgement: half, 99 of 100, the longest."""
    replied_ms: tuple[float, float, float]
    """Time from the acknowledgement to the reply at the provider."""
    statuses: dict[str, int]
    repeated: int
    """Replies sent again that providers dropped by their key."""
    unreadable: int
    """Replies that a provider could not make sense of."""
    orphans: int
    """Child processes that outlived their killed parent."""
    exits: tuple[str, ...]
    """Processes that ended by themselves, or would not stop."""
    events: tuple[tuple[float, str], ...]
    memory: tuple[Memory, ...]
    memory_limit: float | None

    @property
    def faults(self) -> list[str]:
        """Why the rehearsal failed, in words; empty when it did not."""
        found = [f"{getattr(self.total, name)} {name}" for name in ("lost", "doubled") if getattr(self.total, name)]
        if self.unread:
            found.append(f"{self.unread} texts still waited when the time was up")
        if self.quarantined:
            found.append(f"{self.quarantined} authentic requests could not be read")
        if self.unreadable:
            found.append(f"{self.unreadable} replies were not what the provider documents")
        if self.orphans:
            found.append(f"{self.orphans} child processes outlived their killed parent")
        found += self.exits
        if self.memory_limit is not None:
            judged = [life for life in self.memory if life.growth is not None]
            found += [
                f"{life.what} grew by {life.growth:.1%}, more than {self.memory_limit:.0%}"
                for life in judged
                if life.growth is not None and life.growth > self.memory_limit
            ]
            if not judged:
                found.append("no process lived long enough for its memory to be judged")
        return found

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"faults": self.faults}


def lines(
    notes: Notes, books: Books, pseudonym: Callable[[str, str], str]
) -> tuple[tuple[Line, ...], Line, list[float]]:
    """A line a channel, the sum, and how long each reply took, in seconds.

    `pseudonym` makes of a channel type and an address what the database knows the person by.
    """
    rows: dict[tuple[str, str], list[Stored]] = {}
    for row in books.stored:
        rows.setdefault((row.channel, row.external_id), []).append(row)
    by_text = {reply.reply_to: reply for reply in books.replied if reply.reply_to is not None}
    replies_per_text = Counter(reply.reply_to for reply in books.replied if reply.reply_to is not None)
    found, waits = [], []
    for channel in sorted({record.channel for record in notes.records}):
        records = [record for record in notes.records if record.channel == channel]
        ours = [reply for reply in books.replied if reply.channel == channel]
        stored = lost = doubled = replied = dead = 0
        for record in records:
            own = rows.get((channel, record.external_id), [])
            stored += bool(own)
            doubled += max(0, len(own) - 1)
            dead += sum(row.state == "dead" for row in own)
            if record.acknowledged_at is not None and not _is_as_sent(record, own, pseudonym):
                lost += 1
            for row in own:
                doubled += max(0, replies_per_text[row.id] - 1)
                reply = by_text.get(row.id)
                if reply is not None and _reached(reply, notes):
                    replied += 1
                    if record.acknowledged_at is not None and reply.to is not None and reply.to in notes.arrived:
                        waits.append(max(0.0, notes.arrived[reply.to][0] - record.acknowledged_at))
        missing, repeated = _sends(channel, ours, notes)
        found.append(
            Line(
                channel=channel,
                sent=len(records),
                attempts=sum(record.attempts for record in records),
                acknowledged=sum(record.acknowledged_at is not None for record in records),
                refused=sum(record.acknowledged_at is None for record in records),
                stored=stored,
                replied=replied,
                uncertain=sum(reply.state == "uncertain" for reply in ours),
                dead=dead + sum(reply.state == "dead" for reply in ours),
                lost=lost + missing,
                doubled=doubled + repeated,
            )
        )
    total = _sum(found, reports_twice=books.reports - books.reports_of_texts)
    return tuple(found), total, waits


def percentiles(seconds: Iterable[float]) -> tuple[float, float, float]:
    """Half, 99 of 100 and the longest, in milliseconds; zeros for nothing."""
    ordered: Sequence[float] = sorted(seconds)
    if not ordered:
        return 0.0, 0.0, 0.0
    return (
        1000 * ordered[len(ordered) // 2],
        1000 * ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        1000 * ordered[-1],
    )


def memory(lives: Iterable[Life], settle: float) -> tuple[Memory, ...]:
    """Every process with samples, the longest lives first; those too short to judge have no growth."""
    return tuple(
        Memory(life.what, life.seconds, life.samples[0][1] / 2**20, life.samples[-1][1] / 2**20, life.growth(settle))
        for life in sorted(lives, key=lambda life: -life.seconds)
        if life.samples
    )


def _is_as_sent(record: Record, rows: Sequence[Stored], pseudonym: Callable[[str, str], str]) -> bool:
    person = pseudonym(record.channel, record.text.sender)
    return any(row.words in (None, record.text.words) and row.pseudonym == person for row in rows)


def _reached(reply: Replied, notes: Notes) -> bool:
    """Did the reply reach the person? Channels that call nobody have it once it counts as sent."""
    if CALLERS[reply.channel].reads_itself:
        return reply.state in SENT
    return reply.to is not None and reply.to in notes.arrived


def _sends(channel: str, ours: Sequence[Replied], notes: Notes) -> tuple[int, int]:
    """Texts of ours that count as sent and never arrived, and those that arrived more often than there are."""
    if CALLERS[channel].reads_itself:
        return 0, 0
    made = Counter(reply.to for reply in ours if reply.to is not None)
    sent = Counter(reply.to for reply in ours if reply.to is not None and reply.state in SENT)
    arrived: dict[Received, int] = {to: len(times) for to, times in notes.arrived.items() if to[0] == channel}
    missing = sum(max(0, number - arrived.get(to, 0)) for to, number in sent.items())
    return missing, sum(max(0, number - made.get(to, 0)) for to, number in arrived.items())


def _sum(found: Sequence[Line], *, reports_twice: int) -> Line:
    counts = {
        name: sum(getattr(line, name) for line in found) for name in Line.__dataclass_fields__ if name != "channel"
    }
    return Line("all", **counts | {"doubled": counts["doubled"] + max(0, reports_twice)})
