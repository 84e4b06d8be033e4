"""The command line as people run it, in this process, on a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from service.cli.commands import app
from tests.conftest import VILLAGE

Run = Callable[..., Result]


@pytest.fixture
def village(tmp_path: Path) -> Path:
    """A copy of the test programme that a test may break."""
    folder = tmp_path / "programmes" / "village"
    shutil.copytree(VILLAGE, folder)
    return folder


@pytest.fixture
def answerable(tmp_path: Path, village: Path) -> Run:
    """Run a command: answerable("check", folder, input="…")."""
    environment = {
        "VAR": str(tmp_path / "var"),
        "PROGRAMMES": str(village.parent),
        "DATABASE_URL": "",
        "SECRET_KEY": "",
    }

    def run(*arguments: object, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=input, env=environment)

    return run
