"""The children that read texts: none outlives its killed parent."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

START = """
import asyncio, os
from pathlib import Path
from service.analyst import Analyst

async def main():
    analyst = Analyst({}, Path("."), 1)
    child = await asyncio.get_running_loop().run_in_executor(analyst._pool, os.getpid)
    print(child, flush=True)
    await asyncio.sleep(600)

if __name__ == "__main__":
    asyncio.run(main())
"""


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
