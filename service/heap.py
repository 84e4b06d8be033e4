"""Giving the system back the memory that nothing uses any more, and that the C library keeps all the same.

What lives for the time of one text leaves holes between what lives long. glibc returns only what lies at the end of its
heap by itself: after ten minutes of a soak a quarter of a worker's heap was holes, and it grew as if something leaked.
https://man7.org/linux/man-pages/man3/malloc_trim.3.html
"""

from __future__ import annotations

import asyncio
import ctypes
from contextlib import suppress

EVERY = 60.0
"""Seconds. Once takes about a millisecond."""


def trim() -> None:
    """Return whole free pages to the system. Other C libraries than glibc have no such function; then nothing is done."""
    function = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if function is not None:
        function(0)


async def keep_trim(stop: asyncio.Event) -> None:
    """Do it every minute until `stop`."""
    while not stop.is_set():
        trim()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY)
