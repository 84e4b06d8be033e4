"""Pictures as an iPhone keeps them: HEVC in boxes of HEIF (ISO/IEC 23008-12), one picture or tiles, with notes and a way up."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import av
from PIL import Image

from service.media.boxes import boxes
from tests.service.media.files import MAKER, box

TURNED = 3
"""Quarters of a turn against the clock, as a phone held upright notes them."""


def photo(
    size: tuple[int, int] = (256, 192),
    *,
    tiles: tuple[int, int] = (1, 1),
    brands: bytes = b"heicmif1",
    says: tuple[int, int] | None = None,
    hidden: bool = True,
) -> bytes:
    """A gradient, black above and white below, that is to be shown turned; with Exif beside it.

    `tiles` across and down, which are pictures of their own where not `hidden`; `says` is the size that the file gives.
    """
    across, down = tiles
    config, picture = _hevc(size)
    numbers = range(1, across * down + 1)
    items = [(number, b"hvc1") for number in numbers]
    data = [picture] * len(items)
    whole, full = 1, (size[0] * across, size[1] * down)
    if len(items) > 1:
        whole = len(items) + 1
        items.append((whole, b"grid"))
        data.append(struct.pack(">BBBBHH", 0, 0, down - 1, across - 1, *full))
    items.append((whole + 1, b"Exif"))
    data.append(bytes(4) + _exif())
    properties = [
        box(b"hvcC", config),
        box(b"ispe", bytes(4), struct.pack(">II", *size)),
        box(b"ispe", bytes(4), struct.pack(">II", *(says or full))),
        box(b"irot", bytes([TURNED])),
    ]
    # By number from one; the highest bit says that it must be understood.
    uses = dict.fromkeys(numbers, b"\x81\x02") | {whole: b"\x03\x84" if whole > 1 else b"\x81\x03\x84"}
    return _file(brands, items, data, properties, uses, whole, hidden)


def _file(
    brands: bytes,
    items: Sequence[tuple[int, bytes]],
    data: Sequence[bytes],
    properties: Sequence[bytes],
    uses: dict[int, bytes],
    whole: int,
    hidden: bool,
) -> bytes:
    head = box(b"ftyp", brands[:4], bytes(4), brands)

    def meta(start: int) -> bytes:
        places, at = b"", start
        for (number, _), piece in zip(items, data, strict=True):
            places += struct.pack(">HHHII", number, 0, 1, at, len(piece))
            at += len(piece)
        unseen = [hidden and kind == b"hvc1" and whole > 1 for _, kind in items]
        infos = [
            box(b"infe", b"\2\0\0", bytes([flag]), struct.pack(">HH", number, 0), kind, b"\0")
            for (number, kind), flag in zip(items, unseen, strict=True)
        ]
        tiles = [number for number, kind in items if kind == b"hvc1"]
        refers = [box(b"cdsc", struct.pack(">HHH", whole + 1, 1, whole))]
        if whole > 1:
            refers.append(box(b"dimg", struct.pack(f">HH{len(tiles)}H", whole, len(tiles), *tiles)))
        linked = b"".join(struct.pack(">HB", number, len(used)) + used for number, used in sorted(uses.items()))
        return box(
            b"meta",
            bytes(4),
            box(b"hdlr", bytes(8), b"pict", bytes(13)),
            box(b"pitm", bytes(4), struct.pack(">H", whole)),
            box(b"iinf", bytes(4), struct.pack(">H", len(items)), *infos),
            box(b"iref", bytes(4), *refers),
            box(b"iprp", box(b"ipco", *properties), box(b"ipma", bytes(4), struct.pack(">I", len(uses)), linked)),
            box(b"iloc", bytes(4), b"\x44\0", struct.pack(">H", len(items)), places),
        )

    start = len(head) + len(meta(0)) + 8
    return head + meta(start) + box(b"mdat", *data)


def _hevc(size: tuple[int, int]) -> tuple[bytes, bytes]:
    """What a decoder must know, and the picture."""
    out = io.BytesIO()
    frame = av.VideoFrame.from_image(Image.linear_gradient("L").resize(size).convert("RGB"))
    with av.open(out, "w", format="mp4") as file:
        stream = file.add_stream("libx265", rate=1, options={"x265-params": "log-level=none:info=0:pools=none"})
        stream.width, stream.height, stream.pix_fmt, stream.codec_tag = *size, "yuv420p", "hvc1"
        for packet in (*stream.encode(frame), *stream.encode(None)):
            packet.pts = packet.dts = 0
            file.mux(packet)
    content = out.getvalue()
    at = content.index(b"hvcC") - 4
    config = content[at + 8 : at + int.from_bytes(content[at : at + 4], "big")]
    return config, dict(boxes(content, ""))[b"mdat"]


def _exif() -> bytes:
    notes = Image.Exif()
    notes[0x0112], notes[0x010F], notes[0x9286] = 6, MAKER.decode(), "a private note"
    place = notes.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "S", (1.0, 17.0, 31.6), "E", (36.0, 49.0, 18.8)
    return b"Exif\0\0" + notes.tobytes().removeprefix(b"Exif\0\0")
