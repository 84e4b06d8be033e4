"""`answerable` as a process of its own, the way people start it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

KEY = "a key that only the tests know, 32 bytes or more"
PROGRAMMES = Path(__file__).parent


async def start(
    command: str, database_url: str, var: Path, port: int, programmes: Path = PROGRAMMES
) -> asyncio.subprocess.Process:
    """Start a command over a database with the test programme; what it says is on its standard output."""
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "VAR": str(var),
        "PROGRAMMES": str(programmes),
        "PORT": str(port),
        "SECRET_KEY": KEY,
        "PUBLIC_URL": "",
        "SMTP_URL": "",
    }
    return await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("answerable"),
        command,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
