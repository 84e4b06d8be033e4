"""Starts a part of Answerable that cannot outlive whoever started it: `python -m service.simulation.leash answerable web`.

On Linux the kernel ends it with its parent, also when that is killed. Elsewhere it ends only when it is told to.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html; it survives the change of program below."""


def main(command: list[str], parent: int) -> None:
    """Become the command, unless the parent is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            return
    os.execv(command[0], command)  # noqa: S606, what was asked for and nothing else


if __name__ == "__main__":
    main(sys.argv[2:], int(sys.argv[1]))
