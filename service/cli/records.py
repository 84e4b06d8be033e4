"""The commands over what is stored: import, digest, replay."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from service import history, receiving, worker
from service.cli.common import ProgrammeFolder, Store, fail, open_store, read_programme, read_programmes, read_settings
from service.doors import open_doors
from service.intake import Intake
from service.quarantine import Which
from service.receiving import Outcome
from service.settings import environment

BATCH = 500


def add_to(app: typer.Typer) -> None:
    app.command(name="import")(import_)
    for command in (digest, replay):
        app.command()(command)


def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)], programme: ProgrammeFolder
) -> None:
    """Take in past messages, CSV or JSONL with sender, text, sent_at, id. Nobody is texted. Safe to run again."""
    code = read_programme(programme).code
    settings = read_settings()
    refused = 0

    async def run() -> int:
        nonlocal refused
        async with open_store(settings) as store:
            intake = Intake(store.database, store.secrets, 16, asyncio.Event())
            intake.start()
            before = await history.count(store.database, code)
            with Progress(console=Console(stderr=True)) as progress:
                task = progress.add_task("importing", total=file.stat().st_size)
                batch = []
                for row in history.read_rows(file, datetime.now(UTC)):
                    if row.inbound is None:
                        refused += 1
                        typer.echo(f"{file.name}:{row.line}: {row.fault}", err=True)
                    else:
                        batch.append(row.inbound)
                    if len(batch) >= BATCH:
                        await history.store(intake, code, batch, datetime.now(UTC))
                        batch = []
                    progress.update(task, completed=row.end)
                await history.store(intake, code, batch, datetime.now(UTC))
            await intake.stop()
            return await history.count(store.database, code) - before

    try:
        added = asyncio.run(run())
    except history.NotReadable as error:
        fail(str(error))
    typer.echo(f"{added} texts are new; the worker reads them next. {refused} rows were refused.")
    if refused:
        raise typer.Exit(1)


def digest(
    programme: ProgrammeFolder,
    area: Annotated[str, typer.Option(help="Code of the area, as in areas.csv.")],
    week: Annotated[str, typer.Option(help="ISO week, such as 2026-W46.")],
    format: Annotated[str, typer.Option(help="html, text, pdf, csv or json.")] = "text",
) -> None:
    """Show what the weekly digest of an area says, in one of five formats. Nothing is stored or sent."""
    from dashboards.digest import FORMATS, CannotRender
    from service.digests import preview

    chosen = read_programme(programme)
    if format not in FORMATS:
        fail(f"{format} is no format; choose one of {', '.join(FORMATS)}.")
    if area not in chosen.area_by_code:
        fail(f"{area} is no code in {programme}/areas.csv.")
    settings = read_settings()

    async def run() -> bytes:
        async with open_store(settings) as store, store.database.reading() as session:
            content = await preview(session, chosen, area, week, datetime.now(UTC))
            return FORMATS[format](content, chosen)

    try:
        sys.stdout.buffer.write(asyncio.run(run()))
    except (ValueError, CannotRender) as error:
        fail(str(error))


def replay() -> None:
    """Try dead texts and quarantined requests again, for instance after an update."""
    settings = read_settings()
    programmes = read_programmes(settings, [])

    async def run(store: Store) -> tuple[int, Outcome]:
        now = datetime.now(UTC)
        doors = open_doors(programmes.values(), store.secrets, environment())
        intake = Intake(store.database, store.secrets, 16, asyncio.Event(), homes=doors.homes)
        intake.start()
        outcome = await receiving.try_again(intake, doors.channels, Which(), now)
        await intake.stop()
        async with store.database.writing() as session:
            return await worker.replay(session, now), outcome

    async def main() -> tuple[int, Outcome]:
        async with open_store(settings) as store:
            return await run(store)

    texts, requests = asyncio.run(main())
    typer.echo(
        f"{texts} dead texts will be tried again; "
        f"{requests.read} quarantined requests were read, {requests.failed} still cannot."
    )
    if requests.failed:
        typer.echo(f"The last one: {requests.reason}.")
