"""AMR, the speech of phone networks, written anew as MP3: no browser plays the one, every browser the other.

Only here is FFmpeg asked, through PyAV, and for little: we cut the file into frames ourselves, its decoder gets frames of
the length that it expects, and none of its readers of files sees the file. Frames: RFC 4867, 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import av
import numpy as np

from service.media.kinds import Refused

LONGEST_MINUTES = 20
"""More than phones send: by then MP3 is 5 MB, and writing it takes a quarter of the time that cleaning has."""
ROOM = 256_000_000
"""Bytes of address space that the work takes at most: FFmpeg resamples in up to 16 threads, each with a stack."""
_DAMAGED = "The sound is damaged or not whole."
_RATE, _BITS_A_SECOND = 16_000, 32_000
"""What every browser plays: some know no MP3 of 8 kHz. Twice the rate of narrow speech, so nothing is lost."""
_FRAMES_A_SECOND = 50


@dataclass(frozen=True)
class _Band:
    """One of the two codecs. `sizes`: by its type, how long a frame is after its first byte; the first `modes` are speech."""

    start: bytes
    decoder: str
    rate: int
    modes: int
    sizes: tuple[int | None, ...]


_NARROW = _Band(b"#!AMR\n", "amrnb", 8000, 8, (12, 13, 15, 17, 19, 20, 26, 31, 5, *[None] * 6, 0))
_WIDE = _Band(b"#!AMR-WB\n", "amrwb", 16_000, 9, (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, *[None] * 4, 0, 0))


def rewrite(content: bytes) -> bytes:
    """A file of AMR as MP3. Raises Refused."""
    band = _NARROW if content.startswith(_NARROW.start) else _WIDE
    frames = _frames(content[len(band.start) :], band)
    # Raises MemoryError now, where a decoder that finds too little would call the sound damaged.
    np.empty(ROOM, np.uint8)
    try:
        return b"".join(_encode(_decode(frames, band), band.rate))
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
        raise Refused(_DAMAGED) from None


def _frames(content: bytes, band: _Band) -> list[bytes]:
    """Each with its first byte. Of a recording cut short, those that are whole."""
    frames, at = [], 0
    while at < len(content):
        size = band.sizes[_type(content[at])]
        if size is None:
            raise Refused(_DAMAGED)
        frame = content[at : at + 1 + size]
        at += 1 + size
        if at <= len(content):
            frames.append(frame)
        if len(frames) > LONGEST_MINUTES * 60 * _FRAMES_A_SECOND:
            raise Refused(f"The recording is longer than {LONGEST_MINUTES} minutes.")
    if not frames:
        raise Refused(_DAMAGED)
    return frames


def _type(first: int) -> int:
    return first >> 3 & 0x0F


def _decode(frames: Sequence[bytes], band: _Band) -> Iterator[np.ndarray]:
    """The sound, a second at a time. Between words phones send frames of mere noise, which FFmpeg does not read: silence."""
    decoder = av.CodecContext.create(band.decoder, "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.layout, decoder.sample_rate = "mono", band.rate
    samples = band.rate // _FRAMES_A_SECOND
    for at in range(0, len(frames), _FRAMES_A_SECOND):
        second = frames[at : at + _FRAMES_A_SECOND]
        sound = np.zeros((1, len(second) * samples), np.float32)
        for number, frame in enumerate(second):
            if _type(frame[0]) < band.modes:
                (decoded,) = decoder.decode(av.Packet(frame))
                sound[:, number * samples : (number + 1) * samples] = decoded.to_ndarray()
        yield sound


def _encode(sound: Iterator[np.ndarray], rate: int) -> Iterator[bytes]:
    encoder = av.CodecContext.create("libmp3lame", "w")
    encoder.layout, encoder.format, encoder.sample_rate, encoder.bit_rate = "mono", "fltp", _RATE, _BITS_A_SECOND
    # Half the work of the default.
    encoder.options = {"compression_level": "7"}
    at = 0
    for part in sound:
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = rate, at
        at += part.shape[1]
        yield from map(bytes, encoder.encode(frame))
    yield from map(bytes, encoder.encode(None))
