"""The command that rehearses trouble: `answerable simulate`."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from service.cli.common import fail, read_programme, read_settings
from service.programme.folder import folders

if TYPE_CHECKING:
    from service.simulation.ledger import Ledger
    from service.simulation.scenario import Scenario


def add_to(app: typer.Typer) -> None:
    app.command()(simulate)


def simulate(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario of ours, or a YAML file.")] = "short",
    programme: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the programme; the first below PROGRAMMES if left out.", exists=True, file_okay=False
        ),
    ] = None,
    database: Annotated[
        str, typer.Option(help="Address of a PostgreSQL server; a database is made there and dropped. Empty: SQLite.")
    ] = "",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="File for the ledger as JSON.", dir_okay=False)
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Empty folder for database, logs and mail, which stays. Default: one that goes.")
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the scenarios of ours.")] = False,
) -> None:
    """Rehearse trouble: a town texts a product of its own while things go wrong. Fails if a text is lost or doubled."""
    if show_list:
        _show_scenarios()
        return
    name, chosen = _choose(scenario)
    if json_file is not None and not json_file.parent.is_dir():
        fail(f"--json {json_file}: there is no folder {json_file.parent}.")
    settings = read_settings()
    if database and database == settings.database_url:
        fail("--database is DATABASE_URL, which the service runs on. Name the server of a rehearsal, or leave it out.")
    folder = programme or next(iter(folders(settings.programmes)), None)
    if folder is None:
        fail(f"There is no programme folder in {settings.programmes}. Name one with --programme, or set PROGRAMMES.")
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    ledger = _rehearse(name, chosen, folder.resolve(), keep, database)
    if json_file is not None:
        json_file.write_text(json.dumps(ledger.as_json(), indent=2) + "\n", "utf-8")
    _show(ledger, with_memory=chosen.limits.memory_growth is not None)
    if ledger.faults:
        fail(f"Not passed: {'; '.join(ledger.faults)}.")
    typer.echo("Passed: nothing lost, nothing doubled.")


def _show_scenarios() -> None:
    from service.simulation import scenario as scenarios

    for name, shipped in scenarios.shipped().items():
        typer.echo(f"{name:8} {shipped.about}")


def _choose(scenario: str) -> tuple[str, Scenario]:
    """The name and what is in it, of one of ours or a file."""
    from service.simulation import scenario as scenarios

    try:
        path = scenarios.find(scenario)
        return path.stem, scenarios.read(path)
    except scenarios.BrokenScenario as broken:
        fail(str(broken))


def _rehearse(name: str, chosen: Scenario, folder: Path, keep: Path | None, database: str) -> Ledger:
    from service.simulation.grounds import NoGrounds
    from service.simulation.product import StartFailed

    try:
        with _folder(keep) as place:
            return asyncio.run(_run(name, chosen, folder, place, database))
    except (NoGrounds, StartFailed) as error:
        fail(str(error))
    except TimeoutError:
        fail(
            "It did not come to its end in the time it may take; nothing goes on. Try a lower rate, or look with --keep."
        )
    except (KeyboardInterrupt, asyncio.CancelledError):
        fail("Stopped before the end; there is no ledger. Nothing goes on.", 130)


def _show(ledger: Ledger, *, with_memory: bool) -> None:
    from service.simulation import tables

    console = Console(width=130)
    console.print(tables.ledger_table(ledger))
    if ledger.memory and with_memory:
        console.print(tables.memory_table(ledger))
    for line in tables.notes(ledger):
        typer.echo(line)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Where the rehearsal takes place; one that holds anything is refused, so that nothing of anybody's is touched."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="answerable-rehearsal-") as made:
            yield Path(made)
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
        if any(keep.iterdir()):
            fail(f"--keep {keep}: the folder is not empty. Name a new one.")
    except OSError as error:
        fail(f"--keep {keep}: {error.strerror}.")
    yield keep.resolve()


async def _run(name: str, chosen: Scenario, folder: Path, place: Path, database: str) -> Ledger:
    """The rehearsal; SIGTERM ends it as Ctrl-C does, with everything it started."""
    from service.simulation.grounds import open_grounds
    from service.simulation.running import rehearse

    running = asyncio.current_task()
    assert running is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    programme = read_programme(folder)
    begun = time.monotonic()

    def say(line: str) -> None:
        typer.echo(f"{time.monotonic() - begun:6.0f} s  {line}", err=True)

    async with open_grounds(place, folder, database) as grounds:
        return await rehearse(name, chosen, programme, grounds, say)
