"""Passwords: hashed by argon2 in threads of their own, because one hash takes about a fifth of a second."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from pwdlib import PasswordHash

from service.workflow import NotAllowed

SHORTEST = 12
LONGEST = 200
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike in print."""

_hashing = PasswordHash.recommended()
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Two, so that a storm of log-ins can not take the memory and the cores of the whole process."""


@cache
def _decoy() -> str:
    """A hash of nothing anybody knows: unknown log-ins are checked against it, so that they take as long."""
    return _hashing.hash(secrets.token_urlsafe(24))


def make() -> str:
    """A password to hand over once: 20 letters in groups of five, about 99 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(4))


async def hashed(password: str) -> str:
    """The hash to store. NotAllowed if the password is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise NotAllowed(f"A password needs {SHORTEST} to {LONGEST} characters. Several plain words make a good one.")
    return await asyncio.get_running_loop().run_in_executor(_threads, _hashing.hash, password)


async def fits(password: str, password_hash: str | None) -> bool:
    """Is it the password of this hash? None stands for an unknown user: False, after the same time."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, password, password_hash)


def _verify(password: str, password_hash: str | None) -> bool:
    fitting = _hashing.verify(password[: LONGEST + 1], password_hash or _decoy())
    return fitting and password_hash is not None
