"""Sound and video in MP4 and WebM without their metadata: place, maker, time, names, pictures.

Both are trees of named parts with lengths, and other parts point into them by position; so what must go is overwritten in
place by padding of the same length. MP4: ISO/IEC 14496-12; WebM: RFC 8794 and https://www.webmproject.org/docs/container/.
"""

from __future__ import annotations

from service.media.kinds import Refused

_DAMAGED = "The file is damaged or not whole."
_FAMILIES = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"moof", b"traf", b"mvex"})
"""Boxes of MP4 that hold boxes."""
_TALKATIVE = frozenset({b"udta", b"meta", b"uuid", b"free", b"skip", b"wide"})
"""Boxes that hold what people and programs wrote into the file, or hide."""
_DATED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
_DEEPEST = 12

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_OPENED = frozenset({_SEGMENT, _CLUSTER, 0x1549A966, 0x1654AE6B, 0xAE})
"""Parts of WebM that we look into: Segment, Cluster, Info, Tracks, TrackEntry."""
_WORDY = frozenset({0x1254C367, 0x1941A469, 0x1043A770, 0xEC, 0xBF})
"""WebM's Tags, Attachments, Chapters, Void, and the checksums that would no longer be true."""
_FACTS = frozenset({0x7BA9, 0x4461, 0x4D80, 0x5741, 0x73A4, 0x7384, 0x536E})
"""Title, date, programs that wrote it, names of the segment, its file and its tracks."""
_VOID = 0xEC


def strip_mp4(content: bytes) -> bytes:
    """MP4, M4A and 3GP."""
    data = bytearray(content)
    names = _boxes(data, 0, len(data), 0)
    if b"moov" not in names or b"mdat" not in names:
        raise Refused(_DAMAGED)
    return bytes(data)


def _boxes(data: bytearray, at: int, end: int, depth: int) -> set[bytes]:
    """Clean the boxes between two positions; returns their names."""
    names = set()
    while at < end:
        size, name, head = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8]), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end or depth > _DEEPEST:
            raise Refused(_DAMAGED)
        names.add(name)
        start, stop = at + head, at + size
        if name in _TALKATIVE:
            data[at + 4 : at + 8] = b"free"
            data[start:stop] = bytes(stop - start)
        elif name in _FAMILIES:
            _boxes(data, start, stop, depth + 1)
        elif name in _DATED:
            # A version, three flags, then when it was made and changed, in 4 or 8 bytes each.
            stop_dates = start + 4 + (16 if data[start : start + 1] == b"\x01" else 8)
            data[start + 4 : min(stop_dates, stop)] = bytes(max(min(stop_dates, stop) - start - 4, 0))
        elif name == b"hdlr":
            # A name for people follows 24 bytes for programs.
            data[start + 24 : stop] = bytes(max(stop - start - 24, 0))
        at = stop
    return names


def strip_webm(content: bytes) -> bytes:
    """WebM, also as browsers record it: without lengths where they did not know them yet."""
    data = bytearray(content)
    at, seen = 0, set()
    while at < len(data):
        name, after_name = _number(data, at, keep_marker=True)
        size, start = _number(data, after_name, keep_marker=False)
        seen.add(name)
        if name in _OPENED:
            at = start
            continue
        stop = start + size
        if size < 0:
            raise Refused(_DAMAGED)
        if stop > len(data):
            # The last block of a recording cut short.
            del data[at:]
            break
        if name in _WORDY:
            _blank(data, at, stop)
        elif name in _FACTS:
            data[start:stop] = bytes(size)
        at = stop
    if _SEGMENT not in seen or _CLUSTER not in seen:
        raise Refused(_DAMAGED)
    return bytes(data)


def _number(data: bytearray, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """A number whose leading zeros say how many bytes it has, and where it ends; -1 where all its bits are ones."""
    if at >= len(data) or data[at] == 0:
        raise Refused(_DAMAGED)
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + length], "big")
    if at + length > len(data):
        raise Refused(_DAMAGED)
    if keep_marker:
        return value, at + length
    value &= (1 << 7 * length) - 1
    return -1 if value == (1 << 7 * length) - 1 else value, at + length


def _blank(data: bytearray, at: int, stop: int) -> None:
    """Turn a part into one Void of the same length."""
    room = stop - at - 1
    length = 8 if room >= 8 else 1
    size = room - length
    data[at] = _VOID
    data[at + 1 : at + 1 + length] = (size | 1 << 7 * length).to_bytes(length, "big")
    data[at + 1 + length : stop] = bytes(size)
