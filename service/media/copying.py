"""Copies objects of a PDF into a new one by a list of the keys that a page needs: what nobody thought of stays behind.

Not on it: metadata, what programs keep for themselves, comments, actions, files, scripts, names and switches of layers, tags, and
what only a printing house needs. Keys: ISO 32000-2, sections 7 to 11.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final

from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    EncodedStreamObject,
    IndirectObject,
    NameObject,
    NullObject,
    PdfObject,
    StreamObject,
)

from service.media.kinds import Refused
from service.media.stripping import strip_jpeg, strip_jpeg2000

MOST_UNPACKED = 400_000_000
"""Bytes that a file's packed parts may have together, unpacked."""
MOST_COPIED = 2_000_000
"""Names, numbers, lists and so on: a small file can say the same of each of many pages."""
DAMAGED = "The PDF is damaged or not whole."
TOO_LARGE = "The PDF becomes too large when it is unpacked."
_CHUNK = 1 << 16


def keys(names: str) -> frozenset[str]:
    """Names as a PDF writes them."""
    return frozenset(f"/{name}" for name in names.split())


_RESOURCES = keys("ExtGState ColorSpace Pattern Shading XObject Font")
_NEEDED = keys(
    # Streams and functions
    "Filter DecodeParms Predictor Colors BitsPerComponent Columns EarlyChange K EndOfLine EncodedByteAlign Rows EndOfBlock"
    " BlackIs1 DamagedRowsBeforeError JBIG2Globals ColorTransform FunctionType Domain Range Size BitsPerSample Order Encode"
    " Decode C0 C1 N Functions Bounds"
    # Pictures, forms, groups and masks
    " Type Subtype Width Height ColorSpace Intent ImageMask Mask Interpolate SMask SMaskInData Matte FormType BBox Matrix"
    " Resources Group S CS I G BC TR"
    # States of drawing, and colours
    " LW LC LJ ML D RI OP op OPM Font TR2 FL SM SA BM CA ca AIS TK WhitePoint BlackPoint Gamma Colorants Process Components"
    # Patterns and shadings
    " PatternType PaintType TilingType XStep YStep Shading ExtGState ShadingType Background AntiAlias Function Coords Extend"
    " BitsPerCoordinate BitsPerFlag VerticesPerRow"
    # Fonts
    " BaseFont FirstChar LastChar Widths FontDescriptor Encoding ToUnicode DescendantFonts FontBBox FontMatrix CharProcs"
    " CIDSystemInfo DW W DW2 W2 CIDToGIDMap Registry Ordering Supplement BaseEncoding Differences CMapName WMode UseCMap"
    " FontName FontStretch FontWeight Flags ItalicAngle Ascent Descent Leading CapHeight XHeight StemV StemH AvgWidth MaxWidth"
    " MissingWidth FontFile FontFile2 FontFile3 CharSet CIDSet Length1 Length2 Length3"
)
_NAMING = keys("CharProcs Colorants")
"""Their values have keys that the file made up."""
_FILTERS = keys(
    "FlateDecode LZWDecode ASCII85Decode ASCIIHexDecode RunLengthDecode CCITTFaxDecode JBIG2Decode DCTDecode JPXDecode"
)
_STRIPPERS: Final = {"/DCTDecode": strip_jpeg, "/JPXDecode": strip_jpeg2000}
_COLOURS: Final = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}


@dataclass
class Copy:
    """The new file's objects; number n stands at n - 1."""

    objects: list[PdfObject] = field(default_factory=list)
    _unpacked: int = 0
    _copied: int = 0
    _known: dict[tuple[int, int, str], IndirectObject] = field(default_factory=dict)
    _waiting: list[tuple[IndirectObject, IndirectObject, str]] = field(default_factory=list)

    def add(self, thing: PdfObject) -> IndirectObject:
        """A reference to what is now in the new file."""
        self.objects.append(thing)
        return IndirectObject(len(self.objects), 0, None)

    def finish(self) -> None:
        """Copy what copies refer to, until nothing is missing. Raises Refused."""
        while self._waiting:
            source, reference, sort = self._waiting.pop()
            self.objects[reference.idnum - 1] = self.copy(source.get_object(), sort)

    def copy(self, value: Any, sort: str = "") -> PdfObject:
        """`sort` is "resources" for a dictionary of those, "names" for one whose keys the file made up. Raises Refused."""
        self._copied += 1
        if self._copied > MOST_COPIED:
            raise Refused(TOO_LARGE)
        if isinstance(value, IndirectObject):
            return self._refer(value, sort)
        if isinstance(value, StreamObject):
            return self._copy_stream(value)
        if isinstance(value, DictionaryObject):
            return self.keep(value, _allowed(sort, value), sort)
        if isinstance(value, ArrayObject):
            return _plain_colour(value) or ArrayObject(self.copy(item) for item in value)
        return value if isinstance(value, PdfObject) else NullObject()

    def keep(self, source: DictionaryObject, wanted: frozenset[str], sort: str = "") -> DictionaryObject:
        """A copy with these keys only. Raises Refused."""
        return dictionary({key: self.copy(value, _sort(sort, key)) for key, value in source.items() if key in wanted})

    def resources(self, source: DictionaryObject) -> DictionaryObject:
        """A copy of a dictionary of resources. Raises Refused."""
        return self.keep(source, _RESOURCES, "resources")

    def _refer(self, source: IndirectObject, sort: str) -> IndirectObject:
        key = (source.idnum, source.generation, sort)
        if key not in self._known:
            self._known[key] = self.add(NullObject())
            self._waiting.append((source, self._known[key], sort))
        return self._known[key]

    def _copy_stream(self, source: StreamObject) -> StreamObject:
        copied, data, filters = StreamObject(), source._data, _filters(source)
        copied.update(self.keep(source, _NEEDED))
        if not _FILTERS.issuperset(filters):
            raise Refused(DAMAGED)
        self._measure(data, filters)
        strip = _STRIPPERS.get(filters[-1]) if filters else None
        if strip:
            data = strip(_unwrap(source, filters[:-1]))
            copied[NameObject("/Filter")] = NameObject(filters[-1])
            settings = entry(source, "/DecodeParms")
            if isinstance(settings, ArrayObject):
                copied[NameObject("/DecodeParms")] = self.copy(settings[-1]) if settings else NullObject()
        copied.set_data(data)
        return copied

    def _measure(self, data: bytes, filters: Sequence[str]) -> None:
        """Unpack it as a reader will, only to see how much it becomes. Raises Refused."""
        chunks: Iterator[bytes] = (data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK))
        for _ in takewhile("/FlateDecode".__eq__, filters):
            chunks = self._unpack(chunks)
        for _ in chunks:
            pass

    def _unpack(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        unpacker = zlib.decompressobj()
        for chunk in chunks:
            while chunk:
                try:
                    part = unpacker.decompress(chunk, 16 * _CHUNK)
                except zlib.error:
                    # Readers show what came before the fault.
                    return
                self._unpacked += len(part)
                if self._unpacked > MOST_UNPACKED:
                    raise Refused(TOO_LARGE)
                yield part
                chunk = unpacker.unconsumed_tail


def entry(thing: DictionaryObject, key: str) -> Any:
    """What stands there, also where that is a reference; null if nothing does. pypdf's own `get` gives the reference."""
    return thing[key] if key in thing else NullObject()


def dictionary(values: Mapping[str, PdfObject]) -> DictionaryObject:
    """As PDF has it."""
    return DictionaryObject({NameObject(key): value for key, value in values.items()})


def _sort(sort: str, key: str) -> str:
    """Of the value at a key in a dictionary of this sort."""
    if sort == "resources" or (sort != "names" and key in _NAMING):
        return "names"
    return "resources" if sort != "names" and key == "/Resources" else ""


def _allowed(sort: str, source: DictionaryObject) -> frozenset[str]:
    if sort == "names":
        # These would say what plain colours are, by a profile.
        return frozenset(source) - {"/DefaultGray", "/DefaultRGB", "/DefaultCMYK"}
    return _RESOURCES if sort == "resources" else _NEEDED


def _plain_colour(space: ArrayObject) -> NameObject | None:
    """What stands for colours that a profile describes: it names devices, and people."""
    if len(space) != 2 or space[0] != "/ICCBased":
        return None
    profile = space[1].get_object()
    colours = entry(profile, "/N") if isinstance(profile, StreamObject) else None
    if colours not in _COLOURS:
        raise Refused(DAMAGED)
    return NameObject(_COLOURS[colours])


def _filters(source: StreamObject) -> list[str]:
    named = entry(source, "/Filter")
    if isinstance(named, NullObject):
        return []
    return [str(item.get_object()) for item in named] if isinstance(named, ArrayObject) else [str(named)]


def _unwrap(source: StreamObject, filters: Sequence[str]) -> bytes:
    """A picture out of what is packed around it."""
    if not filters:
        return source._data
    wrapped = EncodedStreamObject()
    wrapped._data = source._data
    wrapped[NameObject("/Filter")] = ArrayObject(NameObject(name) for name in filters)
    return wrapped.get_data()
