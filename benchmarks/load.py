"""A load of prepared HTTP requests over keep-alive connections, as light as Python allows, to measure a server and not us."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What was measured: requests a second, the 50th and 99th percentile of latency in milliseconds, refusals."""

    a_second: float
    p50_ms: float
    p99_ms: float
    refused: int


async def send(host: str, port: int, requests: Sequence[bytes], connections: int) -> Load:
    """Send every request once, spread over the connections, each waiting for its answer before the next."""
    waiting = iter(requests)
    latencies: list[float] = []
    refused = 0

    async def talk() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection(host, port)
        for request in waiting:
            begun = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            latencies.append(time.perf_counter() - begun)
            refused += not head.startswith(b"HTTP/1.1 200")
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(talk() for _ in range(connections)))
    seconds = time.perf_counter() - begun
    latencies.sort()
    return Load(
        len(latencies) / seconds,
        latencies[len(latencies) // 2] * 1000,
        latencies[int(len(latencies) * 0.99)] * 1000,
        refused,
    )
