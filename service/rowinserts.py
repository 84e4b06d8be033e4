"""Many incoming rows in few statements.

`executemany` steps row by row, and on SQLite each step hands the interpreter's lock to and fro between two threads: under
load that costs more than the insert. One statement with many rows does it in one step. Statements have 1, 2, 4… rows, so
that each is written and prepared once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Table

from service.models import Message

COLUMNS = (
    "programme", "channel", "direction", "external_id", "pseudonym", "address", "body", "pin", "state", "attempts",
    "due_at", "sent_at", "created_at",
)  # fmt: skip
LARGEST = 128
"""Rows in the largest statement; 128 times 13 values stay under the limits of both databases."""


class RowInserts:
    """Writes the statements for one database. A row that is there already is passed over."""

    def __init__(self, dialect: Dialect) -> None:
        table: Table = Message.__table__  # type: ignore[assignment]
        self._numbered = dialect.name == "postgresql"
        types = (table.c[name].type.dialect_impl(dialect) for name in COLUMNS)
        self._convert = [kind.bind_processor(dialect) for kind in types]

    def statements(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Statements with their values, for the driver as they are."""
        begin = 0
        while begin < len(rows):
            count = min(LARGEST, 1 << ((len(rows) - begin).bit_length() - 1))
            values = [
                row[name] if convert is None else convert(row[name])
                for row in rows[begin : begin + count]
                for name, convert in zip(COLUMNS, self._convert, strict=True)
            ]
            yield _statement(count, self._numbered), tuple(values)
            begin += count


@cache
def _statement(rows: int, numbered: bool) -> str:
    width = len(COLUMNS)
    places = [
        ", ".join(f"${row * width + column + 1}" if numbered else "?" for column in range(width)) for row in range(rows)
    ]
    # Only names and places of values of ours: nothing a person wrote is in the statement.
    return (
        f"INSERT INTO messages ({', '.join(COLUMNS)}) VALUES ({'), ('.join(places)}) "  # noqa: S608
        "ON CONFLICT (channel, external_id) WHERE direction = 'in' DO NOTHING"
    )
