"""The commands over names of places that come from elsewhere: places import, list, remove."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from nlp.gazetteer import imported
from nlp.gazetteer.ground import Misplaced
from nlp.gazetteer.sources import Filter, Unreadable
from nlp.store import Store
from service.cli.common import ProgrammeFolder, fail, read_programme, read_settings

places_app = typer.Typer(help="Names of places from other sources.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(places_app, name="places")


@places_app.command("import")
def import_names(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    programme: ProgrammeFolder,
    alternate_names: Annotated[
        Path | None,
        typer.Option(
            help="GeoNames alternateNamesV2.txt or .zip: more names for a GeoNames dump.", exists=True, dir_okay=False
        ),
    ] = None,
    every_country: Annotated[bool, typer.Option(help="Take places outside the programme's country too.")] = False,
    name: Annotated[
        str, typer.Option(help="Name of the import; the file's own if none. Replaces one of that name.")
    ] = "",
) -> None:
    """Take in names of places: a GeoNames dump, GeoJSON (OpenStreetMap, HDX) or a CSV with name, lat, lon."""
    rules = read_programme(programme, for_analysis=True).rules
    wanted = Filter(None if every_country else rules.country)
    columns = (SpinnerColumn(), TextColumn("{task.completed:,.0f} places"), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("", total=None)
            outcome = imported.take_in(
                file, _cache(rules.code), rules.code, wanted, datetime.now(UTC).date(),
                name=name, alternates=alternate_names,
                progress=lambda taken: progress.update(task, completed=taken),
            )  # fmt: skip
    except (Unreadable, Misplaced, imported.NothingFound) as error:
        fail(f"{file} was not imported: {error}.")
    for refused in outcome.first_refused:
        typer.echo(f"row {refused.number}: {refused.why}", err=True)
    if outcome.refused > len(outcome.first_refused):
        typer.echo(f"and {outcome.refused - len(outcome.first_refused):,} more such rows", err=True)
    if outcome.survey is not None and outcome.survey.outside:
        typer.echo(str(outcome.survey), err=True)
    typer.echo(
        f"{outcome.taken:,} places imported, {outcome.refused:,} rows passed over. The next analysis knows them."
    )


@places_app.command("list")
def list_names(programme: ProgrammeFolder) -> None:
    """List a programme's imports."""
    code = read_programme(programme, for_analysis=True).code
    table = Table("name", "file", "day", "places", "MB")
    for found in imported.listed(_cache(code), code):
        table.add_row(found.name, found.file, found.day, f"{found.places:,}", f"{found.bytes / 1e6:.1f}")
    Console().print(table)


@places_app.command("remove")
def remove_names(name: str, programme: ProgrammeFolder) -> None:
    """Take an import away; the next analysis no longer knows its names."""
    code = read_programme(programme, for_analysis=True).code
    if not imported.remove(_cache(code), code, name):
        fail(f"There is no import {name}; answerable places list shows those there are.")
    typer.echo(f"{name} is removed.")


def _cache(programme: str) -> Path:
    return Store(read_settings().var / "models", programme).gazetteers
