"""The image, the composition and the installation name only what is there, and the wheel holds all that runs."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from aiohttp import web

from service.cli.commands import app
from service.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
PACKAGES = ("channels", "nlp", "service", "dashboards", "migrations")
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
EXAMPLE = dict(
    line.split("=", 1) for line in (ROOT / ".env.example").read_text("utf-8").splitlines() if line and line[0] != "#"
)
COMMANDS = set(getattr(typer.main.get_command(app), "commands", {}))
SETTINGS = {name.upper() for name in Settings.model_fields}


def _instructions(word: str) -> list[str]:
    return [line.removeprefix(word).strip() for line in DOCKERFILE.splitlines() if line.startswith(f"{word} ")]


def _files(*names: str) -> list[Path]:
    """The files themselves, and those in the folders; not what Python compiled."""
    paths = [path for name in names for path in ((ROOT / name).rglob("*") if (ROOT / name).is_dir() else [ROOT / name])]
    return [path for path in paths if path.is_file() and path.suffix != ".pyc"]


def test_image_copies_what_is_there() -> None:
    sources = [source for copy in _instructions("COPY") if "--from" not in copy for source in copy.split()[:-1]]
    assert {*PACKAGES, "programmes", "requirements.lock", "pyproject.toml"} <= set(sources)
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_builder_is_given_what_the_image_copies() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    sources = {source for copy in _instructions("COPY") if "--from" not in copy for source in copy.split()[:-1]}
    assert allowed == sources


def test_image_runs_our_command_as_nobody_in_particular() -> None:
    (entrypoint,), (command,), (user,) = (_instructions(word) for word in ("ENTRYPOINT", "CMD", "USER"))
    assert json.loads(entrypoint) == ["answerable"]
    assert json.loads(command)[0] in COMMANDS
    assert user == "10001:10001"


def test_image_sets_settings_we_have() -> None:
    names = {pair.split("=", 1)[0] for line in _instructions("ENV") for pair in shlex.split(line)}
    foreign = {"PATH", "PYTHONUNBUFFERED", "PIP_NO_CACHE_DIR", "PIP_DISABLE_PIP_VERSION_CHECK"}
    assert names - foreign == {"VAR", "PROGRAMMES", "HOST", "PORT"}
    assert names - foreign <= SETTINGS


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
async def test_health_check_tells_an_open_door_from_a_closed_one(status: int, code: int) -> None:
    (check,) = re.findall(r"^HEALTHCHECK .*?CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    command = json.loads(check)

    async def door(request: web.Request) -> web.Response:
        return web.Response(status=status)

    application = web.Application()
    application.router.add_get("/health/door", door)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = str(runner.addresses[0][1])
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command[1:], env={"PORT": port}, stderr=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == code
    finally:
        await runner.cleanup()


def test_composition_runs_the_three_processes_after_the_migration() -> None:
    commands = {name: service["command"][0] for name, service in OURS.items()}
    assert commands == {"migrate": "migrate", "web": "web", "work": "work", "schedule": "schedule"}
    assert set(commands.values()) <= COMMANDS
    for name in ("web", "work", "schedule"):
        assert OURS[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert OURS[name]["restart"] == "unless-stopped"
    assert OURS["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert COMPOSE["services"]["database"]["image"].startswith("postgres:16")


def test_composition_sets_settings_we_have_and_mounts_what_is_there() -> None:
    for service in OURS.values():
        assert set(service["environment"]) <= SETTINGS
        assert "var:/var/lib/answerable" in service["volumes"]
        bound = [volume.split(":")[0] for volume in service["volumes"] if volume.startswith("./")]
        assert bound
        assert all((ROOT / path).is_dir() for path in bound)


def test_example_environment_is_complete_and_known() -> None:
    demanded = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text("utf-8")))
    assert demanded <= EXAMPLE.keys()
    named = {
        value[1:]
        for path in (ROOT / "programmes").glob("*/channels.yaml")
        for channel in yaml.safe_load(path.read_text("utf-8"))["channels"]
        for value in channel.get("settings", {}).values()
        if str(value).startswith("$")
    }
    assert EXAMPLE.keys() <= SETTINGS | demanded | named


def test_locks_name_no_host_and_pin_everything() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lock = (ROOT / name).read_text("utf-8")
        assert "://" not in lock
        assert "--index" not in lock
        pins = re.findall(r"^[a-z][^\n]*(?:\n    [^\n]*)*", lock, re.MULTILINE | re.IGNORECASE)
        assert pins
        assert [pin.split(" ")[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def test_locks_agree() -> None:
    runtime, development = (
        set(re.findall(r"^[a-z][\w.\[\]-]*==\S+", (ROOT / name).read_text("utf-8"), re.MULTILINE | re.IGNORECASE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert runtime - development == set()


def test_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for path in _files(*PACKAGES, "pyproject.toml", "README.md", "LICENSE"):
        target = source / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    build = "from setuptools.build_meta import build_wheel; build_wheel('wheel')"
    result = subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    (wheel,) = (source / "wheel").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = {path.relative_to(ROOT).as_posix() for path in _files(*PACKAGES)}
    assert wanted - held == set()
