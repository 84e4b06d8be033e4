"""Sound and video as phones and browsers record them: a tone of 440 Hz, a second on and a second off, really encoded."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import av
import numpy as np

WIDTH, HEIGHT = 176, 144
NARROW, WIDE = b"#!AMR\n", b"#!AMR-WB\n"
MODES = {NARROW: (12, 13, 15, 17, 19, 20, 26, 31), WIDE: (17, 23, 32, 36, 40, 46, 50, 58, 60)}
"""Bytes of a frame of speech after its first one, by its type."""


def tone(seconds: float, rate: int, size: int, form: str = "s16") -> Iterator[av.AudioFrame]:
    at = np.arange(int(seconds * rate))
    sound = (8000 * np.sin(2 * np.pi * 440 * at / rate) * (at // rate % 2 == 0)).astype(np.int16)
    resampler = av.AudioResampler(format=form, layout="mono", rate=rate)
    for start in range(0, len(at), size):
        frame = av.AudioFrame.from_ndarray(sound[None, start : start + size], format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, start
        yield from resampler.resample(frame)


def amr(seconds: float = 2, *, silence: bool = False) -> bytes:
    """Narrow AMR; with `silence` the pauses are frames of noise and of nothing, as many phones send them."""
    encoder = av.AudioCodecContext.create("libopencore_amrnb", "w")
    encoder.layout, encoder.format, encoder.sample_rate, encoder.bit_rate = "mono", "s16", 8000, 12_200
    encoder.options = {"dtx": "1"} if silence else {}
    packets = [packet for frame in (*tone(seconds, 8000, 160), None) for packet in encoder.encode(frame)]
    return NARROW + b"".join(map(bytes, packets))


def noise(start: bytes, modes: Sequence[int], each: int = 10) -> bytes:
    """Frames of AMR with nothing but chance in them: to the codec, any bits are a sound."""
    chance = np.random.default_rng(7)
    frames = [bytes([mode << 3 | 4]) + chance.bytes(MODES[start][mode]) for mode in modes for _ in range(each)]
    return start + b"".join(frames)


def film(form: str, sound: str | None, picture: str | None = None, *, seconds: float = 2, rate: int = 48_000) -> bytes:
    """A file of that form, by the names that FFmpeg has for it and for the codecs."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as file:
        heard = None if sound is None else file.add_stream(sound, rate=rate, layout="mono")
        seen = (
            None
            if picture is None
            else file.add_stream(picture, rate=25, width=WIDTH, height=HEIGHT, pix_fmt="yuv420p")
        )
        for number in range(int(seconds * 25) if seen else 0):
            shade = av.VideoFrame.from_ndarray(np.full((HEIGHT, WIDTH, 3), 5 * number % 256, np.uint8), format="rgb24")
            shade.pts = number
            file.mux(seen.encode(shade))
        for frame in tone(seconds, rate, rate // 50) if heard else ():
            file.mux(heard.encode(frame))
        for stream in filter(None, (heard, seen)):
            file.mux(stream.encode(None))
    return out.getvalue()


def heard(content: bytes) -> np.ndarray:
    """The samples of a file, one after the other, and how many there are in a second: 16 000."""
    with av.open(io.BytesIO(content)) as file:
        sound: np.ndarray = np.concatenate([frame.to_ndarray().reshape(-1) for frame in file.decode(audio=0)])
        return sound
