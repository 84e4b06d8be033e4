"""Memory and start of the single process with both example programmes, once it has read texts of both.

Run: python -m benchmarks.memory. Starts `answerable run` on a database of its own, twice: the first start trains the
analysis, the second is timed. Memory is the resident set of the process and of its children, as ps counts it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from channels.base import Inbound
from service.db import open_database
from service.intake import Intake, NotStored
from service.models import Message
from service.secrets import Secrets
from service.settings import Settings

PROGRAMMES = {
    "nairobi": "No water in Gatwekera since Monday, the tap is dry",
    "bihar": "pani nahi aa raha hai Danapur me teen din se",
}
TEXTS = 200
MOST_MB = 700
MOST_SECONDS = 6.0
PATIENCE = 900


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "VAR": folder,
            "PORT": "0",
            "DATABASE_URL": "",
            "SECRET_KEY": "",
            "LOG_LEVEL": "error",
        }
        settings = Settings(var=Path(folder), database_url="")
        _run(environment, settings)
        seconds, megabytes = _run(environment, settings)
    table = Table("what", "measured", "at most", title="The single process with both example programmes")
    table.add_row("second start, seconds", f"{seconds:.1f}", f"{MOST_SECONDS:.0f}")
    table.add_row(f"memory after {2 * TEXTS} texts, MB", f"{megabytes:.0f}", f"{MOST_MB}")
    Console(width=100).print(table)


def _run(environment: dict[str, str], settings: Settings) -> tuple[float, float]:
    """Start, give it texts, wait until they are read; seconds to the start and megabytes at the end."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [Path(sys.executable).with_name("answerable"), "run"], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    seconds = time.perf_counter() - begun
    try:
        asyncio.run(_text(settings))
        return seconds, _resident(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


async def _text(settings: Settings) -> None:
    database = open_database(settings.sqlalchemy_url())
    intake = Intake(database, Secrets(settings.master_key()), TEXTS, asyncio.Event())
    intake.start()
    now = datetime.now(UTC)
    for code, text in PROGRAMMES.items():
        texts = [Inbound(f"person-{number}", text, f"{now.isoformat()}-{number}") for number in range(TEXTS)]
        await _store(intake, code, texts, now)
    await intake.stop()
    unread = select(func.count()).select_from(Message).where(Message.direction == "in", Message.state == "received")
    async with asyncio.timeout(PATIENCE):
        left = 1
        while left:
            await asyncio.sleep(0.2)
            async with database.reading() as session:
                left = await session.scalar(unread) or 0
    await database.close()


async def _store(intake: Intake, code: str, texts: list[Inbound], now: datetime) -> None:
    """At its first start it listens before its database has its tables."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(NotStored):
                return await intake.store(code, f"{code}/web", texts, now)
            await asyncio.sleep(0.2)


def _resident(pid: int) -> float:
    """Megabytes of a process and its children."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
    rows = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return sum(size for own, parent, size in rows if pid in (own, parent)) / 1024


if __name__ == "__main__":
    main()
