"""What one request of a provider brought, in the form in which it is stored: sealed, in columns.

The database and the spool take the same: an arrival that went through the spool is stored as if it had not. Storing one
twice changes nothing: texts are unique by channel and the provider's id, requests nobody could read by what is in them,
and news of a delivery moves a text only forward.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgpack
from sqlalchemy.exc import SQLAlchemyError, StatementError

from channels.base import Delivery
from service.secrets import Secrets

_OF_THE_ROW = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
_CLASSES_OF_THE_ROW = ("22", "23", "54")
"""Of SQLSTATE: wrong data, broken constraints, too large for a row or an index.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_WHOLE = "surrogatepass"
"""Lone surrogates survive."""
_AWARE = 3
"""Moments are read as they were written: `datetime` with a zone. https://msgpack-python.readthedocs.io/en/latest/api.html"""
_PACKER = msgpack.Packer(datetime=True, unicode_errors=_WHOLE)
"""Made once: that takes half as long as to pack an arrival. One thread packs."""


@dataclass(frozen=True)
class Arrival:
    """`rows` are of `messages`, `unread` of `quarantine`; a delivery comes with its channel and when it came."""

    rows: Sequence[dict[str, Any]] = ()
    deliveries: Sequence[tuple[str, Delivery, datetime]] = ()
    unread: Sequence[dict[str, Any]] = ()


def pack(secrets: Secrets, arrival: Arrival) -> bytes:
    """The arrival as sealed bytes, for a disk."""
    deliveries = [(channel, asdict(delivery), now) for channel, delivery, now in arrival.deliveries]
    return secrets.seal_bytes(_PACKER.pack((arrival.rows, deliveries, arrival.unread)))


def unpack(secrets: Secrets, packed: bytes) -> Arrival:
    """What `pack` was given. Raises Unsealable."""
    content = secrets.unseal_bytes(packed)
    rows, deliveries, unread = msgpack.unpackb(content, timestamp=_AWARE, unicode_errors=_WHOLE)
    return Arrival(rows, [(channel, Delivery(**delivery), now) for channel, delivery, now in deliveries], unread)


def is_away(error: BaseException) -> bool:
    """Whether the database can take no rows at all now, and not only these: gone, locked, full, read-only, without tables."""
    if isinstance(error, StatementError) and error.orig is not None:
        return is_away(error.orig)
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return not state.startswith(_CLASSES_OF_THE_ROW)
    if isinstance(error, sqlite3.Error):
        return not isinstance(error, _OF_THE_ROW)
    return isinstance(error, (OSError, asyncpg.InterfaceError, SQLAlchemyError))
