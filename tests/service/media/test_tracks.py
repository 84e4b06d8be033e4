"""What phones put into MP4 and 3GP is told by its tracks: sound alone is a voice note, and AMR comes out of its box."""

from __future__ import annotations

import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.media import kinds, tracks
from service.media.cleaning import clean
from service.media.kinds import Kind, Refused
from tests.service.media import files, recordings

KINDS: dict[str, tuple[tuple[str, str | None, str | None], int, Kind]] = {
    "AMR in 3GP": (("3gp", "libopencore_amrnb", None), 8000, kinds.MP3),
    "AAC in 3GP": (("3gp", "aac", None), 48_000, kinds.M4A),
    "AAC in MP4": (("mp4", "aac", None), 48_000, kinds.M4A),
    "AAC in M4A": (("ipod", "aac", None), 48_000, kinds.M4A),
    "a video of today in 3GP": (("3gp", "aac", "libx264"), 48_000, kinds.MP4),
    "a silent one": (("3gp", None, "libx264"), 48_000, kinds.MP4),
    "a video of an old phone": (("3gp", "libopencore_amrnb", "h263"), 8000, kinds.PHONE_VIDEO),
    "one whose sound browsers would leave out": (("3gp", "libopencore_amrnb", "libx264"), 8000, kinds.PHONE_VIDEO),
    "one whose picture they would leave out": (("mp4", "aac", "mpeg4"), 48_000, kinds.PHONE_VIDEO),
}


@pytest.mark.parametrize("name", KINDS)
def test_the_tracks_say_what_it_is(name: str) -> None:
    of, rate, kind = KINDS[name]
    assert clean(recordings.film(*of, rate=rate)).kind is kind


def test_amr_in_a_box_is_the_same_amr() -> None:
    boxed = recordings.film("3gp", "libopencore_amrnb", rate=8000)
    kind, content = tracks.unpack(kinds.PHONE_VIDEO, boxed)
    assert kind is kinds.AMR
    assert content.startswith(recordings.NARROW)
    assert content[6:] in boxed
    sound = recordings.heard(clean(boxed).content)
    assert len(sound) / 16_000 == pytest.approx(2, abs=0.2)
    assert np.abs(sound).max() > 0.1


def boxed(sizes: tuple[int, int], lengths: bytes, runs: bytes, starts: bytes, *, codec: bytes = b"sawb") -> bytes:
    """A file with one track of sound, whose frames lie after 8 bytes."""

    def table(name: bytes, body: bytes) -> bytes:
        return files.box(name, bytes(4), body)

    stbl = files.box(
        b"stbl",
        table(b"stsd", struct.pack(">II", 1, 16) + codec),
        table(b"stsz", struct.pack(">II", *sizes) + lengths),
        table(b"stsc", runs),
        table(b"co64", starts),
    )
    media = files.box(b"mdia", files.box(b"hdlr", bytes(8) + b"soun"), files.box(b"minf", stbl))
    return files.box(b"mdat", FRAMES) + files.box(b"moov", files.box(b"trak", media))


FRAMES = recordings.noise(recordings.WIDE, [0], 6).removeprefix(recordings.WIDE)
ONE = len(FRAMES) // 6
RUNS = struct.pack(">I", 2) + struct.pack(">IIIIII", 1, 2, 1, 2, 1, 1)
"""Two samples in the first chunk, one in each that follows."""


def test_wide_speech_scattered_over_chunks_comes_in_order() -> None:
    starts = struct.pack(">IQQQ", 3, 8 + 3 * ONE, 8, 8 + ONE)
    for sizes, lengths in (((ONE, 4), b""), ((0, 4), struct.pack(">IIII", *[ONE] * 4))):
        kind, content = tracks.unpack(kinds.MP4, boxed(sizes, lengths, RUNS, starts))
        assert (kind, content) == (kinds.AMR, recordings.WIDE + FRAMES[3 * ONE : 5 * ONE] + FRAMES[: 2 * ONE])


@pytest.mark.parametrize(
    "content",
    [
        boxed((1, 2**32 - 1), b"", RUNS, struct.pack(">IQ", 1, 8)),
        boxed((0, 9), b"", RUNS, struct.pack(">IQ", 1, 8)),
        boxed((ONE, 4), b"", RUNS, struct.pack(">IQ", 2**32 - 1, 8)),
        boxed((ONE, 4), b"", RUNS, struct.pack(">IQ", 1, 2**60)),
        boxed((ONE, 4), b"", b"", struct.pack(">IQ", 1, 8)),
        boxed((400, 100), b"", RUNS, struct.pack(">IQQQ", 3, 8, 8, 8)),
        recordings.film("3gp", "libopencore_amrnb", rate=8000)[:-9],
    ],
)
def test_tables_that_lie_are_damage(content: bytes) -> None:
    with pytest.raises(Refused, match="damaged or not whole"):
        tracks.unpack(kinds.MP4, content)


@given(data=st.data())
def test_damage_is_refused_and_never_breaks_us(data: st.DataObject) -> None:
    whole = boxed((0, 4), struct.pack(">IIII", *[ONE] * 4), RUNS, struct.pack(">IQQQ", 3, 8, 8, 8 + ONE))
    content = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for at in data.draw(st.lists(st.integers(0, len(whole)), max_size=4)):
        if at < len(content):
            content[at] = data.draw(st.integers(0, 255))
    with suppress(Refused):
        tracks.unpack(kinds.MP4, bytes(content))
