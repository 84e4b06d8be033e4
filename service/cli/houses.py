"""The commands that run: everything in one process, the three parts apart, or the demo."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.cli.common import open_store, read_programmes, read_settings, run_until_stopped, set_up_logs
from service.resettling import take_in

Programmes = Annotated[
    list[Path] | None, typer.Option("--programme", help="Folder of a programme; may be given more than once.")
]


def add_to(app: typer.Typer) -> None:
    for command in (run, web, work, schedule, demo, migrate):
        app.command()(command)


def run(programme: Programmes = None) -> None:
    """Run web, worker and scheduler in one process."""
    _run(programme or [], ("web", "work", "schedule"))


def web(programme: Programmes = None) -> None:
    """Run only the web: the providers' door and the pages."""
    _run(programme or [], ("web",))


def work(programme: Programmes = None) -> None:
    """Run only a worker: the analysis and the outbox. As many as you like, on PostgreSQL."""
    _run(programme or [], ("work",))


def schedule(programme: Programmes = None) -> None:
    """Run only the schedule: digests and upkeep. A second one waits until the first is gone."""
    _run(programme or [], ("schedule",))


def _run(folders: list[Path], roles: tuple[str, ...]) -> None:
    from service import main

    settings = read_settings()
    set_up_logs(settings)
    programmes = read_programmes(settings, folders)

    def started(house: main.House, port: int | None) -> None:
        for line in main.addresses(house, port):
            typer.echo(line)

    run_until_stopped(settings, main.run(settings, programmes, roles, started=started))


def demo(programme: Programmes = None) -> None:
    """Run with the example programmes, a sample of reports, and a phone in the browser."""
    from service.cli.demo import run_demo

    settings = read_settings()
    set_up_logs(settings.model_copy(update={"log_format": "console", "log_level": "warning"}))
    programmes = read_programmes(settings, programme or [])
    run_demo(settings, programmes, datetime.now(UTC))


def migrate(
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            exists=True,
            dir_okay=False,
            help="An answerable.db of SQLite: take all of it into an empty PostgreSQL.",
        ),
    ] = None,
) -> None:
    """Bring the database to the newest form, or everything from SQLite into PostgreSQL."""
    settings = read_settings()

    async def upgrade() -> None:
        async with open_store(settings) as store:
            if source is not None:
                await take_in(source, store.database, lambda table, rows: typer.echo(f"{table}: {rows}"))
            typer.echo("The database is at its newest form.")

    asyncio.run(upgrade())
