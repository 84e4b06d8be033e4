"""The children that read texts: none outlives its killed parent, and a system without room for one has room again later."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

START = """
import asyncio, os
from pathlib import Path
from service.analyst import Analyst

async def main():
    analyst = Analyst({}, Path("."), 1)
    child = await asyncio.get_running_loop().run_in_executor(analyst._open_pool(), os.getpid)
    print(child, flush=True)
    await asyncio.sleep(600)

if __name__ == "__main__":
    asyncio.run(main())
"""

STARTED = """
import asyncio, sys
from pathlib import Path
from service.analyst import Analyst
from service.cli import app

async def main():
    analyst = Analyst({}, Path("."), 1)
    held = "set(__import__('sys').modules)"
    print(*await asyncio.get_running_loop().run_in_executor(analyst._open_pool(), eval, held))
    analyst.close()

if __name__ == "__main__":
    asyncio.run(main())
"""
"""Starts as the installed command does, whose file a child runs again as far as its imports."""

FULL = """
import asyncio, resource
from pathlib import Path
from service.analyst import AnalysisFailed, Analyst

def grow(most):
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard if most is None else most, hard))

async def main():
    analyst = Analyst({}, Path("."), 1)
    for most in (0, None):
        grow(most)
        try:
            await analyst.analyse("nowhere", ["No water"])
        except AnalysisFailed as failure:
            print(failure)
    analyst.close()

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_a_child_holds_nothing_of_the_house_around_it(tmp_path: Path) -> None:
    command = tmp_path / "answerable"
    command.write_text(STARTED, "utf-8")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    parent = await asyncio.create_subprocess_exec(
        sys.executable, command, env=environment, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(parent.communicate(), 60)
    held = set(said.decode().split())
    assert "service.analyst" in held
    assert (
        held & {"service.models", "service.settings", "sqlalchemy", "alembic", "aiohttp", "pydantic", "typer"} == set()
    )


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a lock between processes is no file")
async def test_a_full_disk_ends_nothing_for_good() -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", FULL, stdout=asyncio.subprocess.PIPE)
    said, _ = await asyncio.wait_for(parent.communicate(), 60)
    assert parent.returncode == 0
    assert said.decode().splitlines() == [
        "The process of the analysis cannot be started: File too large.",
        "The analysis failed with KeyError.",
    ]


async def test_a_child_ends_with_its_killed_parent() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    try:
        async with asyncio.timeout(30):
            # It holds the other end of our pipe, so that we read its end.
            assert await parent.stdout.read() == b""
            await parent.wait()
    finally:
        if _runs(child):
            os.killpg(parent.pid, signal.SIGKILL)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
