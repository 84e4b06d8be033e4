"""The log never stands in the way of what it tells about."""

from __future__ import annotations

import io
import sys

import pytest

from service.cli.common import Lossy


class FullDisk(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")

    def flush(self) -> None:
        raise OSError(28, "No space left on device")


def test_a_line_that_cannot_be_written_is_lost_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", FullDisk())
    print("not stored", file=Lossy(), flush=True)  # type: ignore[call-overload]


def test_all_others_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    print("stored", file=Lossy(), flush=True)  # type: ignore[call-overload]
    assert capsys.readouterr().err == "stored\n"
