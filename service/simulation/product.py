"""The real product as child processes: started as people start it, killed, and started again as a service manager would."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from service.simulation import memory
from service.simulation.notes import Notes

START_SECONDS = 60.0
STOP_SECONDS = 45.0
RESTART_SECONDS = 1.0
"""A process that ended by itself is started again after so long."""


class StartFailed(Exception):
    """A process did not come up; the message has the last line it said."""


class Product:
    """The processes of one run, by role."""

    def __init__(self, roles: Sequence[str], environment: Mapping[str, str], logs: Path, notes: Notes) -> None:
        self._roles = roles
        self._environment = environment
        self._logs = logs
        self._notes = notes
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._expected: set[str] = set()
        """Roles whose end is no surprise."""
        self._keepers: list[asyncio.Task[None]] = []
        self._groups: list[int] = []
        """Process groups of everything ever started: a child may outlive its killed parent."""
        self._left: list[int] = []
        """Children of the killed."""

    async def start(self) -> None:
        """Start every role and wait until each works. Raises StartFailed."""
        self._logs.mkdir(exist_ok=True)
        self._expected.clear()
        try:
            await asyncio.gather(*map(self._start, self._roles))
        except BaseException:
            await self.end()
            raise
        self._keepers = [asyncio.create_task(self._keep(role)) for role in self._roles]

    async def stop(self) -> None:
        """End every role as a service manager does; what was begun is finished."""
        self._expected.update(self._roles)
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.terminate()
        for role, process in self._running.items():
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                self._notes.exits.append(f"{role} did not stop within {STOP_SECONDS:.0f} s")
        await self.end()

    async def end(self) -> None:
        """End whatever is left, children included, and wait until it has."""
        self._expected.update(self._roles)
        for keeper in self._keepers:
            keeper.cancel()
        self._kill_groups()
        await asyncio.gather(
            *(process.wait() for process in self._running.values()), *self._keepers, return_exceptions=True
        )

    def _kill_groups(self) -> None:
        for group in self._groups:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)

    def parents(self) -> list[tuple[str, int]]:
        """Role and process id of those that run."""
        return [(role, process.pid) for role, process in self._running.items() if process.returncode is None]

    def orphans(self) -> int:
        """Children of the killed that go on all the same."""
        return sum(_group(pid) in self._groups for pid in self._left)

    async def kill(self, what: str, seconds: float) -> None:
        """SIGKILL to one process, as the kernel does when memory is short. Its children are left to see for themselves.

        A role is started again after `seconds`; the product itself replaces a child that reads texts.
        """
        if what == "analysis":
            for _, pid in self.parents():
                for child in memory.analyses(pid):
                    os.kill(child, signal.SIGKILL)
            return
        process = self._running[what]
        self._expected.add(what)
        self._left += memory.children(process.pid)
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await asyncio.sleep(seconds)
        await self._again(what)

    def fill_disk(self, full: bool) -> None:
        """Let no file of theirs grow, as on a full disk; or let them grow again. Linux."""
        for _, parent in self.parents():
            for pid in (parent, *memory.children(parent)):
                with suppress(ProcessLookupError, PermissionError):
                    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0 if full else hard, hard))

    async def _start(self, role: str) -> None:
        said = self._logs / f"{role}.out"
        # Files, not pipes: a child that outlives its parent would hold a pipe open, and we would wait for it.
        with (self._logs / f"{role}.log").open("ab") as log, said.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "service.simulation.leash", str(os.getpid())),
                *(str(Path(sys.executable).with_name("answerable")), role),
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
            )
        self._running[role] = process
        self._groups.append(process.pid)
        end = asyncio.get_running_loop().time() + START_SECONDS
        while process.returncode is None and not said.stat().st_size and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        if process.returncode is not None or not said.stat().st_size:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            raise StartFailed(f"answerable {role} did not start: {self._last_words(role)}")

    async def _again(self, role: str) -> None:
        """Start a role until it stays up, as a service manager would while the database is away."""
        while True:
            try:
                await self._start(role)
                break
            except StartFailed:
                await asyncio.sleep(RESTART_SECONDS)
        self._expected.discard(role)

    async def _keep(self, role: str) -> None:
        """Start a role again whenever it ended by itself, and note that it did."""
        while True:
            process = self._running[role]
            code = await process.wait()
            if role in self._expected:
                await asyncio.sleep(0.1)
                continue
            self._notes.exits.append(f"{role} ended by itself with {code}: {self._last_words(role)}")
            self._expected.add(role)
            await asyncio.sleep(RESTART_SECONDS)
            await self._again(role)

    def _last_words(self, role: str) -> str:
        try:
            lines = (self._logs / f"{role}.log").read_text("utf-8", "replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1][:300] if lines else "it said nothing"


def _group(pid: int) -> int | None:
    """The process group of a process that still runs."""
    try:
        return os.getpgid(pid) if memory.resident(pid) else None
    except ProcessLookupError:
        return None
