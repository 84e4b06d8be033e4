"""Where a rehearsal takes place: a folder, a database and a programme of its own, and no way to anybody real."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import yaml
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from channels import settings_of
from service.programme import Programme
from service.settings import Settings, environment
from service.simulation.away import Locked, Relay, Way
from service.simulation.callers import CALLERS
from service.simulation.scenario import Scenario

PUBLIC = "https://rehearsal.invalid"
"""The address providers sign; .invalid leads nowhere (RFC 2606)."""
CONNECT_SECONDS = 10.0


class NoGrounds(Exception):
    """There is no place to rehearse; the message says why and what to do."""


@dataclass(frozen=True)
class Grounds:
    """The folder, the database as we reach it and as the product does, and the way between, which can be cut."""

    folder: Path
    programme: Path
    """The programme's folder, which is copied."""
    kind: str
    url: str
    product_url: str
    way: Way


@asynccontextmanager
async def open_grounds(folder: Path, programme: Path, server: str) -> AsyncIterator[Grounds]:
    """On SQLite in the folder; with the address of a PostgreSQL server on a database made there and dropped at the end."""
    if not server:
        path = folder / "answerable.db"
        url = f"sqlite+aiosqlite:///{path}"
        yield Grounds(folder, programme, "SQLite", url, "", Locked(path))
        return
    async with _made(server) as name:
        there = make_url(server).set(drivername="postgresql", database=name)
        relay = Relay(there.host or "", there.port or 5432)
        await relay.open()
        try:
            ours = there.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
            theirs = there.set(host="127.0.0.1", port=relay.port).render_as_string(hide_password=False)
            yield Grounds(folder, programme, "PostgreSQL", ours, theirs, relay)
        finally:
            await relay.close()


@asynccontextmanager
async def _made(server: str) -> AsyncIterator[str]:
    """A new database on a server, dropped at the end."""
    try:
        url = make_url(server)
        if url.get_backend_name() not in ("postgresql", "postgres") or not url.host:
            raise ArgumentError
    except ArgumentError:
        raise NoGrounds("--database: write postgresql://user:password@host:5432, or leave it out for SQLite.") from None
    address = url.set(drivername="postgresql", database=url.database or "postgres").render_as_string(
        hide_password=False
    )
    name = f"answerable_rehearsal_{uuid.uuid4().hex[:12]}"

    async def administer(statement: str) -> None:
        connection = await asyncpg.connect(address, timeout=CONNECT_SECONDS)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    try:
        await administer(f'CREATE DATABASE "{name}"')
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise NoGrounds(
            f"--database: no database could be made there ({type(error).__name__}). Is the server up, is the password right, "
            "and may the user create databases?"
        ) from None
    try:
        yield name
    finally:
        await administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def channel_settings(type: str, scenario: Scenario, provider_port: int) -> dict[str, str]:
    """Settings of a channel: secrets made up now, our provider's address, and how long we wait for it."""
    fields = {field.name for field in settings_of(type)}
    here = {"api_url": f"http://127.0.0.1:{provider_port}/{type}", "timeout": str(scenario.provider.timeout)}
    return CALLERS[type].settings() | {name: value for name, value in here.items() if name in fields}


def lay_out(
    grounds: Grounds, programme: Programme, settings: Mapping[str, Mapping[str, str]], port: int, key: str
) -> dict[str, str]:
    """Copy the programme with channels of ours, and give the environment of the product's processes.

    None of the settings we run with ourselves goes there: no database, mail server or token of a real service.
    """
    copy = grounds.folder / "programmes" / programme.code
    shutil.copytree(grounds.programme, copy)
    variables = {
        f"REHEARSAL_{type}_{name}".upper(): (type, name, value)
        for type, given in settings.items()
        for name, value in given.items()
    }
    entries = [
        {
            "name": type,
            "type": type,
            "settings": {name: f"${variable}" for variable, (owner, name, _) in variables.items() if owner == type},
        }
        for type in settings
    ]
    (copy / "channels.yaml").write_text(yaml.safe_dump({"channels": entries}), "utf-8")
    if programme.rules.quiet_hours is not None:
        # Rehearsed by night, news would wait for a morning that no rehearsal lasts to.
        rules = programme.rules.model_dump(mode="json", by_alias=True, exclude={"quiet_hours"}, exclude_defaults=True)
        (copy / "programme.yaml").write_text(yaml.safe_dump(rules, allow_unicode=True), "utf-8")
    known = {name.upper() for name in Settings.model_fields}
    kept = {name: value for name, value in environment().items() if name.upper() not in known}
    return {
        **kept,
        **{variable: value for variable, (_, _, value) in variables.items()},
        "VAR": str(grounds.folder),
        "PROGRAMMES": str(copy.parent),
        "DATABASE_URL": grounds.product_url,
        "SECRET_KEY": key,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PUBLIC_URL": PUBLIC,
        "LOG_LEVEL": "warning",
    }
