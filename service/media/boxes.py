"""Boxes, of which MP4, 3GP and JPEG 2000 are made: ISO/IEC 14496-12, 4.2, and ISO/IEC 15444-1, I.4."""

from __future__ import annotations

from collections.abc import Iterator

from service.media.kinds import Refused


def boxes(data: bytes, damaged: str, *, cut_short: bool = False) -> Iterator[tuple[bytes, bytes]]:
    """The name of each box and what it holds. Raises Refused, saying `damaged`; if `cut_short`, not for a last box that is
    not whole."""
    at = 0
    while at < len(data):
        size, name, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = len(data) - at
        if size < head or (at + size > len(data) and not cut_short):
            raise Refused(damaged)
        yield name, data[at + head : at + size]
        at += size
