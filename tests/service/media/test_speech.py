"""What phones record as AMR is heard in every browser: as MP3, whole, and within limits."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.media import cleaning, kinds, speech
from service.media.cleaning import NotCleaned, clean, clean_apart
from service.media.kinds import Refused
from tests.service.media import recordings
from tests.service.media.recordings import MODES, NARROW, WIDE

RATE = 16_000
LONGEST = speech.LONGEST_MINUTES
MINUTE = 60 * 50
"""Frames."""
NOTHING = b"\x7c"
"""A frame in which the phone sent no sound."""


@pytest.mark.parametrize("silence", [False, True])
def test_a_voice_note_says_the_same_at_the_same_time(silence: bool) -> None:
    done = clean(recordings.amr(4, silence=silence))
    assert done.kind is kinds.MP3
    sound = recordings.heard(done.content)
    assert len(sound) / RATE == pytest.approx(4, abs=0.2)
    for second in range(4):
        # In the middle: codecs are late, and ring on.
        middle = sound[int((second + 0.3) * RATE) : int((second + 0.8) * RATE)]
        assert (np.abs(middle).max() > 0.1) == (second % 2 == 0)
        if second % 2 == 0:
            assert np.abs(np.fft.rfft(middle)).argmax() * 2 == pytest.approx(440, abs=4)


@pytest.mark.parametrize("start", [NARROW, WIDE])
def test_each_mode_is_heard(start: bytes) -> None:
    for mode in range(len(MODES[start])):
        sound = recordings.heard(clean(recordings.noise(start, [mode] * 3)).content)
        assert len(sound) / RATE == pytest.approx(0.6, abs=0.2)
        assert np.abs(sound).max() > 0.01


@pytest.mark.parametrize("start", [NARROW, WIDE])
@pytest.mark.parametrize("between", [NOTHING, b"\x44" + bytes(5), b"\x00"], ids=["nothing", "noise", "a bad frame"])
def test_what_is_no_speech_costs_no_speech(start: bytes, between: bytes) -> None:
    if between == b"\x00":
        between += bytes(MODES[start][0])
    elif start == WIDE and between != NOTHING:
        between = b"\x4c" + bytes(5)
    whole = recordings.noise(start, [0, 1])
    sound = recordings.heard(clean(whole + between * 50 + whole.removeprefix(start)).content)
    assert len(sound) / RATE == pytest.approx(1.8, abs=0.2)


def test_nothing_of_the_file_is_left_but_the_sound() -> None:
    whole = recordings.amr(2)
    assert whole[6:70] not in clean(whole).content
    assert clean(clean(whole).content).content == clean(whole).content


def test_a_recording_cut_short_is_heard_as_far_as_it_goes() -> None:
    whole = recordings.amr(2)
    assert clean(whole[:-5]).content == clean(whole[:-32]).content


@pytest.mark.parametrize(
    "content",
    [
        NARROW,
        WIDE,
        NARROW + b"\x3c",
        NARROW + b"\x4c" + bytes(40),
        WIDE + b"\x54" + bytes(80),
        recordings.amr(1) + b"\x74" + recordings.amr(1),
        recordings.amr(1) + b"hello hello",
    ],
)
def test_damage_is_said(content: bytes) -> None:
    with pytest.raises(Refused, match="The sound is damaged or not whole"):
        clean(content)


def test_too_long_a_recording_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[object] = []
    monkeypatch.setattr(speech, "_decode", lambda *given: decoded.append(given))
    # 16 million frames of a byte: more than three days.
    with pytest.raises(Refused, match="longer than 20 minutes"):
        clean(NARROW + NOTHING * 16_000_000)
    assert not decoded


async def test_the_longest_recording_is_taken_within_the_limits() -> None:
    longest = recordings.noise(WIDE, [8], LONGEST * MINUTE)
    done = await clean_apart(longest)
    assert len(done.content) == pytest.approx(LONGEST * 60 * 4000, rel=0.01)
    with pytest.raises(Refused, match="longer than 20 minutes"):
        await clean_apart(longest + NOTHING)


# Not a byte less than it asks for: what the process gave back since its limit was set comes on top.
@pytest.mark.parametrize("most", [1_000_000, 64_000_000, speech.ROOM - 64_000_000])
async def test_a_recording_for_which_memory_is_short_is_not_called_damaged(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(cleaning, "MEMORY", most)
    with pytest.raises(Refused, match="too much memory"):
        await clean_apart(recordings.amr(2))


async def test_the_room_asked_for_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    # The file itself, its frames and the MP3 come on top.
    monkeypatch.setattr(cleaning, "MEMORY", speech.ROOM + 40_000_000)
    assert (await clean_apart(recordings.noise(NARROW, [7], 5 * MINUTE))).kind is kinds.MP3


async def test_time_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "CPU_SECONDS", 1)
    with pytest.raises(NotCleaned, match="too much time or memory"):
        await clean_apart(recordings.noise(WIDE, [8], LONGEST * MINUTE))


@pytest.mark.parametrize("make", [lambda: recordings.amr(1), lambda: recordings.noise(WIDE, range(9))])
@settings(deadline=None)
@given(data=st.data())
def test_a_hostile_recording_is_heard_or_refused(make: Callable[[], bytes], data: st.DataObject) -> None:
    content = bytearray(make())
    for at in data.draw(st.lists(st.integers(9, len(content) - 1), max_size=8)):
        content[at] = data.draw(st.integers(0, 255))
    content += data.draw(st.binary(max_size=200))
    with suppress(Refused):
        assert clean(bytes(content)).kind is kinds.MP3
