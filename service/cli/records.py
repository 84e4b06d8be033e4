"""The commands over what is stored: import, digest, user, replay."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from service import history, passwords, receiving, users, worker
from service.cli.common import ProgrammeFolder, Store, fail, open_store, read_programme, read_programmes, read_settings
from service.doors import open_doors
from service.intake import Intake
from service.quarantine import Which
from service.receiving import Outcome
from service.settings import environment
from service.workflow import NotAllowed, NotFound

BATCH = 500
ACTOR = "operator"
"""How the person at the server's command line is named in the audit."""

user_app = typer.Typer(help="People of the organisation.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.command(name="import")(import_)
    for command in (digest, replay):
        app.command()(command)
    app.add_typer(user_app, name="user")


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


@user_app.command("add")
def add(
    login: str,
    programme: Annotated[str, typer.Option(help="Code of the programme.")],
    role: Annotated[str, typer.Option(help="moderator, focal_point or admin.")] = "moderator",
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
) -> None:
    """Add a person, or give one a role in another programme. Without a password on standard input one is made."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else passwords.make()
    settings = read_settings()
    codes = read_programmes(settings, [])
    if programme not in codes:
        fail(f"{programme} is no programme here; choose one of {', '.join(codes)}.")

    async def run() -> bool:
        now = datetime.now(UTC)
        async with open_store(settings) as store, store.database.writing() as session:
            known = await users.find(session, login)
            if known is not None:
                await users.set_role(session, programme, known.id, role, now, actor=ACTOR)
                return False
            hashed = await passwords.hashed(password)
            await users.add(session, login, hashed, {programme: role}, now, actor=ACTOR)
            return True

    try:
        added = asyncio.run(run())
    except (NotAllowed, NotFound) as error:
        fail(str(error))
    if not added:
        typer.echo(f"{login} is now {role} in {programme}. The password stays as it was.")
    elif password_stdin:
        typer.echo(f"{login} is {role} in {programme}.")
    else:
        typer.echo(f"{login} is {role} in {programme}. Password, shown only now: {password}")


@user_app.command("list")
def list_() -> None:
    """Everybody, with their roles."""

    async def run() -> list[str]:
        async with open_store(read_settings()) as store, store.database.reading() as session:
            return [
                f"{user.login}  {'closed' if user.disabled_at else 'open'}  "
                + ", ".join(f"{code}: {role}" for code, role in sorted(roles.items()))
                for user, roles in await users.everybody(session)
            ]

    for line in asyncio.run(run()):
        typer.echo(line)


@user_app.command("disable")
def disable(login: str) -> None:
    """Close an account at once: no log-in, and every session of theirs ends."""

    async def run() -> bool:
        async with open_store(read_settings()) as store, store.database.writing() as session:
            user = await users.find(session, login)
            if user is None:
                return False
            await users.disable(session, user.id, datetime.now(UTC), actor=ACTOR)
            return True

    if not asyncio.run(run()):
        fail(f"There is no account called {login}. `answerable user list` names them.")
    typer.echo(f"{login} is closed.")
