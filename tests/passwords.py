"""Hashes of passwords that take a millisecond: real ones, of little strength. That of ours is tested with the passwords."""

from __future__ import annotations

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from tests.service.making import PASSWORD

QUICK = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
CHEAP = QUICK.hash(PASSWORD)
"""Of PASSWORD."""
NOBODYS = QUICK.hash("a password that nobody has")
