"""What a file is, told by its first bytes and never by what anybody says of it.

Taken are pictures that we can draw anew, sound and video whose metadata we can take out, AMR that we can make MP3 of, and PDF
whose pages we can write anew.
Everything else is refused: programs, web pages and drawings with scripts (HTML, SVG), archives, and office files, which are
archives that may hold macros. Signatures: https://mimesniff.spec.whatwg.org and the formats' own specifications.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Sort = Literal["picture", "voice note", "video", "document", "file"]


class Refused(Exception):
    """The file is not kept. The message says why, and what to send instead where that helps."""


@dataclass(frozen=True)
class Kind:
    """A type of file that we take. `plays` says whether browsers show or play it."""

    content_type: str
    sort: Sort
    suffix: str
    plays: bool = True


JPEG = Kind("image/jpeg", "picture", "jpg")
PNG = Kind("image/png", "picture", "png")
GIF = Kind("image/gif", "picture", "gif")
WEBP = Kind("image/webp", "picture", "webp")
HEIF = Kind("image/heif", "picture", "heic", plays=False)
AVIF = Kind("image/avif", "picture", "avif", plays=False)
OGG = Kind("audio/ogg", "voice note", "ogg")
MP3 = Kind("audio/mpeg", "voice note", "mp3")
AAC = Kind("audio/aac", "voice note", "aac")
M4A = Kind("audio/mp4", "voice note", "m4a")
WAV = Kind("audio/wav", "voice note", "wav")
AMR = Kind("audio/amr", "voice note", "amr", plays=False)
WEBM_AUDIO = Kind("audio/webm", "voice note", "webm")
WEBM_VIDEO = Kind("video/webm", "video", "webm")
MP4 = Kind("video/mp4", "video", "mp4")
PHONE_VIDEO = Kind("video/3gpp", "video", "3gp", plays=False)
PDF = Kind("application/pdf", "document", "pdf", plays=False)

KINDS: Mapping[str, Kind] = {
    kind.content_type: kind
    for kind in (
        JPEG, PNG, GIF, WEBP, HEIF, AVIF, OGG, MP3, AAC, M4A, WAV, AMR, WEBM_AUDIO, WEBM_VIDEO, MP4, PHONE_VIDEO, PDF
    )
}  # fmt: skip
"""By content type."""

_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"OggS", OGG),
    (b"#!AMR\n", AMR),
    (b"#!AMR-WB\n", AMR),
    (b"ID3", MP3),
    (b"%PDF-", PDF),
)
_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "It is a program."),
    (b"\x7fELF", "It is a program."),
    (b"#!/", "It is a program."),
    (b"PK\x03\x04", "It is an archive or an office file, which may hold programs. A PDF is taken."),
    (b"PK\x05\x06", "It is an archive."),
    (b"\x1f\x8b", "It is an archive."),
    (b"Rar!", "It is an archive."),
    (b"7z\xbc\xaf\x27\x1c", "It is an archive."),
    (b"\xd0\xcf\x11\xe0", "It is an old office file, which may hold programs. A PDF is taken."),
    (b"BM", "It is a picture in a form that phones do not send. JPEG, PNG and HEIC are taken."),
    (b"II*\0", "It is a picture in a form that phones do not send. JPEG, PNG and HEIC are taken."),
    (b"MM\0*", "It is a picture in a form that phones do not send. JPEG, PNG and HEIC are taken."),
)
_HEVC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
"""Pictures as iPhones keep them: ISO/IEC 23008-12, annex B."""
_AV1_BRANDS = frozenset({b"avif", b"avis"})
"""Pictures as web pages have them, and who saves one from there: https://aomediacodec.github.io/av1-avif/"""
_PICTURE_BRANDS = frozenset({b"mif1", b"mif2", b"msf1", b"heif", b"avif", b"avis", b"jpeg", b"jpgs", b"avci", b"avcs"})
"""That a file holds pictures in such boxes; what they are coded in, another brand of it says."""
_SOUND_BRANDS = frozenset({b"M4A ", b"M4B ", b"F4A "})


def recognise(content: bytes) -> Kind:
    """The kind of a file. Raises Refused for what we do not take."""
    if not content:
        raise Refused("The file is empty.")
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return WAV
    if content[4:8] == b"ftyp":
        return _of_brand(content)
    if content.startswith(b"\x1a\x45\xdf\xa3"):
        return _of_matroska(content)
    if content[0] == 0xFF and len(content) > 1:
        # An MPEG frame: 11 bits of synchronisation; layer bits 00 are ADTS, that is AAC (ISO 13818-7, 6.2).
        if content[1] & 0xF6 == 0xF0:
            return AAC
        if content[1] & 0xE0 == 0xE0 and content[1] & 0x06 != 0:
            return MP3
    for start, why in _REFUSED:
        if content.startswith(start):
            raise Refused(why)
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"<!--")):
        raise Refused("It is a web page or a drawing that may hold a script.")
    raise Refused("It is no picture, sound, video or PDF that we know.")


def said_to_be(content_type: str) -> Sort:
    """What the provider's word for a file makes us expect, until we have it."""
    sorts: Mapping[str, Sort] = {"image": "picture", "audio": "voice note", "video": "video"}
    if content_type == "application/pdf":
        return "document"
    return sorts.get(content_type.partition("/")[0], "file")


def _of_brand(content: bytes) -> Kind:
    """Files of the MP4 family say in their first box what they are: a brand, and those that it is compatible with."""
    brand = content[8:12]
    if brand in _HEVC_BRANDS:
        return HEIF
    if brand in _PICTURE_BRANDS:
        listed = content[16 : min(int.from_bytes(content[:4], "big"), 256)]
        brands = {brand, *(listed[at : at + 4] for at in range(0, len(listed), 4))}
        for kind, its in ((HEIF, _HEVC_BRANDS), (AVIF, _AV1_BRANDS)):
            if not its.isdisjoint(brands):
                return kind
        raise Refused("It is a picture in a form that phones do not send. JPEG, PNG and HEIC are taken.")
    if brand in _SOUND_BRANDS:
        return M4A
    return PHONE_VIDEO if brand[:2] == b"3g" else MP4


def _of_matroska(content: bytes) -> Kind:
    """WebM: with a video track or without. The codec's name stands in the head of the file."""
    head = content[:4096]
    if b"webm" not in head[:64]:
        raise Refused("It is a video in a form that phones do not send. MP4 is taken.")
    return WEBM_VIDEO if b"V_VP" in head or b"V_AV1" in head or b"V_MPEG" in head else WEBM_AUDIO
