"""The ledger for people."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from service.simulation.ledger import Ledger, Line

COLUMNS = (
    *("sent", "attempts", "acknowledged", "refused", "stored", "replied"),
    *("uncertain", "dead", "lost", "doubled"),
)


def ledger_table(ledger: Ledger) -> Table:
    """A row a channel, and the sum."""
    table = Table("channel", title=f"Ledger of {ledger.scenario} on {ledger.database}")
    for column in COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for line in ledger.lines:
        table.add_row(*_cells(line))
    table.add_section()
    table.add_row(*_cells(ledger.total))
    return table


def memory_table(ledger: Ledger) -> Table:
    """A row a process that lived long enough, or all when none did."""
    table = Table("process", title="Memory")
    for column in ("lived, s", "first, MB", "last, MB", "growth once settled"):
        table.add_column(column, justify="right")
    for life in ledger.memory:
        growth = "too short to judge" if life.growth is None else f"{life.growth:+.1%}"
        table.add_row(life.what, f"{life.seconds:.0f}", f"{life.first_mb:.0f}", f"{life.last_mb:.0f}", growth)
    return table


def notes(ledger: Ledger) -> Iterator[str]:
    """What else there is to know, a line each."""
    for at, what in ledger.events:
        yield f"at {at:.1f} s: {what}"
    if ledger.top is not None:
        yield f"Most a second: {ledger.top[0]:,.0f} at the door, {ledger.top[1]:,.0f} the whole way to the reply."
    yield f"{ledger.rate:,.1f} texts a second; {ledger.seconds:,.0f} s in all."
    yield f"Acknowledged within {_times(ledger.acknowledged_ms)}; replied to within {_times(ledger.replied_ms)}."
    yield (
        "Answers to deliveries: " + ", ".join(f"{status} {count:,}" for status, count in ledger.statuses.items()) + "."
    )
    if ledger.repeated:
        yield f"{ledger.repeated:,} replies sent again were dropped by providers, by their key."
    if ledger.hastened:
        yield f"{ledger.hastened:,} texts waited for a retry or a dead process's lease; that time was let pass at once."


def _cells(line: Line) -> tuple[str, ...]:
    return (line.channel, *(f"{getattr(line, column):,}" for column in COLUMNS))


def _times(milliseconds: tuple[float, float, float]) -> str:
    half, most, longest = (f"{value:,.0f} ms" if value < 10_000 else f"{value / 1000:,.0f} s" for value in milliseconds)
    return f"{half} (half), {most} (99 of 100), {longest} (longest)"
