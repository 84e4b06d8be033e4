"""Starting what cannot start ends with words, not with a traceback."""

from __future__ import annotations

import logging
import socket

import pytest
import typer

from service.cli.common import run_until_stopped, set_up_logs
from service.migration import DatabaseAway
from service.settings import Settings
from tests.service.cli.conftest import Run


def test_a_taken_port_is_said(answerable: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        result = answerable("web")
    assert (result.exit_code, "Is PORT=" in result.stderr) == (1, True), result


def test_a_database_that_does_not_answer_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    async def start() -> None:
        raise DatabaseAway("The database cannot be used: no answer.")

    with pytest.raises(typer.Exit):
        run_until_stopped(Settings(), start())
    assert "no answer" in capsys.readouterr().err


def test_a_fault_of_ours_is_not_taken_for_the_disk() -> None:
    async def start() -> None:
        raise ExceptionGroup("tasks", [OSError(28, "No space left"), KeyError("ours")])

    with pytest.raises(ExceptionGroup):
        run_until_stopped(Settings(), start())


def test_what_libraries_log_of_an_error_quotes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        set_up_logs(Settings())
        try:
            raise ValueError("bytearray(b'/answer/a-token?text=No+water')")
        except ValueError:
            logging.getLogger("aiohttp.server").exception("Error handling request")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    said = capsys.readouterr().err
    assert "ERROR aiohttp.server: ValueError at test_houses.py:" in said
    assert "token" not in said
