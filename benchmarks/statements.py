"""Short statements on SQLite: our connection, one visit to its thread for each, against aiosqlite's own, side by side.

Run: python -m benchmarks.statements [--rounds N].
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import aiosqlite
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from service import sqlite

STATEMENTS = 2_000
SECONDS = 5.0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    took: dict[str, list[float]] = {"aiosqlite": [], "ours": []}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "bench.db")
        for _ in range(rounds):
            took["aiosqlite"].append(asyncio.run(_measure(partial(aiosqlite.connect, path, timeout=SECONDS))))
            took["ours"].append(asyncio.run(_measure(partial(sqlite.connect, path, SECONDS))))
    table = Table("connection", "µs a statement", "times", title="SELECT of one row through SQLAlchemy")
    for name, seconds in took.items():
        times = median(mine / theirs for mine, theirs in zip(seconds, took["aiosqlite"], strict=True))
        table.add_row(name, f"{median(seconds) / STATEMENTS * 1e6:.0f}", f"{times:.2f}")
    Console(width=100).print(table)


async def _measure(connect: Callable[[], Any]) -> float:
    """Seconds for STATEMENTS statements in one transaction."""
    engine = create_async_engine("sqlite+aiosqlite://", async_creator=connect)
    async with engine.connect() as connection:
        begun = time.perf_counter()
        for number in range(STATEMENTS):
            await connection.execute(text("SELECT :number"), {"number": number})
        took = time.perf_counter() - begun
    await engine.dispose()
    return took


if __name__ == "__main__":
    main()
