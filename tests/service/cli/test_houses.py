"""Starting what cannot start ends with words, not with a traceback."""

from __future__ import annotations

import json
import logging
import socket
from io import StringIO
from pathlib import Path

import pytest
import typer

from service import main
from service.cli.common import Wordless, run_until_stopped
from service.migration import DatabaseAway
from service.programme import Programme
from service.settings import Settings


def test_a_taken_port_is_said(tmp_path: Path, programme: Programme, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(var=tmp_path, port=taken.getsockname()[1])
        with pytest.raises(typer.Exit):
            run_until_stopped(settings, main.run(settings, {programme.code: programme}, ("web",)))
    assert f"Is PORT={settings.port} free" in capsys.readouterr().err


def test_a_spool_that_cannot_be_written_is_said(
    tmp_path: Path, programme: Programme, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "spool").write_text("a file where the folder must be")
    settings = Settings(var=tmp_path, port=0)
    with pytest.raises(typer.Exit):
        run_until_stopped(settings, main.run(settings, {programme.code: programme}, ("web",)))
    said = capsys.readouterr().err
    assert f"The spool {tmp_path / 'spool'}" in said
    assert "Make VAR a folder on a local disk with room" in said
    assert "PORT" not in said


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


def test_what_libraries_log_of_an_error_quotes_nothing() -> None:
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Wordless())
    log = logging.Logger("aiohttp.server")
    log.addHandler(handler)
    try:
        raise ValueError("bytearray(b'/answer/a-token?text=No+water')")
    except ValueError:
        log.exception("Error handling request")
    log.warning("Slow")
    handler.setFormatter(Wordless(as_json=True))
    log.warning("Slow")
    first, second, third = written.getvalue().splitlines()
    assert {key: value for key, value in json.loads(third).items() if key != "timestamp"} == {
        "event": "Slow",
        "logger": "aiohttp.server",
        "level": "warning",
    }
    assert first.startswith("ERROR aiohttp.server: ValueError at test_houses.py:")
    assert second == "WARNING aiohttp.server: Slow"
