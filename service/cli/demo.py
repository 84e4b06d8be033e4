"""The demo: the example programmes with twelve weeks of texts behind them, made through the same doors as real ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dashboards.digest import render
from service import main
from service.analyst import Analyst, told
from service.cli.common import Store, fail, open_store, run_until_stopped
from service.demonstration import LOGINS, PASSWORD, is_ours
from service.jobs import Context
from service.programme import BrokenProgramme, Programme
from service.rehearsal import Rehearsal, add_people, is_rehearsed
from service.sample import Material, read_material
from service.settings import Settings


def run_demo(settings: Settings, programmes: Mapping[str, Programme], now: datetime) -> None:
    """Make the sample if it is not there yet, then run everything until Ctrl-C."""
    materials = {code: _material(settings, programme) for code, programme in programmes.items()}
    run_until_stopped(settings, _prepare(settings, programmes, materials, now))
    run_until_stopped(settings, main.run(settings, programmes, demo=True, started=_say))


def _material(settings: Settings, programme: Programme) -> Material | None:
    try:
        return read_material(settings.programmes / programme.code, programme)
    except BrokenProgramme as broken:
        fail(str(broken))


async def _prepare(
    settings: Settings,
    programmes: Mapping[str, Programme],
    materials: Mapping[str, Material | None],
    now: datetime,
) -> None:
    async with open_store(settings) as store:
        if not await is_ours(store.database):
            fail(
                "The database holds what is not the demo's, and everybody knows the password of the demo's log-ins. Give the "
                "demo a folder of its own, with DATABASE_URL left empty: VAR=demo answerable demo"
            )
        people = await add_people(store.database, LOGINS, PASSWORD, list(programmes), now)
        missing = [code for code in programmes if not await is_rehearsed(store.database, code)]
        todo = {code: material for code in missing if (material := materials[code]) is not None}
        if todo:
            await _rehearse(store, programmes, todo, people, now)


async def _rehearse(
    store: Store,
    programmes: Mapping[str, Programme],
    todo: Mapping[str, Material],
    people: Mapping[str, int],
    now: datetime,
) -> None:
    analyst = Analyst({code: told(programmes[code], store.settings) for code in todo}, store.settings.var / "models", 1)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task("training the analysis", total=None)
            await analyst.warm_up()
            progress.remove_task(task)
            for code, material in todo.items():
                programme = programmes[code]
                context = Context(store.database, store.secrets, {code: programme}, store.settings, render)
                rehearsal = Rehearsal(context, programme, material, analyst, people, now)
                days = rehearsal.days()
                task = progress.add_task(f"twelve weeks in {programme.rules.name}", total=len(days))
                for day in days:
                    await rehearsal.live(day)
                    progress.advance(task)
                await rehearsal.finish()
    finally:
        analyst.close()


def _say(house: main.House, port: int | None) -> None:
    base = house.settings.public_url or f"http://{house.settings.host}:{port}"
    lines = [
        "",
        "Answerable runs with its example programmes. Everything in it is fiction.",
        "",
        f"  the public page    {base}/",
        f"  text as a resident {base}/phone",
        f"  review at the desk {base}/desk",
        f"  officials' mail    {base}/demo/mail",
        "",
        f"  log-ins            {', '.join(LOGINS)}",
        f"  password           {PASSWORD}",
        "",
        "Ctrl-C stops it.",
    ]
    for line in lines:
        typer.echo(line)
