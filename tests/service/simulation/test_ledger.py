"""The arithmetic of the ledger: what counts as lost, what as doubled, and what as neither."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.simulation import ledger
from service.simulation.books import Books, Replied, Stored
from service.simulation.callers.base import Text
from service.simulation.ledger import Ledger, Line
from service.simulation.memory import Life
from service.simulation.notes import Notes, Record, received

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
TO = received("telegram", "7", "Thank you. Your report is K7-4QF.")


def _pseudonym(channel: str, address: str) -> str:
    return f"{channel}/{address}"


STORED = Stored(1, "telegram", "10001", "telegram/7", "No water", "done")
REPLY = Replied("telegram", TO, 1, "sent")


def _notes(*, acknowledged: bool = True, arrived: int = 1) -> Notes:
    notes = Notes()
    text = Text(1, "7", "No water", NOW)
    notes.records.append(Record("telegram", text, "10001", 2, 1.0 if acknowledged else None))
    if arrived:
        notes.arrived[TO] = [3.0] * arrived
    return notes


def _books(*stored: Stored, replied: tuple[Replied, ...] = (REPLY,), reports: int = 1) -> Books:
    return Books(stored, replied, 0, reports, 1)


def _total(notes: Notes, books: Books) -> Line:
    return ledger.lines(notes, books, _pseudonym)[1]


def test_a_text_that_went_the_whole_way() -> None:
    lines, total, waits = ledger.lines(_notes(), _books(STORED), _pseudonym)
    assert lines == (replace(total, channel="telegram"),)
    assert total == Line("all", 1, 2, 1, 0, 1, 1, 0, 0, 0, 0)
    assert waits == [2.0]


@pytest.mark.parametrize(
    ("what", "notes", "books", "lost", "doubled"),
    [
        ("acknowledged and not stored", _notes(arrived=0), _books(replied=()), 1, 0),
        ("never acknowledged and not stored", _notes(acknowledged=False, arrived=0), _books(replied=()), 0, 0),
        ("never acknowledged and stored", _notes(acknowledged=False), _books(STORED), 0, 0),
        ("stored with other words", _notes(), _books(replace(STORED, words="No wat")), 1, 0),
        ("stored for another person", _notes(), _books(replace(STORED, pseudonym="telegram/8")), 1, 0),
        ("stored, and its words erased", _notes(), _books(replace(STORED, words=None)), 0, 0),
        ("stored twice", _notes(), _books(STORED, replace(STORED, id=2)), 0, 1),
        ("replied to twice", _notes(arrived=2), _books(STORED, replied=(REPLY, REPLY)), 0, 1),
        ("one reply taken twice", _notes(arrived=2), _books(STORED), 0, 1),
        ("a reply sent, and never there", _notes(arrived=0), _books(STORED), 1, 0),
        ("uncertain, not there", _notes(arrived=0), _books(STORED, replied=(replace(REPLY, state="uncertain"),)), 0, 0),
        ("uncertain, and there", _notes(), _books(STORED, replied=(replace(REPLY, state="uncertain"),)), 0, 0),
        ("a report made twice", _notes(), _books(STORED, reports=2), 0, 1),
    ],
)  # fmt: skip
def test_lost_and_doubled(what: str, notes: Notes, books: Books, lost: int, doubled: int) -> None:
    total = _total(notes, books)
    assert (total.lost, total.doubled) == (lost, doubled), what


def test_what_is_set_aside_is_counted() -> None:
    ours = (replace(REPLY, state="uncertain"), replace(REPLY, state="dead", reply_to=None))
    books = _books(replace(STORED, state="dead"), replied=ours)
    total = _total(_notes(arrived=0), books)
    assert (total.uncertain, total.dead, total.replied) == (1, 2, 0)


def test_a_channel_that_calls_nobody_has_its_replies_once_they_count_as_sent() -> None:
    notes = Notes(records=[Record("webchat", Text(1, "b", "No water", NOW), "x", 1, 1.0)])
    stored = Stored(1, "webchat", "x", "webchat/b", "No water", "done")
    reply = Replied("webchat", received("webchat", "b", "Thanks"), 1, "sent")
    assert _total(notes, _books(stored, replied=(reply,))).replied == 1
    assert _total(notes, _books(stored, replied=(replace(reply, state="queued"),))).replied == 0


def test_percentiles() -> None:
    assert ledger.percentiles([]) == (0, 0, 0)
    assert ledger.percentiles(number / 1000 for number in range(1, 101)) == pytest.approx((51, 100, 100))


def _life(*megabytes: int) -> Life:
    return Life("web", 1, [(float(second), size * 2**20) for second, size in enumerate(megabytes)])


def test_growth_is_from_settled_to_last() -> None:
    growing = _life(*[50] * 10, *[100] * 15, *[110] * 10)
    assert growing.growth(10) == pytest.approx(0.1)
    assert _life(*[100] * 20).growth(10) is None
    assert growing.since(25).samples == growing.samples[25:]
    (judged,) = ledger.memory([growing], 10)
    assert (judged.first_mb, judged.last_mb) == (50, 110)


def _ledger(total: Line, **changes: object) -> Ledger:
    fields: dict[str, object] = {"scenario": "x", "database": "SQLite", "seconds": 1.0, "rate": 1.0}
    fields |= {"top": None, "lines": (), "total": total, "unread": 0, "quarantined": 0, "hastened": 0}
    fields |= {"acknowledged_ms": (0, 0, 0), "replied_ms": (0, 0, 0), "statuses": {}, "repeated": 0, "unreadable": 0}
    fields |= {"orphans": 0, "exits": (), "events": (), "memory": (), "memory_limit": None}
    return Ledger(**(fields | changes))  # type: ignore[arg-type]


GOOD = Line("all", 1, 1, 1, 0, 1, 1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("total", "changes", "said"),
    [
        (GOOD, {}, None),
        (replace(GOOD, uncertain=3, dead=1, refused=2), {}, None),
        (replace(GOOD, lost=2), {}, "2 lost"),
        (replace(GOOD, doubled=1), {}, "1 doubled"),
        (GOOD, {"unread": 4}, "4 texts still waited"),
        (GOOD, {"quarantined": 1}, "1 authentic requests could not be read"),
        (GOOD, {"unreadable": 1}, "1 replies were not what the provider documents"),
        (GOOD, {"orphans": 1}, "1 child processes outlived"),
        (GOOD, {"exits": ("web ended by itself",)}, "web ended by itself"),
        (GOOD, {"memory_limit": 0.05}, "no process lived long enough"),
        (GOOD, {"memory_limit": 0.05, "memory": ledger.memory([_life(*[100] * 31)], 10)}, None),
        (GOOD, {"memory_limit": 0.05, "memory": ledger.memory([_life(*[100] * 20, *[106] * 11)], 10)}, "web grew by 6.0%"),
    ],
)  # fmt: skip
def test_what_fails_a_rehearsal(total: Line, changes: dict[str, object], said: str | None) -> None:
    faults = _ledger(total, **changes).faults
    assert (faults == []) if said is None else any(said in fault for fault in faults), faults
