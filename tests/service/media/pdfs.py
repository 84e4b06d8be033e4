"""PDF as people and enemies send it, made here object by object; and what there is to read in one."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, ByteStringObject, DictionaryObject, StreamObject, TextStringObject

from tests.service.media import files

MARK = b"SecretMaker"
WORDS = "Kisima kimekauka"
HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< %b /Length %d >>\nstream\n%b\nendstream" % (entries, len(data), data)


def flate(data: bytes, entries: bytes = b"") -> bytes:
    return stream(zlib.compress(data), entries + b" /Filter /FlateDecode")


def write(objects: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    """Objects by number, the first is the catalogue, and a table of where they stand."""
    out, places = bytearray(HEAD), {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = max(objects) + 1
    return bytes(out) + b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)


def write_packed(objects: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    """The same with all that is no stream packed into one, and the table as a stream."""
    loose = {number: body for number, body in objects.items() if b"endstream" not in body}
    box, table = max(objects) + 1, max(objects) + 2
    heads, bodies = bytearray(), bytearray()
    for number, body in loose.items():
        heads += b"%d %d " % (number, len(bodies))
        bodies += body + b"\n"
    packed = flate(bytes(heads + bodies), b"/Type /ObjStm /N %d /First %d" % (len(loose), len(heads)))
    out, places = bytearray(HEAD), {}
    for number, body in {**{n: b for n, b in objects.items() if n not in loose}, box: packed}.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    places[table] = start
    order = list(loose)
    rows = bytearray(7)
    for number in range(1, table + 1):
        kind, where, index = (1, places[number], 0) if number in places else (2, box, order.index(number))
        rows += bytes([kind]) + where.to_bytes(4, "big") + index.to_bytes(2, "big")
    entries = b"/Type /XRef /W [1 4 2] /Size %d /Root 1 0 R %b" % (table + 1, trailer)
    out += b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, flate(bytes(rows), entries), start)
    return bytes(out)


@cache
def bomb() -> bytes:
    """Half a thousand million zeros, zipped."""
    packer, zeros = zlib.compressobj(1), bytes(10_000_000)
    return b"".join([*(packer.compress(zeros) for _ in range(50)), packer.flush()])


def plain(
    content: bytes = b"", *, more: Mapping[int, bytes] | None = None, page: bytes = b"", root: bytes = b""
) -> bytes:
    """One page with this to draw."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R %b >>" % root,
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /MediaBox [0 0 300 200] /Contents 4 0 R %b /Type /Page /Parent 2 0 R >>" % page,
        4: stream(content),
    }
    return write({**objects, **(more or {})})


def talkative() -> tuple[dict[int, bytes], bytes]:
    """Objects and trailer of a document that says who made it in every place that there is."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R /Metadata 7 0 R /Lang (@) /OpenAction << /S /JavaScript /JS (@) >>"
        b" /Names << /EmbeddedFiles << /Names [(@) 10 0 R] >> /JavaScript << /Names [(@) << /S /JavaScript /JS 11 0 R >>] >> >>"
        b" /AcroForm << /Fields [9 0 R] /DA (@) >> /Outlines << /First << /Title (@) >> >> /PieceInfo << /App (@) >>"
        b" /StructTreeRoot << /K << /S /P /Alt (@) >> >> /OCProperties << /OCGs [20 0 R] >> /AF [10 0 R] >>",
        2: b"<< /Type /Pages /Kids [3 0 R 13 0 R] /Count 2 /MediaBox [0 0 300 200] /Rotate 90"
        b" /Resources << /Font << /F1 5 0 R >> /XObject << /Im0 6 0 R /Fm0 12 0 R >> /Properties << /MC0 20 0 R >> >> >>",
        3: b"<< /Type /Page /Parent 2 0 R /Contents [4 0 R 14 0 R] /Annots [8 0 R 9 0 R 16 0 R] /PieceInfo << /App (@) >>"
        b" /LastModified (@) /Thumb 18 0 R /AA << /O << /S /JavaScript /JS (@) >> >> /Metadata 7 0 R /AF [10 0 R] /ID (@)"
        b" /B [<< /T << /I << /Title (@) >> >> >>] /StructParents 0 /VP [<< /Name (@) >>] >>",
        4: flate(b"BT /F1 12 Tf 20 20 Td (%b) Tj ET" % WORDS.encode()),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Name /F1 /Maker (@) >>",
        6: stream(
            files.photo(),
            b"/Type /XObject /Subtype /Image /Width 640 /Height 400 /BitsPerComponent 8 /ColorSpace [/ICCBased 17 0 R]"
            b" /Filter /DCTDecode /Metadata 7 0 R /OPI << /F (@) >> /Name (@) /Alternates [<< /Image 18 0 R >>]",
        ),
        7: stream(b"<x:xmpmeta>%b</x:xmpmeta>" % MARK, b"/Type /Metadata /Subtype /XML"),
        8: b"<< /Type /Annot /Subtype /Text /Rect [0 0 10 10] /T (@) /Contents (@) /Popup 15 0 R /M (@) /NM (@) >>",
        9: b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (@) /V (@) /Rect [10 10 90 50] /AP << /N 19 0 R >> /MK << /CA (@) >> >>",
        10: b"<< /Type /Filespec /F (@) /UF (@) /Desc (@) /EF << /F 18 0 R >> >>",
        11: stream(b"app.alert('%b')" % MARK),
        12: stream(
            b"0 0 9 9 re f",
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /PTEX.FileName (@) /PTEX.InfoDict 21 0 R"
            b" /PieceInfo << /App (@) >> /LastModified (@) /Resources << /Maker (@) >> /F (@)",
        ),
        13: b"<< /Type /Page /Parent 2 0 R /Contents 14 0 R >>",
        14: stream(b"q 50 0 0 50 0 0 cm /Im0 Do Q /Fm0 Do /OC /MC0 BDC EMC"),
        15: b"<< /Type /Annot /Subtype /Popup /Rect [0 0 9 9] /Contents (@) /AP << /N 11 0 R >> >>",
        16: b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (@) >> >>",
        17: flate(b"profile of the screen of " + MARK, b"/N 3 /Alternate /DeviceRGB"),
        18: flate(b"hidden " + MARK, b"/Type /EmbeddedFile /Subtype /text#2Fplain"),
        19: stream(
            b"BT /F1 9 Tf (Filled in) Tj ET",
            b"/Subtype /Form /BBox [0 0 40 20] /Metadata 7 0 R /Resources << /Font << /F1 5 0 R >> >>",
        ),
        20: b"<< /Type /OCG /Name (@) /Usage << /CreatorInfo << /Creator (@) >> >> >>",
        21: b"<< /Author (@) /Title (@) >>",
        22: b"<< /Author (@) /Title (@) /Subject (@) /Producer (@) /CreationDate (@) >>",
        23: b"<< /NotUsed (@) >>",
    }
    named = {number: body.replace(b"(@)", b"(%b)" % MARK) for number, body in objects.items()}
    return named, b"/Info 22 0 R /ID [(%b) (%b)]" % (MARK, MARK)


def updated() -> bytes:
    """One whose author was changed later: the first one is still in the file."""
    writer = PdfWriter(io.BytesIO(write(*talkative())), incremental=True)
    writer.add_metadata({"/Author": "changed"})
    return _written(writer)


def locked(user: str, algorithm: str) -> bytes:
    """With a password to open it, or with none and a wish that nobody prints it."""
    writer = PdfWriter(io.BytesIO(write(*talkative())))
    writer.encrypt(user, "owner", algorithm=algorithm)
    return _written(writer)


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def scanned(count: int, size: tuple[int, int]) -> bytes:
    """A JPEG a page, hard to pack, as an app that scans writes it."""
    pages = [Image.effect_noise(size, 90).convert("RGB") for _ in range(count)]
    out = io.BytesIO()
    pages[0].save(
        out, "PDF", save_all=True, append_images=pages[1:], quality=80, author=MARK.decode(), title=MARK.decode()
    )
    return out.getvalue()


def everything(content: bytes) -> bytes:
    """All there is to read in a file, used or not: its bytes, and each object unpacked and in plain."""
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        reader.decrypt("")
    numbers = {*reader.xref_objStm, *(number for found in reader.xref.values() for number in found)}
    found = [_said(reader.get_object(number)) for number in sorted(numbers)]
    return b"\n".join([content, _said(reader.trailer), *found])


def _said(value: Any) -> bytes:
    if isinstance(value, StreamObject):
        pictures = ("/DCTDecode", "/JPXDecode")
        data = value._data if value.get("/Filter") in pictures else value.get_data()
        return _said(DictionaryObject(value)) + data
    if isinstance(value, DictionaryObject):
        return b"\n".join(f"{key} ".encode() + _said(dict.__getitem__(value, key)) for key in value)
    if isinstance(value, ArrayObject):
        return b" ".join(_said(item) for item in value)
    if isinstance(value, TextStringObject | ByteStringObject):
        return value.original_bytes
    return str(value).encode()


def texts(content: bytes) -> Sequence[str]:
    """Of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
