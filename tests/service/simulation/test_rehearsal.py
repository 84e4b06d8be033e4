"""The short rehearsal as people start it, on both databases: every fault, nothing lost, nothing doubled, nobody left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from channels import CHANNELS
from service.simulation.memory import PROC, children, measurable
from tests.databases import POSTGRESQL
from tests.running import PROGRAMMES
from tests.service.cli.conftest import Run, answerable, village  # noqa: F401, fixtures

EVENTS = ("kill web", "kill work", "kill schedule", "kill analysis", "database away", "disk full")
ILLNESSES = ("provider timeout", "provider broken", "provider busy", "provider error")


async def _start(*arguments: str) -> asyncio.subprocess.Process:
    environment = os.environ | {"PROGRAMMES": str(PROGRAMMES), "DATABASE_URL": "", "SECRET_KEY": "", "VAR": "/nowhere"}
    return await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("answerable"),
        *("simulate", *arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def kind(request: pytest.FixtureRequest) -> str:
    """Both databases; a machine without PostgreSQL leaves its half out, and says so."""
    if request.param == "PostgreSQL":
        request.getfixturevalue("server")
    return str(request.param)


@pytest.mark.skipif(sys.platform != "linux", reason="a full disk is played with prlimit, which only Linux has")
async def test_nothing_is_lost_and_nothing_doubles(kind: str, tmp_path: Path) -> None:
    server = []
    if kind == "PostgreSQL":
        server = ["--database", POSTGRESQL]
    path = tmp_path / "ledger.json"
    process = await _start("short", "--json", str(path), *server)
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    found = json.loads(path.read_text("utf-8"))
    total = found["total"]
    assert (found["database"], found["faults"], total["lost"], total["doubled"]) == (kind, [], 0, 0)
    assert total["sent"] >= 200
    assert total["stored"] >= total["acknowledged"] > 0.6 * total["sent"]
    assert total["replied"] > 0.5 * total["stored"]
    assert {line["channel"] for line in found["lines"]} == set(CHANNELS)
    happened = [what for _, what in found["events"]]
    assert all(any(what.startswith(event) for what in happened) for event in (*EVENTS, *ILLNESSES))
    assert found["statuses"]["200"] > 0
    assert found["statuses"]["torn"] > 0
    assert found["statuses"]["broken"] > 0


@pytest.mark.skipif(not measurable(), reason="its children are found by /proc")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
async def test_whoever_ends_it_ends_all_it_started(end: signal.Signals, tmp_path: Path) -> None:
    scenario = tmp_path / "long.yaml"
    scenario.write_text("{about: x, minutes: 5, rate: 1, processes: one, channels: {telegram: 1}}", "utf-8")
    process = await _start(str(scenario))
    assert process.stdout is not None
    while b"started" not in await process.stdout.readline():
        assert process.returncode is None
    started = children(process.pid)
    assert len(started) == 1
    started += [child for parent in started for child in children(parent)]
    process.send_signal(end)
    async with asyncio.timeout(30):
        await process.wait()
        while any((PROC / str(pid)).exists() for pid in started):  # noqa: ASYNC110, nobody tells us
            await asyncio.sleep(0.02)


def test_ours_are_listed(answerable: Run) -> None:  # noqa: F811
    result = answerable("simulate", "--list")
    assert result.exit_code == 0
    assert {line.split()[0] for line in result.output.splitlines()} >= {"short", "town", "soak", "storm", "dark"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.yaml"], "answerable simulate --list"),
        (["short", "--database", "mysql://here"], "write postgresql://"),
        (["short", "--database", "postgresql://nobody@127.0.0.1:9"], "no database could be made there"),
        (["short", "--keep", "."], "is not empty"),
        (["short", "--json", "nowhere/ledger.json"], "there is no folder nowhere"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(answerable: Run, arguments: list[str], said: str) -> None:  # noqa: F811
    result = answerable("simulate", *arguments)
    assert (result.exit_code, said in result.output) == (1, True), result.output


def test_the_database_of_the_service_is_refused(answerable: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    from service.cli import simulate
    from service.settings import Settings

    url = "postgresql://answerable@db/answerable"
    monkeypatch.setattr(simulate, "read_settings", lambda: Settings(database_url=url))
    result = answerable("simulate", "short", "--database", url)
    assert (result.exit_code, "which the service runs on" in result.output) == (1, True)
