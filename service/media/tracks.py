"""What an MP4 or 3GP file is by its tracks: recorders of phones put sound alone into what looks like a video, old ones as AMR.

Boxes and tables: ISO/IEC 14496-12, 8; AMR within: 3GPP TS 26.244, 6.5.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, repeat

from service.media.boxes import boxes
from service.media.kinds import AMR, M4A, MP4, PHONE_VIDEO, Kind, Refused

_AMR = {b"samr": b"#!AMR\n", b"sawb": b"#!AMR-WB\n"}
"""What a file of AMR begins with, by the codec's name in a track."""
_UNPLAYED = frozenset({*_AMR, b"s263", b"mp4v"})
"""Codecs of old phones. A browser leaves such a track out, and plays the other as if that were all."""
_DAMAGED = "The file is damaged or not whole."


@dataclass(frozen=True)
class Track:
    """`sort` is "soun" or "vide"; `codec` is "samr", "mp4a" and so on; `tables` say where its samples lie."""

    sort: bytes
    codec: bytes
    tables: Mapping[bytes, bytes] = field(repr=False)


def unpack(kind: Kind, content: bytes) -> tuple[Kind, bytes]:
    """The kind by its tracks, whatever the file calls itself; AMR alone comes out as a file of its own. Raises Refused."""
    moov = _child(content, b"moov")
    tracks = [_track(body) for name, body in boxes(moov, _DAMAGED) if name == b"trak"]
    codecs = {track.codec for track in tracks}
    if [track.sort for track in tracks] == [b"soun"]:
        (codec,) = codecs
        if codec in _AMR:
            return AMR, _AMR[codec] + _samples(content, tracks[0])
        return (M4A if codec == b"mp4a" else kind), content
    if codecs & _UNPLAYED:
        return PHONE_VIDEO, content
    return (MP4 if {b"avc1"} <= codecs <= {b"avc1", b"mp4a"} else kind), content


def _samples(content: bytes, track: Track) -> bytes:
    """The sound itself."""
    try:
        sizes = _sizes(track.tables[b"stsz"], len(content))
        chunks = list(_chunks(track.tables))
    except (KeyError, struct.error):
        raise Refused(_DAMAGED) from None
    out = bytearray()
    for at, count in chunks:
        size = sum(islice(sizes, count))
        out += content[at : at + size]
        # Chunks that lie upon each other would make much of little.
        if at + size > len(content) or len(out) > len(content):
            raise Refused(_DAMAGED)
    return bytes(out)


def _track(trak: bytes) -> Track:
    media = dict(boxes(_child(trak, b"mdia"), _DAMAGED))
    tables = dict(boxes(_child(trak, b"mdia", b"minf", b"stbl"), _DAMAGED))
    return Track(media.get(b"hdlr", b"")[8:12], tables.get(b"stsd", b"")[12:16], tables)


def _child(box: bytes, *path: bytes) -> bytes:
    """What the first box of this name holds, in which the next is looked for; nothing if one is not there."""
    for wanted in path:
        box = next((body for name, body in boxes(box, _DAMAGED) if name == wanted), b"")
    return box


def _sizes(table: bytes, most: int) -> Iterator[int]:
    """Of each sample. `most`: there are fewer samples than the file has bytes."""
    same, count = struct.unpack_from(">II", table, 4)
    if count > most:
        raise Refused(_DAMAGED)
    return repeat(same, count) if same else iter(struct.unpack_from(f">{count}I", table, 12))


def _chunks(tables: Mapping[bytes, bytes]) -> Iterator[tuple[int, int]]:
    """Where each begins, and how many samples lie in it. The second table names the first chunk of each run that has as many."""
    starts = _rows(tables[b"stco"], ">I") if b"stco" in tables else _rows(tables[b"co64"], ">Q")
    runs = _rows(tables[b"stsc"], ">III")
    count, following = 0, next(runs, None)
    for number, (at,) in enumerate(starts, start=1):
        if following is not None and number >= following[0]:
            count, following = following[1], next(runs, None)
        yield at, count


def _rows(table: bytes, form: str) -> Iterator[tuple[int, ...]]:
    """Those that a table says it has."""
    (count,) = struct.unpack_from(">I", table, 4)
    size = struct.calcsize(form)
    if 8 + count * size > len(table):
        raise Refused(_DAMAGED)
    return struct.iter_unpack(form, table[8 : 8 + count * size])
