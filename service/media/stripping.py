"""Pictures as they stand in a document, without their metadata: not drawn anew, so that a page looks as it did.

What a picture needs to be decoded is copied; place, camera, thumbnail, comments, colour profile and whatever hides behind its
end is not. JPEG: ITU-T T.81, annex B. JPEG 2000: ISO/IEC 15444-1, annexes A and I.
"""

from __future__ import annotations

import re

from service.media.boxes import boxes
from service.media.kinds import Refused

_DAMAGED = "A picture in the PDF is damaged."
_SCAN, _END = 0xDA, 0xD9
_COMMENT = 0xFE
_ADOBE = 0xEE
"""Says how the colours are coded; no other application's part is needed."""
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Within a scan 0xFF is followed by zero, or by a number for starting again; fill bytes are more 0xFF."""
_BOXES = frozenset({b"jP  ", b"ftyp", b"jp2h", b"jp2c"})
_START_OF_TILE, _NOTE = 0x90, 0x64


def strip_jpeg(data: bytes) -> bytes:
    """Raises Refused if it is no JPEG."""
    if data[:2] != b"\xff\xd8":
        raise Refused(_DAMAGED)
    out, at = bytearray(data[:2]), 2
    while found := _NEXT_MARKER.search(data, at):
        kind, start = data[found.end() - 1], found.start()
        if kind == _END:
            return bytes(out) + b"\xff\xd9"
        stop = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
        if kind == _SCAN:
            following = _NEXT_MARKER.search(data, stop)
            # Decoders show one cut short as far as it goes.
            stop = following.start() if following else len(data)
        if kind == _ADOBE or not (0xE0 <= kind <= 0xEF or kind == _COMMENT):
            out += data[start:stop]
        at = stop
    return bytes(out) + b"\xff\xd9"


def strip_jpeg2000(data: bytes) -> bytes:
    """In boxes, as a file, or bare. Raises Refused if it is neither."""
    if data[:2] == b"\xff\x4f":
        return _strip_codestream(data)
    out = bytearray()
    for name, body in boxes(data, _DAMAGED, cut_short=True):
        if name in _BOXES:
            body = _strip_codestream(body) if name == b"jp2c" else body
            out += (len(body) + 8).to_bytes(4, "big") + name + body
    if not out:
        raise Refused(_DAMAGED)
    return bytes(out)


def _strip_codestream(data: bytes) -> bytes:
    """Without the comments in its head."""
    out, at = bytearray(data[:2]), 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _START_OF_TILE:
        stop = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] != _NOTE:
            out += data[at:stop]
        at = stop
    return bytes(out) + data[at:]
