"""What the commands share: reading programmes and settings, saying what is wrong, running what is asynchronous."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from typing import Annotated, Any, NoReturn, TextIO, cast

import structlog
import typer
from pydantic import ValidationError

from nlp.knowledge import Knowledge
from service import clock, migration
from service.analyst import told
from service.clock import NoClock
from service.db import Database, open_database
from service.fingerprint import demand_same_key
from service.programme import BrokenProgramme, Programme, load
from service.programme.folder import folders
from service.secrets import Secrets
from service.settings import BrokenKey, Settings
from service.spool import SpoolUnusable

ProgrammeFolder = Annotated[
    Path, typer.Option("--programme", help="Folder of the programme.", exists=True, file_okay=False)
]


def fail(message: str, code: int = 1) -> NoReturn:
    """Say what is wrong and what to do, on standard error, and end."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def read_settings() -> Settings:
    """The settings; a wrong one is named with what to write instead."""
    try:
        settings = Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        faults = [f"{str(detail['loc'][0]).upper()}: {detail['msg']}" for detail in error.errors(include_input=False)]
        fail("The environment is not right:\n" + "\n".join(faults))
    if settings.sentence_model:
        from nlp.meaning import NoSentenceModel, find_model

        try:
            find_model(Path(settings.sentence_model))
        except NoSentenceModel as error:
            fail(str(error))
    return settings


def read_programme(folder: Path, *, for_analysis: bool = False) -> Programme:
    """The programme of a folder; all its faults and the end if it is broken."""
    try:
        return load(folder, for_analysis=for_analysis)
    except BrokenProgramme as broken:
        fail(str(broken))


def read_knowledge(folder: Path) -> Knowledge:
    """What the analysis is told about the programme of a folder."""
    return told(read_programme(folder, for_analysis=True), read_settings())


def read_programmes(settings: Settings, chosen: Sequence[Path]) -> dict[str, Programme]:
    """By code: the folders named, or all below PROGRAMMES."""
    paths = list(chosen) or list(folders(settings.programmes))
    if not paths:
        fail(f"There is no programme folder in {settings.programmes}. Name one with --programme, or set PROGRAMMES.")
    found = [read_programme(path) for path in paths]
    return {programme.code: programme for programme in found}


class Wordless(logging.Formatter):
    """Libraries log errors whole, and their messages quote requests and rows. Only names and places go on."""

    def __init__(self, *, as_json: bool = False) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        said = _wordless(record)
        if not self._as_json:
            return f"{record.levelname} {record.name}: {said}"
        when = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        line = {"event": said, "logger": record.name, "level": record.levelname.lower(), "timestamp": when}
        return json.dumps(line)


def _wordless(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return record.getMessage()
    at = " ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in extract_tb(error.__traceback__))
    return f"{type(error).__name__} at {at}"


class Lossy:
    """Standard error that never stands in the way: on a full disk a line of the log is lost, and no text is refused for it."""

    def write(self, line: str) -> int:
        with suppress(OSError):
            sys.stderr.write(line)
        return len(line)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def set_up_logs(settings: Settings) -> None:
    """One line an event on standard error, as JSON or for people. Events carry ids, never texts or numbers."""
    console = settings.log_format == "console"
    level = getattr(logging, settings.log_level.upper())
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if console else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"), renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, Lossy())),
        cache_logger_on_first_use=True,
    )
    # A run that is skipped because the one before still goes on is no news.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Wordless(as_json=not console))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)


def run_until_stopped(settings: Settings, running: Coroutine[Any, Any, None]) -> None:
    """Run, and where the key, the database, the port or the disk stands in the way, say so and what to do."""
    try:
        asyncio.run(running)
    except (migration.NotUsable, BrokenKey, NoClock, OSError, ExceptionGroup) as error:
        # What goes on among tasks, such as opening a port, fails in a group.
        found, other = ExceptionGroup("", [error]).split((migration.NotUsable, BrokenKey, NoClock, OSError))
        if found is None or other is not None:
            raise
        first: BaseException = found
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        if isinstance(first, OSError) and not isinstance(first, SpoolUnusable):
            fail(f"Could not start: {first}. Is PORT={settings.port} free, and VAR writable?")
        fail(str(first))


@dataclass(frozen=True)
class Store:
    """An open database with the key to what is sealed in it."""

    settings: Settings
    database: Database
    secrets: Secrets


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The database, migrated. One that cannot be used ends the command with what to do."""
    try:
        clock.demand_plausible(datetime.now(UTC))
        settings.var.mkdir(parents=True, exist_ok=True, mode=0o700)
    except NoClock as error:
        fail(str(error))
    except OSError as error:
        fail(f"VAR={settings.var} cannot be made: {error.strerror}.")
    database = open_database(settings.sqlalchemy_url())
    try:
        await migration.upgrade(database.engine)
        secrets = Secrets(settings.master_key())
        await demand_same_key(database, secrets)
        yield Store(settings, database, secrets)
    except (migration.NotUsable, BrokenKey) as error:
        fail(str(error))
    finally:
        await database.close()
