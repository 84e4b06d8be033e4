"""The commands over who may log in: for the first admin, and for whoever nobody at the desk can help any more."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

import typer

from service import passwords, users
from service.cli.common import fail, open_store, read_programmes, read_settings
from service.db import Session
from service.models import User
from service.workflow import NotAllowed, NotFound

ACTOR = "operator"
"""How the person at the server's command line is named in the audit."""
PasswordStdin = Annotated[bool, typer.Option(help="Read the password from standard input.")]

user_app = typer.Typer(help="People of the organisation.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(user_app, name="user")


@user_app.command("add")
def add(
    login: str,
    programme: Annotated[str, typer.Option(help="Code of the programme.")],
    role: Annotated[str, typer.Option(help="moderator, focal_point or admin.")] = "moderator",
    password_stdin: PasswordStdin = False,
) -> None:
    """Add a person, or give one a role in another programme. Without a password on standard input one is made."""
    given = _password(password_stdin)
    settings = read_settings()
    codes = read_programmes(settings, [])
    if programme not in codes:
        fail(f"{programme} is no programme here; choose one of {', '.join(codes)}.")

    async def run() -> User | None:
        """Who was known before."""
        now = datetime.now(UTC)
        async with open_store(settings) as store, store.database.writing() as session:
            known = await users.find(session, login)
            if known is not None:
                await users.set_role(session, programme, known.id, role, now, actor=ACTOR)
                return known
            hashed = await passwords.hashed(given)
            await users.add(session, login, hashed, {programme: role}, now, actor=ACTOR)
            return None

    try:
        known = asyncio.run(run())
    except (NotAllowed, NotFound) as error:
        fail(str(error))
    if known is None:
        typer.echo(f"{login} is {role} in {programme}.{_shown(given, password_stdin)}")
        return
    typer.echo(
        f"{login} is now {role} in {programme}. The password stays as it was; `answerable user password` sets another."
    )
    if known.disabled_at is not None:
        typer.echo("The account is closed; `answerable user enable` opens it.")


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


@user_app.command("password")
def password(login: str, password_stdin: PasswordStdin = False) -> None:
    """Give somebody a new password, and end every session of theirs. Without one on standard input it is made."""
    given = _password(password_stdin)

    async def deed(session: Session, user: User, now: datetime) -> None:
        await users.set_password(session, user.id, await passwords.hashed(given), now, actor=ACTOR)

    _do(login, deed)
    typer.echo(f"{login} has a new password.{_shown(given, password_stdin)}")


@user_app.command("disable")
def disable(login: str) -> None:
    """Close an account at once: no log-in, and every session of theirs ends."""

    async def deed(session: Session, user: User, now: datetime) -> None:
        await users.disable(session, user.id, now, actor=ACTOR)

    _do(login, deed)
    typer.echo(f"{login} is closed.")


@user_app.command("enable")
def enable(login: str) -> None:
    """Open a closed account again, with the password it had."""

    async def deed(session: Session, user: User, now: datetime) -> None:
        await users.enable(session, user.id, now, actor=ACTOR)

    _do(login, deed)
    typer.echo(f"{login} is open.")


def _password(from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\n") if from_stdin else passwords.make()


def _shown(given: str, from_stdin: bool) -> str:
    return "" if from_stdin else f" Password, shown only now: {given}"


def _do(login: str, deed: Callable[[Session, User, datetime], Awaitable[None]]) -> None:
    """Do it to the account of that name, or end with what is wrong."""

    async def run() -> bool:
        async with open_store(read_settings()) as store, store.database.writing() as session:
            user = await users.find(session, login)
            if user is not None:
                await deed(session, user, datetime.now(UTC))
            return user is not None

    try:
        found = asyncio.run(run())
    except NotAllowed as error:
        fail(str(error))
    if not found:
        fail(f"There is no account called {login}. `answerable user list` names them.")
