"""Sound without its metadata: who recorded it, where, with what, and the pictures that hide in tags.

The sound itself is copied, not recoded. Ogg: RFC 3533, RFC 7845 and the Vorbis comment header; MP3: ID3 (https://id3.org)
and APE tags; WAV: the RIFF chunks.
"""

from __future__ import annotations

import struct

from service.media.kinds import Refused

_DAMAGED = "The sound is damaged or not whole."


def strip_mpeg(content: bytes) -> bytes:
    """MP3 and AAC: the frames between the tags at the start and those at the end."""
    while content[:3] == b"ID3" and len(content) > 10:
        size = 0
        for byte in content[6:10]:
            size = size << 7 | byte & 0x7F
        content = content[10 + size + (10 if content[5] & 0x10 else 0) :]
    while True:
        if content[-128:-125] == b"TAG":
            content = content[:-128]
        elif content[-32:-24] == b"APETAGEX":
            size = int.from_bytes(content[-20:-16], "little") + (32 if content[-9] & 0x80 else 0)
            content = content[: max(len(content) - max(size, 32), 0)]
        else:
            break
    if len(content) < 4 or content[0] != 0xFF:
        raise Refused(_DAMAGED)
    return content


def strip_wav(content: bytes) -> bytes:
    """The form and the samples; every other chunk goes."""
    kept, at = [], 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        body = content[at + 8 : at + 8 + size]
        if name in (b"fmt ", b"fact", b"data"):
            kept.append(name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2))
        at += 8 + size + size % 2
    names = [chunk[:4] for chunk in kept]
    if b"fmt " not in names or b"data" not in names:
        raise Refused(_DAMAGED)
    body = b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


def strip_ogg(content: bytes) -> bytes:
    """Opus and Vorbis: every page that is whole, with the comments emptied in place."""
    pages = _pages(content)
    streams: dict[bytes, int] = {}
    for page in pages:
        serial = bytes(page[14:18])
        packet = streams.setdefault(serial, 0)
        if packet == 0 and not bytes(page[_body(page) :]).startswith((b"OpusHead", b"\x01vorbis")):
            raise Refused("It is Ogg, but neither Opus nor Vorbis.")
        if packet < 2:
            streams[serial] = packet + sum(1 for size in page[27 : _body(page)] if size < 255)
    for serial in streams:
        _empty_comments([page for page in pages if bytes(page[14:18]) == serial])
    return b"".join(bytes(page) for page in pages)


def _pages(content: bytes) -> list[bytearray]:
    """The pages in order. What follows the last whole one, such as the end of a note cut short, goes."""
    pages, at = [], 0
    while content[at : at + 4] == b"OggS" and at + 27 <= len(content):
        table = content[at + 27 : at + 27 + content[at + 26]]
        end = at + 27 + len(table) + sum(table)
        if end > len(content):
            break
        pages.append(bytearray(content[at:end]))
        at = end
    if len(pages) < 2:
        raise Refused(_DAMAGED)
    return pages


def _body(page: bytearray) -> int:
    return 27 + page[26]


def _empty_comments(pages: list[bytearray]) -> None:
    """Overwrite the second packet of a stream by one of the same length that says nothing."""
    spans: list[tuple[bytearray, int, int]] = []
    packet = 0
    for page in pages:
        at = _body(page)
        for size in page[27 : _body(page)]:
            if packet == 1:
                spans.append((page, at, size))
            at += size
            packet += size < 255
        if packet > 1:
            break
    length = sum(size for _, _, size in spans)
    start = b"".join(bytes(page[at : at + size]) for page, at, size in spans)[:8]
    if packet < 2 or not start.startswith((b"OpusTags", b"\x03vorbis")):
        raise Refused(_DAMAGED)
    magic, closing = (b"OpusTags", b"") if start.startswith(b"OpusTags") else (b"\x03vorbis", b"\x01")
    spaces = length - len(magic) - 8 - len(closing)
    if spaces < 0:
        raise Refused(_DAMAGED)
    # The maker's name takes up the room of all that was there, and no comment follows it.
    empty = magic + struct.pack("<I", spaces) + b" " * spaces + struct.pack("<I", 0) + closing
    for page, at, size in spans:
        page[at : at + size] = empty[:size]
        empty = empty[size:]
    for page in {id(page): page for page, _, _ in spans}.values():
        page[22:26] = b"\0\0\0\0"
        page[22:26] = struct.pack("<I", _checksum(page))


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        table.append(value)
    return table


_CHECKSUMS = _table()


def _checksum(page: bytes | bytearray) -> int:
    """The page's CRC-32 as RFC 3533 has it: not reflected, beginning with 0."""
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ _CHECKSUMS[value >> 24 ^ byte]
    return value
