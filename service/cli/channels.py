"""The commands about channels: which there are, setting a provider up, and finding out what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from aiohttp import ClientSession
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from channels.base import Channel, Collects, SendFailed
from channels.certificate import certificate_faults
from channels.connecting import address_faults
from service import collecting
from service.cli.common import fail, read_programmes, read_settings
from service.db import open_database
from service.doors import Doors, open_doors
from service.probing import probe
from service.programme.schema import ChannelEntry
from service.secrets import Secrets
from service.settings import BrokenKey, Settings, environment

Programmes = Annotated[
    list[Path] | None, typer.Option("--programme", help="Folder of a programme; may be given more than once.")
]
Name = Annotated[str, typer.Argument(help="The channel: PROGRAMME/NAME, or NAME where only one has it.")]

channel = typer.Typer(help="The channels: which there are, setting one up, finding out what is wrong with it.")


def add_to(app: typer.Typer) -> None:
    channel.command(name="list")(list_channels)
    for command in (setup, test):
        channel.command()(command)
    app.add_typer(channel, name="channel", no_args_is_help=True)


@dataclass(frozen=True)
class Opened:
    """Every channel of the programmes, open or closed."""

    settings: Settings
    entries: dict[str, ChannelEntry]
    doors: Doors

    def address(self, name: str) -> str:
        """What a provider calls, without the secret that ends it where the provider signs nothing."""
        return f"{self.settings.address()}/channels/{name}"


def list_channels(programme: Programmes = None) -> None:
    """Every channel: its type, whether it is open and why not, and the address to give its provider."""
    opened = _open(programme or [])
    if not opened.entries:
        typer.echo("No programme names a channel: write one into its channels.yaml.")
    for name, entry in opened.entries.items():
        why = opened.doors.why_closed.get(name)
        typer.echo(f"{name}  {entry.type}  {'open' if why is None else f'closed: {why}'}")
        typer.echo(f"  {opened.address(name)}{'/PATH_SECRET' if _ends_in_secret(entry) else ''}")


def setup(name: Name, programme: Programmes = None) -> None:
    """Have the provider call us, or say what to type where. Ends with 1 if that failed."""
    opened = _open(programme or [])
    name, found = _pick(opened, name)
    faults = _public_faults(opened, name)
    if faults:
        fail("\n".join(faults))
    try:
        lines = asyncio.run(_connect(found, opened.address(name)))
    except SendFailed as failed:
        fail(f"{name} was not set up: {failed}. Run `answerable channel test {name}` to see what is wrong.")
    for line in lines:
        typer.echo(line)


def test(name: Name, programme: Programmes = None) -> None:
    """Say what is wrong with keys, address or certificate. Ends with 0 only if all is well."""
    opened = _open(programme or [])
    name, found = _pick(opened, name)
    faults = asyncio.run(_test(opened, name, found, datetime.now(UTC)))
    if faults:
        fail("\n".join(faults))
    typer.echo(f"{name} is well: its provider knows our keys and our address, and reaches us.")


def _open(folders: Sequence[Path]) -> Opened:
    settings = read_settings()
    programmes = read_programmes(settings, folders)
    try:
        secrets = Secrets(settings.master_key())
    except (BrokenKey, OSError) as error:
        fail(str(error))
    entries = {f"{code}/{entry.name}": entry for code, found in programmes.items() for entry in found.channels}
    return Opened(settings, entries, open_doors(programmes.values(), secrets, environment()))


def _pick(opened: Opened, asked: str) -> tuple[str, Channel]:
    """The full name and the open channel; the end, with what to do, if there is none or more than one."""
    names = [name for name in opened.entries if asked in (name, name.partition("/")[2])]
    if not names:
        fail(f"There is no channel {asked}. There are: {', '.join(opened.entries) or 'none'}.")
    if len(names) > 1:
        fail(f"More than one programme has a channel {asked}: write {' or '.join(names)}.")
    (name,) = names
    if name in opened.doors.why_closed:
        fail(f"{name} is closed: {opened.doors.why_closed[name]}.")
    return name, opened.doors.channels[name]


def _public_faults(opened: Opened, name: str) -> tuple[str, ...]:
    if not opened.settings.public_url:
        return ("PUBLIC_URL is not set: set it to the https:// address under which people outside reach this service.",)
    return address_faults(opened.address(name), "The provider")


async def _connect(found: Channel, address: str) -> tuple[str, ...]:
    async with ClientSession() as http:
        return await found.connect(http, address)


async def _test(opened: Opened, name: str, found: Channel, now: datetime) -> tuple[str, ...]:
    """Everything that is wrong: with our address, then with what the provider knows of us."""
    public = _public_faults(opened, name)
    address = opened.address(name)
    async with ClientSession() as http:
        theirs = await found.examine(http, address)
        if public:
            # Told already, in the same words: every provider is asked to call the same address.
            return (*public, *(line for line in theirs if "PUBLIC_URL" not in line))
        ours = await certificate_faults(address, now=now) or await probe(http, address)
    silence = (
        await _silence(opened.settings, name) if isinstance(found, Collects) and _is_there(opened.settings) else ()
    )
    return (*ours, *theirs, *silence)


def _is_there(settings: Settings) -> bool:
    """Whether there is a database; asked for, SQLite would make one."""
    address = make_url(settings.sqlalchemy_url())
    return address.get_backend_name() != "sqlite" or Path(address.database or "").is_file()


async def _silence(settings: Settings, name: str) -> tuple[str, ...]:
    """What the texts that a phone took tell of its settings; nothing while the database is away."""
    database = open_database(settings.sqlalchemy_url())
    try:
        async with database.reading() as session:
            return (collecting.UNCONFIRMED,) if await collecting.never_confirms(session, name) else ()
    except (SQLAlchemyError, OSError):
        return ()
    finally:
        await database.close()


def _ends_in_secret(entry: ChannelEntry) -> bool:
    return "path_secret" in entry.settings
