"""A spool file may be cut or changed anywhere: every record that is still whole is found, and nothing else."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from service.spoolfile import MARK, Piece, frame, pieces

contents = st.lists(st.binary(max_size=40) | st.just(MARK) | st.just(MARK * 3), max_size=6)


def _whole(data: bytes) -> list[bytes]:
    return [piece.content for piece in pieces(data) if piece.content is not None]


def _demand_cover(data: bytes) -> list[Piece]:
    found = list(pieces(data))
    assert [piece.begin for piece in found[1:]] == [piece.end for piece in found[:-1]]
    assert not found or (found[0].begin, found[-1].end) == (0, len(data))
    return found


@given(contents)
def test_what_was_framed_is_found_in_order(given_: list[bytes]) -> None:
    data = b"".join(map(frame, given_))
    assert _whole(data) == given_
    _demand_cover(data)


@given(contents, st.binary(min_size=1, max_size=40))
def test_cut_anywhere_only_the_last_is_lost_and_it_is_torn(given_: list[bytes], last: bytes) -> None:
    before = b"".join(map(frame, given_))
    whole = before + frame(last)
    for cut in range(len(before) + 1, len(whole)):
        found = _demand_cover(whole[:cut])
        assert _whole(whole[:cut]) == given_
        assert found[-1].torn
        # The same where the disk left zeros in place of what was never written.
        padded = _demand_cover(whole[:cut] + bytes(100))
        assert [piece.content for piece in padded if piece.content is not None][: len(given_)] == given_


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=30), min_size=1, max_size=5), st.data())
def test_a_changed_byte_costs_the_record_it_is_in_and_no_other(given_: list[bytes], draw: st.DataObject) -> None:
    frames = [frame(content) for content in given_]
    data = bytearray(b"".join(frames))
    at = draw.draw(st.integers(0, len(data) - 1))
    data[at] ^= draw.draw(st.integers(1, 255))
    hit, end = 0, len(frames[0])
    while at >= end:
        hit += 1
        end += len(frames[hit])
    expected = given_[:hit] + given_[hit + 1 :]
    found = _demand_cover(bytes(data))
    assert _whole(bytes(data)) == expected
    assert sum(piece.content is None for piece in found) == 1


@given(st.binary(max_size=200))
def test_rubbish_is_passed_over(rubbish: bytes) -> None:
    assert _whole(rubbish + frame(b"kept")) == [b"kept"]
    _demand_cover(rubbish)


def test_a_whole_record_with_a_wrong_sum_is_not_torn() -> None:
    data = bytearray(frame(b"acknowledged"))
    data[-1] ^= 1
    assert [piece.torn for piece in pieces(bytes(data))] == [False]
