"""Pictures within documents lose what they say of people, and not a pixel."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from service.media.kinds import Refused
from service.media.stripping import strip_jpeg, strip_jpeg2000
from tests.service.media import files


def _drawn(form: str, mode: str = "RGB", **settings: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((70, 50), 60).convert(mode).save(out, form, **settings)
    return out.getvalue()


def _same(one: bytes, other: bytes) -> bool:
    return (
        ImageChops.difference(*(Image.open(io.BytesIO(data)).convert("RGB") for data in (one, other))).getbbox() is None
    )


JPEGS = {
    "a photo": files.photo(),
    "one that comes in steps": _drawn("JPEG", progressive=True, comment=files.MAKER),
    "one that starts again": _drawn("JPEG", restart_marker_blocks=2, comment=files.MAKER),
    "in four colours": _drawn("JPEG", "CMYK", comment=files.MAKER),
    "with another behind it": _drawn("JPEG") + files.photo(),
    "with a thumbnail": b"\xff\xd8\xff\xe0\0\x10JFXX\0\x10" + files.MAKER[:8] + _drawn("JPEG")[2:] + files.MAKER,
    "with a plain thumbnail": b"\xff\xd8\xff\xe0\0\x19JFIF\0\1\1\0\0\1\0\1\3\1" + files.MAKER[:9] + _drawn("JPEG")[2:],
    "with filling": _drawn("JPEG", comment=files.MAKER).replace(b"\xff\xfe", b"\xff\xff\xff\xfe"),
}


@pytest.mark.parametrize("name", JPEGS)
def test_a_jpeg_keeps_its_pixels_only(name: str) -> None:
    before = JPEGS[name]
    after = strip_jpeg(before)
    assert files.MAKER[:8] in before
    for word in (files.MAKER[:8], b"Exif", b"my comment", b"my profile"):
        assert word not in after
    assert _same(before, after)
    assert strip_jpeg(after) == after


def test_a_jpeg_cut_short_is_shown_as_far_as_it_goes() -> None:
    assert strip_jpeg(files.photo()[:-500]).endswith(b"\xff\xd9")
    with pytest.raises(Refused, match="picture in the PDF is damaged"):
        strip_jpeg(b"GIF89a")


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body


@pytest.mark.parametrize("size", ["its own", "to the end", "in eight bytes"])
def test_a_jpeg_2000_keeps_its_pixels_only(size: str) -> None:
    whole = _drawn("JPEG2000", comment=files.MAKER.decode())
    at = whole.index(b"jp2c") - 4
    head, codes = whole[:at], whole[at + 8 :]
    last = {
        "its own": _box(b"jp2c", codes),
        "to the end": bytes(4) + b"jp2c" + codes,
        "in eight bytes": struct.pack(">I4sQ", 1, b"jp2c", len(codes) + 16) + codes,
    }[size]
    before = head + _box(b"uuid", bytes(16) + files.MAKER) + _box(b"xml ", files.MAKER) + last
    after = strip_jpeg2000(before)
    assert before.count(files.MAKER) == 3
    assert files.MAKER not in after
    assert _same(whole, after)
    bare = strip_jpeg2000(codes)
    assert _same(whole, bare)
    assert files.MAKER not in bare


@pytest.mark.parametrize("content", [b"", b"words and words", bytes(3) + b"\1uuid"])
def test_what_is_no_jpeg_2000_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="picture in the PDF is damaged"):
        strip_jpeg2000(content)


@given(st.binary(max_size=200), st.integers(0, 2000))
def test_damage_ends(noise: bytes, at: int) -> None:
    photo = files.photo()
    assert strip_jpeg(photo[: at + 2] + noise + photo[at:]).startswith(b"\xff\xd8")
