"""A PDF written anew: its pages, with what they need to look as they do, and nothing else.

Gone are author, title, dates and programs (Info and XMP), earlier versions, who commented, links, scripts, forms, other files,
layers, tags, and what pictures say of themselves. Text and drawing of a page are as they were; what people drew upon it is now
part of it.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from itertools import count

from pypdf import PasswordType, PdfReader
from pypdf.errors import DependencyError
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NumberObject,
    PdfObject,
    StreamObject,
)

from service.media.copying import DAMAGED, TOO_LARGE, Copy, dictionary, entry, keys
from service.media.kinds import Refused
from service.media.marks import marks

MOST_PAGES = 1000
MOST_GROWTH = 1_000_000
"""Bytes beyond twice its own that a file may become: objects lie packed in it, and plain in ours."""
_LOCKED = "The PDF is locked with a password. One without a password is taken."
_NO_PAGES = "The PDF is a form or a folder that only some programs show. Printed to another PDF, it is taken."
_PAGE = keys("MediaBox CropBox BleedBox TrimBox ArtBox Contents Resources Rotate Group UserUnit")

# Its warnings quote the file.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def rebuild(content: bytes) -> bytes:
    """The same pages in a new file. Raises Refused."""
    # The end is what a phone sends last; pypdf would make do with a half.
    if b"%%EOF" not in content[-2048:]:
        raise Refused(DAMAGED)
    try:
        reader = _open(content)
        if _has_no_pages(reader.root_object):
            raise Refused(_NO_PAGES)
        if len(reader.pages) > MOST_PAGES:
            raise Refused(f"The PDF has more than {MOST_PAGES} pages.")
        rebuilt = _write(_copy(reader))
    except (Refused, MemoryError):
        raise
    except Exception:
        # A reader of so much raises all sorts of errors on damaged files; whatever it was, there is no document.
        raise Refused(DAMAGED) from None
    if len(rebuilt) > 2 * len(content) + MOST_GROWTH:
        raise Refused(TOO_LARGE)
    return rebuilt


def _open(content: bytes) -> PdfReader:
    """With the empty password where that does: such a file only asks readers not to print or copy. Raises Refused."""
    try:
        reader = PdfReader(io.BytesIO(content))
        locked = reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
    except (NotImplementedError, DependencyError):
        locked = True
    if locked:
        raise Refused(_LOCKED)
    return reader


def _has_no_pages(catalogue: DictionaryObject) -> bool:
    """Its one page says only that another program is needed: Adobe's for some forms, one that opens files in files."""
    dynamic = entry(catalogue, "/NeedsRendering")
    return "/Collection" in catalogue or (isinstance(dynamic, BooleanObject) and dynamic.value)


def _copy(reader: PdfReader) -> Sequence[PdfObject]:
    """The objects of the new file; the first is its catalogue. Raises Refused."""
    copy = Copy()
    catalogue = dictionary({"/Type": NameObject("/Catalog")})
    copy.add(catalogue)
    tree = dictionary({"/Type": NameObject("/Pages")})
    catalogue[NameObject("/Pages")] = root = copy.add(tree)
    pages = ArrayObject(copy.add(_copy_page(copy, page, root)) for page in reader.pages)
    if not pages:
        raise Refused(DAMAGED)
    tree.update(dictionary({"/Kids": pages, "/Count": NumberObject(len(pages))}))
    copy.finish()
    return copy.objects


def _copy_page(copy: Copy, page: DictionaryObject, parent: IndirectObject) -> DictionaryObject:
    copied = copy.keep(page, _PAGE)
    copied.update(dictionary({"/Type": NameObject("/Page"), "/Parent": parent}))
    if found := list(marks(page)):
        copied.update(_drawn_upon(copy, page, found))
    return copied


def _drawn_upon(copy: Copy, page: DictionaryObject, found: Sequence[tuple[PdfObject, bytes]]) -> DictionaryObject:
    """Contents and resources of a page with its marks as part of it. Pages share resources, so they are its own from here."""
    resources = _inside(page, "/Resources")
    forms = _inside(resources, "/XObject")
    shown = dictionary({key: copy.copy(form) for key, form in forms.items()})
    drawing = [b"\nQ"]
    free = (name for number in count() if (name := f"/Mark{number}") not in forms)
    for (look, place), name in zip(found, free, strict=False):
        shown[NameObject(name)] = copy.copy(look)
        drawing.append(b"q %b cm %b Do Q" % (place, name.encode()))
    own = entry(page, "/Contents")
    if not isinstance(own, ArrayObject):
        own = [page.raw_get("/Contents")] if isinstance(own, StreamObject) else []
    parts = [_stream(copy, b"q\n"), *(copy.copy(part) for part in own), _stream(copy, b"\n".join(drawing))]
    kept = copy.resources(resources) | dictionary({"/XObject": shown})
    return dictionary({"/Contents": ArrayObject(parts), "/Resources": dictionary(kept)})


def _inside(thing: DictionaryObject, key: str) -> DictionaryObject:
    found = entry(thing, key)
    return found if isinstance(found, DictionaryObject) else DictionaryObject()


def _stream(copy: Copy, data: bytes) -> IndirectObject:
    stream = StreamObject()
    stream.set_data(data)
    return copy.add(stream)


def _write(objects: Sequence[PdfObject]) -> bytes:
    """A file with its table of objects. ISO 32000-2, 7.5."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    table = bytearray(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for number, thing in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % out.tell()
        out.write(b"%d 0 obj\n" % number)
        thing.write_to_stream(out)
        out.write(b"\nendobj\n")
    start = out.tell()
    out.write(table)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()
