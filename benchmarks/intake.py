"""Signed Twilio webhook → durable → reply, against an empty aiohttp handler that reads the same form.

Run: python -m benchmarks.intake [--requests N] [--rounds N]. The doors are measured in turn, several rounds; a ratio is the
median of the rounds' own. "core µs" is what the server's process used of its core for a request, threads included: it says
nearly the same on a machine that has other work to do. One core serves, the other loads.
PostgreSQL is measured where TEST_POSTGRESQL, or a local one, answers; the spool with a database that is away.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.doors import NOWHERE, Door, make_request, opened, postgresql, stored
from benchmarks.load import Load
from service.spool import SUFFIX, SpoolFile, read

SPEED = 0.5
"""Of the empty handler's requests a second, at least."""
LATENCY = 5.0
"""Times the empty handler's 99th percentile, at most."""
EMPTY = "empty handler"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=6_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    count, rounds = arguments.requests, arguments.rounds
    with tempfile.TemporaryDirectory() as name, postgresql() as url:
        folder = Path(name)
        doors = [Door(EMPTY), Door("SQLite", f"sqlite+aiosqlite:///{folder / 'bench.db'}", folder / "sqlite")]
        if url is not None:
            doors.append(Door("PostgreSQL", url, folder / "postgresql"))
        doors.append(Door("spool", NOWHERE, folder / "spool"))
        loads: dict[str, list[Load]] = {door.name: [] for door in doors}
        costs: dict[str, list[float]] = {door.name: [] for door in doors}
        for turn in range(rounds):
            requests = [make_request(turn * count + number) for number in range(count)]
            for door in doors:
                with opened(door) as running:
                    # The first requests find caches cold and connections closed.
                    running.load([make_request(-1 - turn * 200 - number) for number in range(200)])
                    used = running.ask("seconds")
                    loads[door.name].append(running.load(requests))
                    costs[door.name].append((running.ask("seconds") - used) / count * 1e6)
        sent = rounds * (count + 200)
        kept = {door.name: _kept(door) for door in doors}
    table = Table(
        *("door", "requests/s", "ratio", "at least", "p50 ms", "p99 ms", "times", "at most", "core µs", "on disk"),
        title="Webhook to durable, one core, 64 connections",
    )
    for name, found in loads.items():
        row = _row(name, found, loads[EMPTY])
        table.add_row(*row, f"{median(costs[name]):.0f}", f"{kept[name]:,} of {sent:,}" if name != EMPTY else "")
    Console(width=120).print(table)


def _row(name: str, found: Sequence[Load], base: Sequence[Load]) -> list[str]:
    speed = median(mine.a_second / other.a_second for mine, other in zip(found, base, strict=True))
    times = median(mine.p99_ms / other.p99_ms for mine, other in zip(found, base, strict=True))
    measured = name != EMPTY
    return [
        name,
        f"{median(load.a_second for load in found):,.0f}",
        f"{speed:.2f}" if measured else "",
        f"{SPEED:.2f}" if measured else "",
        f"{median(load.p50_ms for load in found):.1f}",
        f"{median(load.p99_ms for load in found):.1f}",
        f"{times:.1f}" if measured else "",
        f"{LATENCY:.1f}" if measured else "",
    ]


def _kept(door: Door) -> int:
    if door.url == NOWHERE:
        found = [read(SpoolFile(path, 0, 0)) for path in door.folder.rglob(f"*{SUFFIX}")]
        return sum(piece.content is not None for pieces in found for piece in pieces)
    return stored(door.url) if door.url else 0


if __name__ == "__main__":
    main()
