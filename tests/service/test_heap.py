"""Memory that is free goes back to the system."""

from __future__ import annotations

import asyncio
import ctypes
import os

import pytest

from service import heap
from service.simulation.memory import measurable, resident

glibc = measurable() and hasattr(ctypes.CDLL(None), "malloc_trim")


@pytest.mark.skipif(not glibc, reason="only glibc keeps what is free, and only Linux tells what a process holds")
def test_holes_between_what_lives_are_given_back() -> None:
    # Large enough for the C library, each followed by one that stays: the heap cannot shrink at its end.
    made = [bytes(10_000) for _ in range(10_000)]
    stays = made[::20]
    full = resident(os.getpid())
    del made
    heap.trim()
    assert full - resident(os.getpid()) > 60_000_000
    assert len(stays) == 500


async def test_it_is_done_until_we_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, times = asyncio.Event(), []

    def trim() -> None:
        times.append(1)
        if len(times) == 3:
            stop.set()

    monkeypatch.setattr(heap, "EVERY", 0.001)
    monkeypatch.setattr(heap, "trim", trim)
    await asyncio.wait_for(heap.keep_trim(stop), 5)
    assert len(times) == 3
