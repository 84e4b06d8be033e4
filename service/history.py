"""Past messages from a file: good rows go in through the same table as texts of today, bad ones are named by line."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import func, select

from channels.base import Inbound
from service.db import Database
from service.intake import Intake
from service.models import Message

CHANNEL = "import"
LONGEST_TEXT = 10_000


@dataclass(frozen=True)
class Row:
    """One row of the file: the text, or why it is refused. `end` is the byte where the next row begins."""

    line: int
    end: int
    inbound: Inbound | None
    fault: str = ""


class NotReadable(Exception):
    """The file as a whole cannot be imported; the message says what to do."""


def read_rows(path: Path, now: datetime) -> Iterator[Row]:
    """Every row of a .csv (with a header: sender, text, sent_at, id?) or .jsonl file. Raises NotReadable."""
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        yield from _jsonl(path, now)
    elif path.suffix.lower() == ".csv":
        yield from _csv(path, now)
    else:
        raise NotReadable(f"{path.name}: the file must end in .csv or .jsonl")


def _jsonl(path: Path, now: datetime) -> Iterator[Row]:
    end = 0
    with path.open("rb") as file:
        for line, raw in enumerate(file, start=1):
            end += len(raw)
            text = raw.removeprefix(b"\xef\xbb\xbf").strip()
            if not text:
                continue
            try:
                entry = json.loads(text.decode("utf-8"))
            except UnicodeDecodeError:
                yield Row(line, end, None, "not UTF-8; save the file with that encoding")
            except (ValueError, RecursionError):
                yield Row(line, end, None, "not JSON; write one object a line")
            else:
                yield _row(line, end, entry if isinstance(entry, dict) else {}, now)


class _Lines:
    """Lines of a file as text, counting the bytes given out; a line that is not UTF-8 is marked, not fatal."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.end = 0
        self.broken = False

    def __iter__(self) -> Iterator[str]:
        for raw in self._file:
            self.end += len(raw)
            try:
                yield raw.decode("utf-8-sig" if self.end == len(raw) else "utf-8").replace("\0", "")
            except UnicodeDecodeError:
                self.broken = True
                yield raw.decode("utf-8", "replace")


def _csv(path: Path, now: datetime) -> Iterator[Row]:
    with path.open("rb") as file:
        lines = _Lines(file)
        reader = csv.reader(iter(lines))
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in ("sender", "text") if name not in header]
        if missing or lines.broken:
            wanted = "sender,text,sent_at,id (the last two may be left out)"
            raise NotReadable(f"{path.name}:1: the first line must name the columns, in UTF-8: {wanted}")
        while (row := _next(reader, lines, header, now)) is not None:
            if row.inbound is not None or row.fault:
                yield row


def _next(reader: Any, lines: _Lines, header: list[str], now: datetime) -> Row | None:
    """The next row; one without text and fault for an empty line; None at the end."""
    try:
        cells = next(reader)
    except StopIteration:
        return None
    except csv.Error as error:
        return Row(reader.line_num, lines.end, None, f"not CSV: {error}")
    broken, lines.broken = lines.broken, False
    if not any(cells):
        return Row(reader.line_num, lines.end, None)
    if broken:
        return Row(reader.line_num, lines.end, None, "not UTF-8; save the file with that encoding")
    if len(cells) != len(header):
        fault = f"{len(cells)} cells where the header has {len(header)}; put texts with commas in quotes"
        return Row(reader.line_num, lines.end, None, fault)
    return _row(reader.line_num, lines.end, dict(zip(header, cells, strict=True)), now)


def _row(line: int, end: int, entry: Mapping[str, Any], now: datetime) -> Row:
    sender, text, sent = entry.get("sender"), entry.get("text"), entry.get("sent_at")
    if not isinstance(sender, str) or not sender.strip():
        return Row(line, end, None, "sender is empty; write a number or any name that tells people apart")
    if not isinstance(text, str) or not text.strip():
        return Row(line, end, None, "text is empty")
    if len(text) > LONGEST_TEXT:
        return Row(line, end, None, f"text is longer than {LONGEST_TEXT} characters")
    try:
        at = _moment(sent)
    except ValueError:
        return Row(line, end, None, "sent_at is no date; write 2026-11-05T14:30:00+03:00")
    if at is not None and at > now:
        return Row(line, end, None, "sent_at lies in the future")
    given = str(entry.get("id") or "")
    identity = given or hashlib.sha256(f"{sender}\0{text}\0{sent}".encode("utf-8", "surrogatepass")).hexdigest()[:40]
    if len(identity) > 200:
        return Row(line, end, None, "id is longer than 200 characters")
    return Row(line, end, Inbound(sender.strip(), text, identity, at))


def _moment(written: Any) -> datetime | None:
    """An ISO 8601 moment; without a zone it is UTC. ValueError if it is none."""
    if written in (None, ""):
        return None
    at = datetime.fromisoformat(str(written).strip())
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        raise ValueError("before the year 1 or after 9999") from None


async def store(intake: Intake, programme: str, texts: list[Inbound], now: datetime) -> None:
    """Store texts under the moment they were sent, so that figures count them in their own week."""
    name = f"{programme}/{CHANNEL}"
    for at, group in groupby(texts, key=lambda text: text.sent_at or now):
        await intake.store(programme, name, list(group), at)


async def count(database: Database, programme: str) -> int:
    """How many imported texts a programme has."""
    async with database.reading() as session:
        query = select(func.count()).select_from(Message).where(Message.channel == f"{programme}/{CHANNEL}")
        return await session.scalar(query) or 0
