"""Bringing what waits in the spool to the database, oldest first, once that is back.

Until the last record is over, new texts go to the spool too, so that nobody's later text is stored before an earlier one.
A process that dies half-way drains the same file again: storing an arrival twice changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor

import structlog

from service.arrivals import Arrival, is_away, unpack
from service.secrets import Secrets, Unsealable
from service.spool import Spool, SpoolFile, read
from service.spoolfile import Piece

CHUNK = 128
"""Records in one commit."""
FEW = 256
"""So many records are stored while new texts wait for a moment: the last of them, so that draining ends."""
PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Seconds until the database is asked again; the last for ever after."""

log = structlog.get_logger()


class Drain:
    """Drains one spool. While `is_on`, whoever stores writes to the spool and nowhere else."""

    def __init__(
        self,
        spool: Spool,
        secrets: Secrets,
        ask: Callable[[], Awaitable[None]],
        write: Callable[[Sequence[Arrival]], Awaitable[None]],
        turn: asyncio.Lock,
        disk: Executor,
        stored: asyncio.Event,
    ) -> None:
        """`ask` raises while the database is away, `write` commits, `turn` is held by whoever writes.

        `disk` is where the spool's files are read and written.
        """
        self._spool = spool
        self._secrets = secrets
        self._ask = ask
        self._write = write
        self._turn = turn
        self._disk = disk
        self._stored = stored
        self._on = asyncio.Event()
        if spool.waiting:
            log.warning("texts wait in the spool", records=spool.waiting)
        if spool.waiting or spool.size:
            self._on.set()

    @property
    def is_on(self) -> bool:
        return self._on.is_set()

    def begin(self) -> None:
        """From now on the spool is where texts go."""
        self._on.set()

    async def run(self) -> None:
        """For ever: wait until something waits, and drain it."""
        failures = 0
        while True:
            await self._on.wait()
            try:
                # Megabytes would be read for nothing, again and again, while texts come in beside us.
                await self._ask()
                await self._drain_all()
                failures = 0
            except Exception as error:
                # Texts of people hang on this task; it must not end. Most often the database is not back yet.
                if failures == 0 or not is_away(error):
                    log.warning("the spool cannot be drained yet", error=type(error).__name__)
                await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1

    async def _drain_all(self) -> None:
        if self._spool.oldest() is None:
            async with self._turn:
                self._spool.roll()
        while True:
            # Nobody waits for this, so that a database that hangs delays nobody. It shows that the database is back.
            while (file := self._spool.oldest()) is not None:
                await self._drain_file(file)
            async with self._turn:
                self._spool.roll()
                last = self._spool.oldest()
                if last is None or last.records <= FEW:
                    if last is not None:
                        await self._drain_file(last)
                    self._on.clear()
                    log.info("the spool is drained")
                    return

    async def _drain_file(self, file: SpoolFile) -> None:
        found = await asyncio.get_running_loop().run_in_executor(self._disk, read, file)
        for begin in range(0, len(found), CHUNK):
            await self._drain_pieces(file, found[begin : begin + CHUNK])
        self._spool.drop(file)
        self._stored.set()

    async def _drain_pieces(self, file: SpoolFile, found: Sequence[Piece]) -> None:
        records: list[tuple[Piece, Arrival]] = []
        for piece in found:
            if piece.content is None:
                await self._put_aside(file, piece, "torn" if piece.torn else "damaged")
                continue
            try:
                records.append((piece, unpack(self._secrets, piece.content)))
            except (Unsealable, ValueError, TypeError):
                await self._put_aside(file, piece, "foreign")
        if records:
            await self._store(file, records)

    async def _store(self, file: SpoolFile, records: Sequence[tuple[Piece, Arrival]]) -> None:
        try:
            await self._write([arrival for _, arrival in records])
        except Exception as error:
            if is_away(error):
                raise
            if len(records) > 1:
                for record in records:
                    await self._store(file, [record])
                return
            await self._put_aside(file, records[0][0], "refused")

    async def _put_aside(self, file: SpoolFile, piece: Piece, why: str) -> None:
        size = piece.end - piece.begin
        if why == "torn":
            log.warning("the spool ends in a record that was never acknowledged", why=why, bytes=size)
        else:
            log.error("a piece of the spool is set aside", why=why, bytes=size)
        await asyncio.get_running_loop().run_in_executor(self._disk, self._spool.put_aside, file, piece, why)
