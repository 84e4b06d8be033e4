"""How much memory each process of the product holds over time, as /proc tells it; nothing where there is no /proc."""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
EVERY = 1.0
"""Seconds between samples."""


@dataclass
class Life:
    """One process from its start to its end: what it is, and its resident bytes at moments in seconds."""

    what: str
    pid: int
    samples: list[tuple[float, int]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return self.samples[-1][0] - self.samples[0][0] if self.samples else 0.0

    def since(self, moment: float) -> Life:
        """The same from a moment on: what it held while it learned and was measured is not held against it."""
        return Life(self.what, self.pid, [sample for sample in self.samples if sample[0] >= moment])

    def growth(self, settle: float) -> float | None:
        """From what it held once settled to what it held last, medians over `settle` seconds: 0.05 is 5 % more.

        None for a life too short to judge.
        """
        if self.seconds < 3 * settle:
            return None
        start, end = self.samples[0][0] + settle, self.samples[-1][0] - settle
        first = statistics.median(size for at, size in self.samples if start <= at <= start + settle)
        return statistics.median(size for at, size in self.samples if at >= end) / first - 1


def measurable() -> bool:
    return (PROC / "self" / "statm").is_file()


async def watch(parents: Callable[[], Iterable[tuple[str, int]]], now: Callable[[], float], lives: list[Life]) -> None:
    """Sample the given processes and their children until cancelled."""
    known: dict[int, Life] = {}
    while measurable():
        running = dict(_processes(parents()))
        for pid, what in running.items():
            if pid not in known:
                known[pid] = Life(what, pid)
                lives.append(known[pid])
            size = resident(pid)
            if size:
                known[pid].samples.append((now(), size))
        known = {pid: life for pid, life in known.items() if pid in running}
        await asyncio.sleep(EVERY)


def resident(pid: int) -> int:
    """Bytes a process holds; 0 if it is gone."""
    try:
        return int((PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def children(pid: int) -> list[int]:
    """The processes a process started, that of the analysis among them; empty where there is no /proc."""
    found = []
    for entry in PROC.glob("[0-9]*"):
        try:
            # The name stands in brackets and may hold anything.
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        if parent == pid:
            found.append(int(entry.name))
    return found


def analyses(pid: int) -> list[int]:
    """Those among them that read texts: the multiprocessing children that are no resource tracker."""
    return [child for child in children(pid) if b"spawn_main" in _command(child)]


def _command(pid: int) -> bytes:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


def _processes(parents: Iterable[tuple[str, int]]) -> Iterable[tuple[int, str]]:
    for what, pid in parents:
        yield pid, what
        for child in analyses(pid):
            yield child, "analysis"
