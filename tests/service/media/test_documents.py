"""A PDF keeps its pages, loses all that it says of people, and cannot harm whoever cleans it."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping

import pytest
import weasyprint
from PIL import Image, ImageChops
from pypdf import PdfReader

from service.media.cleaning import clean_apart
from service.media.documents import rebuild
from tests.service.media import files, pdfs
from tests.service.media.pdfs import MARK, everything, flate, plain, stream, texts

TALKATIVE: Mapping[str, Callable[[], bytes]] = {
    "plain": lambda: pdfs.write(*pdfs.talkative()),
    "packed": lambda: pdfs.write_packed(*pdfs.talkative()),
    "changed later": pdfs.updated,
    "not to be printed": lambda: pdfs.locked("", "AES-256"),
    "not to be printed, older": lambda: pdfs.locked("", "AES-128"),
    "not to be printed, oldest": lambda: pdfs.locked("", "RC4-40"),
    "made by an app that scans": lambda: pdfs.scanned(2, (60, 40)),
}


@pytest.mark.parametrize("name", TALKATIVE)
def test_nothing_is_left_of_who_made_it(name: str) -> None:
    before = TALKATIVE[name]()
    assert MARK in everything(before)
    after = everything(rebuild(before))
    for word in (
        MARK,
        b"private note",
        b"my comment",
        b"my profile",
        b"Exif",
        b"/Info",
        b"/Encrypt",
        b"/JavaScript",
        b"/Annots",
    ):
        assert word not in after
    assert texts(rebuild(rebuild(before))) == texts(rebuild(before))


def test_pages_keep_words_drawing_size_and_the_way_up() -> None:
    before = pdfs.write(*pdfs.talkative())
    old, new = (PdfReader(io.BytesIO(content)).pages for content in (before, rebuild(before)))
    assert len(new) == 2
    assert [text.splitlines()[:1] for text in texts(before)] == [["Kisima kimekauka"], []]
    assert texts(rebuild(before)) == ["Kisima kimekauka\nFilled in", ""]
    for one, other in zip(old, new, strict=True):
        assert (one.mediabox, one.rotation) == (other.mediabox, other.rotation)
        assert one.get_contents().get_data().strip() in other.get_contents().get_data()
        assert _same_picture(one.images[0].data, other.images[0].data)


def _same_picture(one: bytes, other: bytes) -> bool:
    pair = [Image.open(io.BytesIO(data)).convert("RGB") for data in (one, other)]
    return ImageChops.difference(*pair).getbbox() is None


def test_a_document_of_a_word_processor_reads_as_before() -> None:
    words = "<title>SecretMaker</title><h1>Maji</h1><p style='opacity: .5'>पानी नहीं है<h1 style='break-before: page'>Ukurasa</h1>"
    before = weasyprint.HTML(string=f"<html lang=sw>{words}").write_pdf(pdf_variant="pdf/ua-1")
    after = rebuild(before)
    assert texts(after) == texts(before)
    assert MARK in everything(before)
    assert MARK not in everything(after)
    pages = [[page.get_contents().get_data() for page in PdfReader(io.BytesIO(each)).pages] for each in (before, after)]
    assert pages[0] == pages[1]


def test_what_is_a_list_of_names_in_one_place_is_none_in_another() -> None:
    page = b"/Resources << /Font << /F1 5 0 R >> /Pattern 5 0 R >>"
    more = {5: b"<< /Type /Font /Shade << /Type /Pattern /Author (@) >> >>"}
    (after,) = PdfReader(io.BytesIO(rebuild(plain(page=page, more=more)))).pages
    resources = after["/Resources"]
    assert resources["/Font"]["/F1"] == {"/Type": "/Font"}
    assert resources["/Pattern"] == {"/Type": "/Font", "/Shade": {"/Type": "/Pattern"}}


def test_strings_that_are_numbers_stay_as_they_are() -> None:
    palette = bytes(range(256)) + bytes(512)
    picture = b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace [/Indexed /DeviceRGB 255 <%b>]"
    page = b"/Resources << /XObject << /Im0 5 0 R >> >>"
    before = plain(b"/Im0 Do", page=page, more={5: stream(b"\7", picture % palette.hex().encode())})
    (after,) = PdfReader(io.BytesIO(rebuild(before))).pages
    assert after["/Resources"]["/XObject"]["/Im0"]["/ColorSpace"][3].original_bytes == palette


@pytest.mark.parametrize(("channels", "plainly"), [(1, "/DeviceGray"), (3, "/DeviceRGB"), (4, "/DeviceCMYK")])
def test_colours_come_without_the_profile_of_a_device(channels: int, plainly: str) -> None:
    spaces = b"/Resources << /ColorSpace << /Cs0 [/ICCBased 5 0 R] /DefaultRGB [/ICCBased 5 0 R] >> >>"
    before = plain(b"/Cs0 cs", page=spaces, more={5: flate(b"the screen of " + MARK, b"/N %d" % channels)})
    (page,) = PdfReader(io.BytesIO(rebuild(before))).pages
    assert page["/Resources"]["/ColorSpace"] == {"/Cs0": plainly}


LOOK = stream(b"(seen) Tj", b"/Subtype /Form /BBox [0 0 10 20] /Matrix [1 0 0 1 5 5]")
MARKS: Mapping[str, tuple[bytes, bytes]] = {
    "a stamp, moved and stretched": (
        b"/Subtype /Stamp /Rect [30 80 10 40] /AP << /N 5 0 R >>",
        b"q 2.00000 0.00000 0.00000 2.00000 0.00000 30.00000 cm /Mark0 Do Q",
    ),
    "a box that is ticked": (
        b"/Subtype /Widget /Rect [5 5 15 25] /AS /On /AP << /N << /On 5 0 R /Off 6 0 R >> >>",
        b"q 1.00000 0.00000 0.00000 1.00000 0.00000 0.00000 cm /Mark0 Do Q",
    ),
    "a hidden one": (b"/Subtype /Stamp /F 2 /Rect [0 0 9 9] /AP << /N 5 0 R >>", b""),
    "one for printers only": (b"/Subtype /Stamp /F 32 /Rect [0 0 9 9] /AP << /N 5 0 R >>", b""),
    "a link": (b"/Subtype /Link /Rect [0 0 9 9] /AP << /N 5 0 R >>", b""),
    "one without a look": (b"/Subtype /Text /Rect [0 0 9 9] /Contents (words)", b""),
    "one without a size": (b"/Subtype /Stamp /Rect [0 0 9] /AP << /N 5 0 R >>", b""),
    "one whose look is flat": (b"/Subtype /Stamp /Rect [0 0 9 9] /AP << /N 7 0 R >>", b""),
    "one in no state": (b"/Subtype /Widget /Rect [0 0 9 9] /AP << /N << /On 5 0 R >> >>", b""),
}


@pytest.mark.parametrize("name", MARKS)
def test_what_was_drawn_upon_a_page_becomes_part_of_it(name: str) -> None:
    mark, drawn = MARKS[name]
    looks = {5: LOOK, 6: LOOK, 7: LOOK.replace(b"0 0 10 20", b"0 0 10 00")}
    resources = b"/Resources << /XObject << /Mark 6 0 R >> >> /Annots [<< %b >> null 9 0 R]" % mark
    (page,) = PdfReader(io.BytesIO(rebuild(plain(b"/Mark Do", page=resources, more=looks)))).pages
    contents = page.get_contents().get_data()
    assert drawn in contents
    assert (b"/Mark0 Do" in contents) is bool(drawn)
    assert (b"q\n/Mark Do\n\nQ\n" if drawn else b"/Mark Do") in contents
    assert list(page["/Resources"]["/XObject"]) == ["/Mark", "/Mark0"][: 1 + bool(drawn)]


def test_all_may_be_said_by_reference() -> None:
    page = b"/Resources 5 0 R /Annots 8 0 R"
    said = {
        4: b"[10 0 R]",
        5: b"<< /XObject 6 0 R /ColorSpace 15 0 R >>",
        6: b"<< /I 7 0 R >>",
        7: stream(
            zlib.compress(files.photo()),
            b"/Type /XObject /Subtype /Image /Width 640 /Height 400 /BitsPerComponent 8 /ColorSpace 16 0 R"
            b" /Filter 11 0 R /DecodeParms 12 0 R",
        ),
        8: b"[9 0 R]",
        9: b"<< /Subtype 20 0 R /Rect 13 0 R /AP 14 0 R /F 21 0 R >>",
        10: stream(b"/I Do"),
        11: b"[/FlateDecode /DCTDecode]",
        12: b"[null << /ColorTransform 1 >>]",
        13: b"[0 0 10 20]",
        14: b"<< /N 19 0 R >>",
        15: b"<< /Cs0 16 0 R >>",
        16: b"[/ICCBased 17 0 R]",
        17: stream(MARK, b"/N 18 0 R"),
        18: b"3",
        19: LOOK,
        20: b"/Stamp",
        21: b"4",
    }
    after = rebuild(plain(page=page, more=said))
    (shown,) = PdfReader(io.BytesIO(after)).pages
    contents = shown.get_contents().get_data()
    assert [b"/I Do" in contents, b"/Mark0 Do" in contents] == [True, True]
    resources = shown["/Resources"]
    assert resources["/ColorSpace"]["/Cs0"] == "/DeviceRGB"
    picture = resources["/XObject"]["/I"]
    assert [picture[key] for key in ("/Filter", "/DecodeParms", "/ColorSpace")] == [
        "/DCTDecode",
        {"/ColorTransform": 1},
        "/DeviceRGB",
    ]
    assert _same_picture(picture._data, files.photo())
    assert MARK not in everything(after)
    hidden = rebuild(plain(page=page, more={**said, 21: b"2"}))
    assert b"/Mark0 Do" not in hidden
    assert b"/Mark0 Do" not in rebuild(plain(page=page, more={**said, 20: b"/Link"}))


def test_a_mark_takes_no_picture_s_name_and_stands_on_a_blank_page_too() -> None:
    mark = b"/Annots [<< /Subtype /Ink /Rect [0 0 9 9] /AP << /N 5 0 R >> >>]"
    taken = plain(b"", page=b"/Resources << /XObject << /Mark0 6 0 R >> >> " + mark, more={5: LOOK, 6: LOOK})
    (page,) = PdfReader(io.BytesIO(rebuild(taken))).pages
    assert b"/Mark1 Do" in page.get_contents().get_data()
    blank = taken.replace(b"/Contents 4 0 R", b"               ").replace(b"/Resources", b"/Resourcez")
    (page,) = PdfReader(io.BytesIO(rebuild(blank))).pages
    assert b"/Mark0 Do" in page.get_contents().get_data()


async def test_a_document_of_the_size_people_send_fits() -> None:
    before = pdfs.scanned(12, (300, 400))
    after = (await clean_apart(before)).content
    assert len(PdfReader(io.BytesIO(after)).pages) == 12
    assert MARK not in everything(after)


def test_a_picture_packed_within_is_cleaned_too() -> None:
    head = b"/Type /XObject /Subtype /Image /Width 640 /Height 400 /BitsPerComponent 8 /ColorSpace /DeviceRGB"
    wrapped = stream(
        zlib.compress(files.photo()),
        head + b" /Filter [/FlateDecode /DCTDecode] /DecodeParms [null << /ColorTransform 1 >>]",
    )
    before = plain(b"/I Do", page=b"/Resources << /XObject << /I 5 0 R >> >>", more={5: wrapped})
    (page,) = PdfReader(io.BytesIO(rebuild(before))).pages
    picture = page["/Resources"]["/XObject"]["/I"]
    assert (picture["/Filter"], picture["/DecodeParms"]) == ("/DCTDecode", {"/ColorTransform": 1})
    assert _same_picture(picture._data, files.photo())
    assert MARK not in picture._data
