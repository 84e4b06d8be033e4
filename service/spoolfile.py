"""The form of a spool file: records one after another, each of which can be found, measured and checked on its own.

A record is a mark of eight bytes, the length of its content, the CRC-32 of length and content, and the content. Whatever
happens to one of them, the next is found by its mark.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

MARK = bytes.fromhex("93c1a55e07d2f08b")
_HEAD = struct.Struct("<8sII")


@dataclass(frozen=True)
class Piece:
    """Bytes `begin` to `end` of a file: a record with its content, or what is none."""

    begin: int
    end: int
    content: bytes | None = field(repr=False)
    torn: bool = False
    """The file ends within it: it was being written when the power went, and was never acknowledged."""


def frame(content: bytes) -> bytes:
    """A content as a record."""
    return _HEAD.pack(MARK, len(content), _sum(content)) + content


def pieces(data: bytes) -> Iterator[Piece]:
    """Everything in a file, in order, without a gap: its records and whatever else is there."""
    at = 0
    while at < len(data):
        end = _end(data, at)
        if end is not None:
            yield Piece(at, end, data[at + _HEAD.size : end])
        else:
            end = _next(data, at + 1)
            yield Piece(at, end, None, torn=end == len(data) and _breaks_off(data, at))
        at = end


def _next(data: bytes, at: int) -> int:
    """Where the next whole record begins; the end of the file if there is none."""
    while (at := data.find(MARK, at)) >= 0:
        if _end(data, at) is not None:
            return at
        at += 1
    return len(data)


def _end(data: bytes, at: int) -> int | None:
    """Where the record that begins here ends; None if none does, or if it is damaged."""
    if len(data) - at < _HEAD.size:
        return None
    mark, length, checksum = _HEAD.unpack_from(data, at)
    end = at + _HEAD.size + int(length)
    if mark != MARK or end > len(data) or checksum != _sum(data[at + _HEAD.size : end]):
        return None
    return end


def _breaks_off(data: bytes, at: int) -> bool:
    """Whether a record begins here and goes on beyond the end. Disks may leave zeros where nothing was written yet."""
    rest = data[at:]
    if len(rest.rstrip(b"\0")) < _HEAD.size:
        return MARK.startswith(rest.rstrip(b"\0")[: len(MARK)])
    mark, length, _ = _HEAD.unpack_from(rest)
    return bool(mark == MARK and _HEAD.size + length > len(rest.rstrip(b"\0")))


def _sum(content: bytes) -> int:
    return zlib.crc32(content, zlib.crc32(len(content).to_bytes(4, "little")))
