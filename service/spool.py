"""Where texts wait while the database is away: files on this machine's disk, written and synced before anybody is thanked.

Each process has a folder of its own below VAR/spool, which it holds by a lock. Its files are filled one after another and
deleted once the database has what is in them. What a dead process left is taken over by the next start. Contents are
sealed before they come here; files and folders are for us alone.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from service.spoolfile import Piece, frame, pieces

FILE_BYTES = 8_000_000
"""After so many bytes a new file is begun, so that what is drained gives its room back, and is read in one go."""
ASIDE = "aside"
"""Folder for what could not be read or stored: kept, and reported."""
LOCK = "lock"
SUFFIX = ".records"
_flush = getattr(os, "fdatasync", os.fsync)
"""macOS has only the latter."""


class SpoolUnusable(OSError):
    """The spool cannot be written. Nobody is thanked on its account."""


class SpoolFull(Exception):
    """SPOOL_MEGABYTES are full."""


@dataclass(frozen=True)
class SpoolFile:
    """One file that is not written to any more, and how many records are in it."""

    path: Path
    records: int
    size: int


class Spool:
    """The spool of this process. `append` blocks: call it off the loop. One caller at a time."""

    def __init__(self, folder: Path, limit: int) -> None:
        """Take over what dead processes left, and make sure that we can write. Raises SpoolUnusable."""
        self.folder = folder
        self.limit = limit
        """Bytes."""
        self._locks: dict[Path, int] = {}
        self._closed: tuple[SpoolFile, ...] = ()
        self._writing: int | None = None
        self._path = folder
        self._records = self._size = self._number = 0
        try:
            _make(folder / ASIDE)
            for found in sorted(folder.iterdir()):
                if found.name != ASIDE and not found.name.startswith("."):
                    self._take_over(found)
            self._own = self._make_own()
            self.try_out()
        except OSError as error:
            with suppress(OSError):
                self.close()
            raise SpoolUnusable(
                f"The spool {folder}, where texts wait while the database is away, cannot be used: {error.strerror}"
                f"{f' ({error.filename})' if error.filename else ''}. "
                "Make VAR a folder on a local disk with room, which this user may write."
            ) from error

    @property
    def waiting(self) -> int:
        """Records that wait."""
        return sum(file.records for file in self._closed) + self._records

    @property
    def size(self) -> int:
        """Their bytes on disk."""
        return sum(file.size for file in self._closed) + self._size

    @property
    def set_aside(self) -> int:
        """Pieces that could not be read or stored and wait for a person. A torn end is none: nobody was thanked for it."""
        return sum(not path.name.endswith(".torn") for path in (self.folder / ASIDE).iterdir())

    def append(self, contents: Sequence[bytes]) -> None:
        """Write records; they survive a power cut once this returns. Raises SpoolFull or OSError, and then holds none."""
        data = b"".join(map(frame, contents))
        if self.size + len(data) > self.limit:
            raise SpoolFull
        if self._writing is None:
            self._begin()
        assert self._writing is not None
        try:
            _write(self._writing, data)
            _flush(self._writing)
        except OSError:
            # What is half there would be found and passed over; better that it is not there.
            with suppress(OSError):
                os.ftruncate(self._writing, self._size)
            raise
        self._records += len(contents)
        self._size += len(data)
        if self._size >= FILE_BYTES:
            self.roll()

    def roll(self) -> None:
        """Write to the current file no more, so that it can be drained."""
        if self._writing is None:
            return
        os.close(self._writing)
        # One assignment: pages read this while the disk is written from another thread.
        self._closed = (*self._closed, SpoolFile(self._path, self._records, self._size))
        self._writing, self._records, self._size = None, 0, 0

    def oldest(self) -> SpoolFile | None:
        """The file to drain next; None if only the current one, or nothing, is left."""
        return self._closed[0] if self._closed else None

    def drop(self, file: SpoolFile) -> None:
        """The database has it, or it was set aside."""
        file.path.unlink(missing_ok=True)
        self._closed = tuple(other for other in self._closed if other != file)

    def put_aside(self, file: SpoolFile, piece: Piece, why: str) -> None:
        """Keep what cannot be stored, whole, with `why` as its last name: damaged, refused, torn or foreign."""
        with file.path.open("rb") as source:
            source.seek(piece.begin)
            data = source.read(piece.end - piece.begin)
        name = f"{file.path.parent.name}-{file.path.stem}-{piece.begin}.{why}"
        kept = _open(self.folder / ASIDE / name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        try:
            _write(kept, data)
            os.fsync(kept)
        finally:
            os.close(kept)
        _sync(self.folder / ASIDE)

    def close(self) -> None:
        """Leave what waits to the next start, and no empty folder."""
        self.roll()
        for folder, lock in self._locks.items():
            if not any(path.suffix == SUFFIX for path in folder.iterdir()):
                _remove(folder)
            os.close(lock)
        self._locks.clear()

    def _take_over(self, folder: Path) -> None:
        """Lock the folder of a process, if that is dead, and list what it left."""
        try:
            lock = _open(folder / LOCK, os.O_CREAT)
        except (NotADirectoryError, FileNotFoundError):
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # It lives.
            os.close(lock)
            return
        if os.fstat(lock).st_nlink == 0:
            # Another start was quicker, and is done with it.
            os.close(lock)
            return
        self._locks[folder] = lock
        for path in sorted(path for path in folder.iterdir() if path.suffix == SUFFIX):
            data = path.read_bytes()
            records = sum(piece.content is not None for piece in pieces(data))
            self._closed = (*self._closed, SpoolFile(path, records, len(data)))

    def _make_own(self) -> Path:
        """Our folder. It gets its name only once it is locked, so that nobody takes it for a dead one's."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{os.getpid()}-{secrets.token_hex(4)}"
        draft, own = self.folder / f".{name}", self.folder / name
        _make(draft)
        lock = _open(draft / LOCK, os.O_CREAT)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.rename(own)
        self._locks[own] = lock
        _sync(self.folder)
        return own

    def try_out(self) -> None:
        """Write and sync something, so that a disk that is full or may not be written is known now."""
        path = self._own / "trial"
        trial = _open(path, os.O_CREAT | os.O_WRONLY)
        try:
            _write(trial, bytes(4096))
            os.fsync(trial)
        finally:
            os.close(trial)
            path.unlink()

    def _begin(self) -> None:
        self._number += 1
        self._path = self._own / f"{self._number:06}{SUFFIX}"
        descriptor = _open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        # The name must survive too, not only what is in the file.
        _sync(self._own)
        self._writing = descriptor


def read(file: SpoolFile) -> list[Piece]:
    """Everything in a file."""
    return list(pieces(file.path.read_bytes()))


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sync(folder.parent)


def _remove(folder: Path) -> None:
    # Another start may take the empty folder over in between, and remove it itself.
    with suppress(OSError):
        (folder / LOCK).unlink()
        folder.rmdir()


def _open(path: Path, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
