"""Whether the door grows with what went through it: memory over many messages, and the cost of one beside a full table.

Run: python -m benchmarks.growth [--messages 200000] [--rows 1000000]. Two databases of each kind are measured in turn, one
with a thousand rows and one with a million, which are put there in bulk. Takes some minutes; fewer of both take less.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from benchmarks.doors import Door, make_request, opened, postgresql
from service import migration
from service.db import open_database

FEW = 1_000
SLOWER = 1.25
"""How much dearer a message may be in the full table: an index of a million is one page deeper."""
GROWN = 1.05
"""How much larger the process may be after all messages than after the first tenth of them."""
BATCH = 5_000
COLUMNS = "programme, channel, direction, external_id, pseudonym, address, body, state, attempts, created_at, due_at"
FILL = {
    "sqlite": f"""
        WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)
        INSERT INTO messages ({COLUMNS})
        SELECT 'bench', 'bench/sms', 'in', 'SM' || lower(hex(randomblob(16))), lower(hex(randomblob(20))),
               randomblob(41), randomblob(108), 'done', 0, '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000'
        FROM numbers""",
    "postgresql": f"""
        INSERT INTO messages ({COLUMNS})
        SELECT 'bench', 'bench/sms', 'in', 'SM' || md5(n::text), md5('p' || n) || left(md5('q' || n), 8),
               decode(repeat(md5('a' || n), 2) || '0011223344', 'hex'), decode(repeat(md5('b' || n), 6), 'hex'),
               'done', 0, '2026-01-01Z', '2026-01-01Z'
        FROM generate_series(1, :rows) AS numbers(n)""",
}
"""Rows as the door makes them, of no text and of nobody."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, postgresql() as one, postgresql() as two:
        folder = Path(name)
        files = [f"sqlite+aiosqlite:///{folder / part}.db" for part in ("few", "many")]
        pairs = {"SQLite": files}
        if one is not None and two is not None:
            pairs["PostgreSQL"] = [one, two]
        console = Console(width=110)
        console.print(_cost(pairs, folder, arguments.rows, arguments.rounds))
        console.print(_memory({kind: urls[0] for kind, urls in pairs.items()}, folder, arguments.messages))


def _cost(pairs: dict[str, list[str]], folder: Path, rows: int, rounds: int) -> Table:
    table = Table(
        *("database", "rows before", "core µs a message", "requests/s", "times", "at most"),
        title="The cost of a message as the table grows",
    )
    for kind, urls in pairs.items():
        sizes = (FEW, rows)
        for url, size in zip(urls, sizes, strict=True):
            asyncio.run(_fill(url, size))
        costs: list[list[float]] = [[], []]
        speeds: list[list[float]] = [[], []]
        for turn in range(rounds):
            requests = [make_request(turn * BATCH + number) for number in range(BATCH)]
            for at, url in enumerate(urls):
                cost, speed = _measure(Door(kind, url, folder / f"{kind}{at}"), requests)
                costs[at].append(cost)
                speeds[at].append(speed)
        times = median(few / many for few, many in zip(*speeds, strict=True))
        for at, size in enumerate(sizes):
            said = (f"{times:.2f}", f"{SLOWER:.2f}") if at else ("", "")
            table.add_row(kind, f"{size:,}", f"{median(costs[at]):.0f}", f"{median(speeds[at]):,.0f}", *said)
    return table


def _measure(door: Door, requests: Sequence[bytes]) -> tuple[float, float]:
    """Core µs of the server's process a message, and messages a second."""
    with opened(door) as running:
        used = running.ask("seconds")
        load = running.load(requests)
        return (running.ask("seconds") - used) / len(requests) * 1e6, load.a_second


async def _fill(url: str, rows: int) -> None:
    database = open_database(url)
    await migration.upgrade(database.engine)
    async with database.writing() as session:
        await session.execute(text(FILL[database.engine.dialect.name]), {"rows": rows})
    if database.is_postgresql:
        # As the server's own upkeep leaves it, and not in the middle of that.
        async with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.execute(text("VACUUM ANALYZE messages"))
    await database.shed()
    await database.close()


def _memory(urls: dict[str, str], folder: Path, messages: int) -> Table:
    table = Table(
        *("database", "messages", "MB after a tenth", "MB after all", "times", "at most"),
        title="Memory of the door's process",
    )
    for kind, url in urls.items():
        with opened(Door(kind, url, folder / f"{kind}-memory")) as running:
            held: list[float] = []
            for begin in range(0, messages, messages // 10):
                first = 10**9 + begin
                running.load([make_request(number) for number in range(first, first + messages // 10)])
                held.append(running.ask("megabytes"))
        times = f"{held[-1] / held[0]:.3f}"
        table.add_row(kind, f"{messages:,}", f"{held[0]:.1f}", f"{held[-1]:.1f}", times, f"{GROWN:.3f}")
    return table


if __name__ == "__main__":
    main()
