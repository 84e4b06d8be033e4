"""Files as phones send them, and as enemies do, made here byte by byte."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

from service.media.sounds import _checksum

MAKER = b"SecretMaker 3000"
PLACE = b"+01.2921+036.8219/"
HTML = b"<html><script>alert('hello')</script></html>"


def photo(size: tuple[int, int] = (640, 400), *, orientation: int = 6) -> bytes:
    """A JPEG with a place, a maker, a thumbnail's worth of notes, a comment and a profile."""
    picture, out = _gradient(size), io.BytesIO()
    picture.save(out, "JPEG", exif=_notes(picture, orientation), comment=b"my comment", icc_profile=b"my profile")
    return out.getvalue()


def saved_from_the_web(size: tuple[int, int]) -> bytes:
    """An AVIF of the same gradient, to be shown turned, with a place, a maker and words beside it."""
    picture, out = _gradient(size), io.BytesIO()
    picture.save(out, "AVIF", exif=_notes(picture, 6), xmp=b"<x>my words</x>", speed=10)
    return out.getvalue()


def _gradient(size: tuple[int, int]) -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert("RGB")


def _notes(picture: Image.Image, orientation: int) -> Image.Exif:
    notes = picture.getexif()
    notes[0x0112], notes[0x010F], notes[0x9286] = orientation, MAKER.decode(), "a private note"
    place = notes.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "S", (1.0, 17.0, 31.6), "E", (36.0, 49.0, 18.8)
    return notes


def drawing(form: str, mode: str = "RGBA") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (60, 40)).save(out, form)
    return out.getvalue()


def bomb(side: int = 60_000) -> bytes:
    """A PNG of a few kilobytes that says it is 3.6 thousand million pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
        + chunk(b"IEND", b"")
    )


def polyglot() -> bytes:
    """A JPEG that a careless browser takes for a page: HTML in its comment and behind its end."""
    out = io.BytesIO()
    Image.new("RGB", (40, 40)).save(out, "JPEG", comment=HTML)
    return out.getvalue() + HTML


def page(body: bytes, *, number: int, first: bool = False, last: bool = False, table: bytes | None = None) -> bytes:
    """One page of Ogg with its checksum."""
    if table is None:
        table = bytes([255] * (len(body) // 255) + [len(body) % 255])
    flags = 2 * first + 4 * last
    head = b"OggS\0" + bytes([flags]) + struct.pack("<qIII", number, 7, number, 0) + bytes([len(table)]) + table
    checksum = struct.pack("<I", _checksum(head + body))
    return head[:22] + checksum + head[26:] + body


def comments(vendor: bytes, *entries: bytes) -> bytes:
    packed = b"".join(struct.pack("<I", len(entry)) + entry for entry in entries)
    return struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(entries)) + packed


def voice_note(picture: bytes = b"") -> bytes:
    """Opus in Ogg, with comments; a long one goes over two pages."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 16000, 0, 0)
    tags = b"OpusTags" + comments(MAKER, b"ARTIST=Amina", b"LOCATION=" + PLACE, b"PICTURE=" + picture)
    pages = [page(head, number=0, first=True)]
    while len(tags) >= 255 * 4:
        pages.append(page(tags[: 255 * 4], number=len(pages), table=bytes([255] * 4)))
        tags = tags[255 * 4 :]
    pages.append(page(tags, number=len(pages)))
    pages += [page(b"\xfc\xff\xfe" * 20, number=len(pages), last=True)]
    return b"".join(pages)


def vorbis() -> bytes:
    """Comments and setup share a page, as encoders write them."""
    head = b"\x01vorbis" + bytes(23)
    said = b"\x03vorbis" + comments(MAKER, b"ARTIST=Amina") + b"\x01"
    setup = b"\x05vorbis" + b"setup" * 20
    table = bytes([len(said), len(setup)])
    pages = (
        page(head, number=0, first=True),
        page(said + setup, number=1, table=table),
        page(b"sound" * 9, number=2, last=True),
    )
    return b"".join(pages)


def box(name: bytes, *bodies: bytes) -> bytes:
    body = b"".join(bodies)
    return struct.pack(">I", len(body) + 8) + name + body


def film(brand: bytes = b"isom") -> bytes:
    """MP4 with a date, a place and a maker."""
    moov = box(
        b"moov",
        box(b"mvhd", bytes(4), struct.pack(">II", 3_900_000_000, 3_900_000_001), bytes(88)),
        box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + b"soun" + bytes(12) + MAKER + b"\0"))),
        box(b"udta", box(b"\xa9xyz", PLACE), box(b"\xa9mak", MAKER)),
    )
    return box(b"ftyp", brand + bytes(4)) + moov + box(b"free", b"hidden words") + box(b"mdat", b"sound" * 50)


def element(name: bytes, body: bytes, *, unknown: bool = False) -> bytes:
    size = b"\x01" + b"\xff" * 7 if unknown else (len(body) | 1 << 56).to_bytes(8, "big")
    return name + size + body


def recording(codec: bytes = b"A_OPUS") -> bytes:
    """WebM as a browser records it: segment and cluster without a length, tags in between."""
    head = element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"webm"))
    info = element(b"\x15\x49\xa9\x66", element(b"\x4d\x80", MAKER) + element(b"\x44\x61", bytes(range(8))))
    track = element(b"\xae", element(b"\x86", codec) + element(b"\x53\x6e", b"Amina's microphone"))
    tracks = element(b"\x16\x54\xae\x6b", track)
    tags = element(b"\x12\x54\xc3\x67", b"LOCATION" + PLACE)
    sound = element(b"\xe7", b"\0") + element(b"\xa3", b"\x81\0\0\x80" + b"sound" * 30)
    cluster = element(b"\x1f\x43\xb6\x75", sound, unknown=True)
    return head + element(b"\x18\x53\x80\x67", info + tracks + tags + cluster, unknown=True)


def mp3() -> bytes:
    tag = b"TPE1" + struct.pack(">IH", len(MAKER) + 1, 0) + b"\0" + MAKER
    front = b"ID3\x04\0\0" + bytes([0, 0, len(tag) >> 7, len(tag) & 0x7F]) + tag
    ape = b"APETAGEX" + struct.pack("<IIII", 2000, 32 + len(MAKER), 1, 0) + bytes(8)
    return front + b"\xff\xfb\x90\x64" + b"sound" * 40 + MAKER + ape + b"TAG" + MAKER.ljust(125, b"\0")


def wav(size: int = 3) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    body = (
        b"WAVE"
        + chunk(b"fmt ", bytes(16))
        + chunk(b"LIST", b"INFO" + MAKER + b"!")
        + chunk(b"data", b"\1\2\3".ljust(size, b"\0"))
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


PROGRAM = b"MZ\x90\0" + bytes(200)
