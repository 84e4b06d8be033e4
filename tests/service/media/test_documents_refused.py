"""What of a PDF is not taken, with words; and what hostile ones cost: little."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.media import copying, documents
from service.media.cleaning import NotCleaned, clean_apart
from service.media.documents import rebuild
from service.media.kinds import Refused
from tests.service.media import pdfs
from tests.service.media.pdfs import flate, plain, stream, texts

WHOLE = pdfs.write(*pdfs.talkative())
REFUSED: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "with a password": (lambda: pdfs.locked("open", "AES-256"), "locked with a password"),
    "with an older password": (lambda: pdfs.locked("open", "RC4-128"), "locked with a password"),
    "locked for a person": (
        lambda: pdfs.write({**pdfs.talkative()[0], 30: b"<< /Filter /Adobe.PubSec /V 4 >>"}, b"/Encrypt 30 0 R"),
        "locked with a password",
    ),
    "cut off": (lambda: WHOLE[: len(WHOLE) // 2], "damaged or not whole"),
    "cut off in a later version": (lambda: WHOLE + b"5 0 obj\n" + stream(bytes(3000)), "damaged or not whole"),
    "without a page": (lambda: plain().replace(b"[3 0 R]", b"[     ]"), "damaged or not whole"),
    "without a list of pages": (lambda: plain().replace(b"/Pages 2 0 R", b"            "), "damaged or not whole"),
    "nothing but a beginning and an end": (lambda: b"%PDF-1.7\n%%EOF", "damaged or not whole"),
    "unpacked in a way nobody knows": (lambda: plain(more={4: stream(b"", b"/Filter /Crypt")}), "damaged or not whole"),
    "a form without pages": (lambda: plain(root=b"/NeedsRendering true"), "only some programs show"),
    "a folder of files": (lambda: plain(root=b"/Collection << >>"), "only some programs show"),
    "a picture that is none": (
        lambda: plain(
            page=b"/Resources << /XObject << /I 5 0 R >> >>", more={5: stream(b"GIF", b"/Filter /DCTDecode")}
        ),
        "picture in the PDF is damaged",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why(name: str) -> None:
    make, words = REFUSED[name]
    with pytest.raises(Refused, match=words):
        rebuild(make())


def test_a_form_that_has_pages_is_taken() -> None:
    assert texts(rebuild(plain(root=b"/NeedsRendering false /AcroForm << /XFA [] >>"))) == [""]


def _many_pages(width: int) -> bytes:
    """A tree of three levels, each of the same child over and over."""
    kids = [b"<< /Type /Pages /Count 1 /Kids [%b] >>" % (b"%d 0 R " % child * width) for child in (5, 6, 3)]
    return plain(more={2: kids[0], 5: kids[1], 6: kids[2]})


def _nested(depth: int) -> bytes:
    return plain(page=b"/Resources << /ColorSpace << /Cs0 %b%b >> >>" % (b"[" * depth, b"]" * depth))


def _chain(length: int) -> bytes:
    """Forms, each of which draws the next."""
    head = b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] /Resources << /XObject << /X %d 0 R >> >>"
    forms = {number: stream(b"/X Do", head % (number + 1)) for number in range(5, 5 + length)}
    return plain(b"/X Do", page=b"/Resources << /XObject << /X 5 0 R >> >>", more=forms)


def _packed_bomb() -> bytes:
    """Objects that are packed a thousand times smaller."""
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"}
    page = b"<< /Type /Page /Parent 2 0 R /Resources << /ColorSpace << /A 4 0 R >> >> >>"
    return pdfs.write_packed({**objects, 3: page, 4: b"[" + b"0 " * 90_000 + b"]" + b" " * 80_000_000})


def _repeated_list() -> bytes:
    """A list that each of many pages gives as its own."""
    box = b"[%b]" % (b"0 " * 50_000)
    kids = b"<< /Type /Pages /Count 1 /MediaBox 5 0 R /Kids [%b] >>" % (b"3 0 R " * 900)
    objects = {2: kids, 3: b"<< /Type /Page /Parent 2 0 R >>", 5: box}
    return plain(more=objects)


HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "pages that hold themselves": lambda: plain(more={2: b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"}),
    "pages that hold each other": lambda: plain(
        more={2: b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>", 5: b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"}
    ),
    "a thousand million pages": lambda: _many_pages(1000),
    "eight thousand pages": lambda: _many_pages(20),
    "lists in lists": lambda: _nested(5000),
    "a bomb on its page": lambda: plain(more={4: stream(pdfs.bomb(), b"/Filter /FlateDecode")}),
    "a bomb in a bomb": lambda: plain(
        more={4: stream(zlib.compress(pdfs.bomb()), b"/Filter [/FlateDecode /FlateDecode]")}
    ),
    "a bomb of objects": _packed_bomb,
    "a bomb around a picture": lambda: plain(
        page=b"/Resources << /XObject << /X 5 0 R >> >>",
        more={5: stream(pdfs.bomb(), b"/Filter [/FlateDecode /DCTDecode]")},
    ),
    "much out of little": _repeated_list,
    "a reference to itself": lambda: plain(more={2: b"2 0 R"}),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_would_take_all_time_or_memory_ends_as_a_refusal(name: str) -> None:
    content = HOSTILE[name]()
    with pytest.raises((Refused, NotCleaned)):
        await clean_apart(content)


async def test_what_refers_to_itself_is_copied_once() -> None:
    ring = {
        5: stream(b"/X Do", b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] /Resources 6 0 R"),
        6: b"<< /XObject << /X 5 0 R >> >>",
    }
    after = rebuild(plain(b"/X Do", page=b"/Resources 6 0 R", more=ring))
    assert after.count(b" obj\n") == 6
    assert (await clean_apart(_chain(3000))).content.count(b"/X Do") == 3001


def test_there_are_limits_to_pages_and_to_what_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as less:
        less.setattr(documents, "MOST_PAGES", 1)
        with pytest.raises(Refused, match="more than 1 pages"):
            rebuild(WHOLE)
    zeros = plain(more={4: flate(bytes(5_000_000))})
    for module, name, enough in (
        (copying, "MOST_UNPACKED", 5_000_000),
        (copying, "MOST_COPIED", 8),
        (documents, "MOST_GROWTH", len(rebuild(zeros)) - 2 * len(zeros)),
    ):
        with monkeypatch.context() as less:
            less.setattr(module, name, enough)
            assert rebuild(zeros)
            less.setattr(module, name, enough - 1)
            with pytest.raises(Refused, match="too large when it is unpacked"):
                rebuild(zeros)


@settings(deadline=None)
@given(data=st.data())
def test_damage_is_refused_or_mended_and_never_breaks_us(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([WHOLE, pdfs.write_packed(*pdfs.talkative())])))
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        content[at] = data.draw(st.integers(0, 255))
    with suppress(Refused):
        assert rebuild(bytes(content)).startswith(b"%PDF-1.7")
