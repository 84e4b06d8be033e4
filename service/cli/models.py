"""The commands over trained versions: model list, model compare, model use."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from nlp.knowledge import Lesson
from nlp.store import Card, Store
from service.analyst import told
from service.cli.common import ProgrammeFolder, fail, open_store, read_programme, read_settings
from service.cli.lines import AllowRefused, Refused, gold_fault, read_sound
from service.cli.texts import codes_of
from service.lessons import lessons_of
from service.programme import Programme

LATEST = "latest"
REPLACED = "Texts that one had learned from were erased, so it is gone and was trained anew without them."

model_app = typer.Typer(help="Trained versions of a programme's model.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    for name, command in (("list", list_), ("compare", compare), ("use", use)):
        model_app.command(name=name)(command)
    app.add_typer(model_app, name="model")


def list_(programme: ProgrammeFolder) -> None:
    """Every version that is kept, oldest first, with what it learned from and what it reached."""
    store = _store(read_programme(programme, for_analysis=True))
    current = store.current()
    table = Table("version", "stored (UTC)", "decisions", "micro F1", "macro F1", "MB", "", title="Models")
    for card in store.versions():
        stored = datetime.fromtimestamp(store.trained_at(card.version), UTC)
        figures = [f"{figure:.3f}" if figure is not None else "" for figure in (card.micro_f1, card.macro_f1)]
        size = f"{store.size(card.version) / 1e6:.1f}"
        state = _state(card, current, held=store.held())
        table.add_row(card.version, f"{stored:%Y-%m-%d %H:%M}", str(card.lessons), *figures, size, state)
    Console(width=110).print(table)
    for card in store.versions():
        if card.version == current and card.instead_of:
            typer.echo(f"{card.version} stands in for {card.instead_of}. {REPLACED}")
    typer.echo(
        "F1 is that on the newest decisions before the version learned them; versions differ in which those are."
    )


def compare(
    programme: ProgrammeFolder,
    old: Annotated[str, typer.Argument(help="A version, as `model list` names it.")],
    new: Annotated[str, typer.Argument(help="Another version.")],
    gold: Annotated[
        Path | None, typer.Option(help="Gold texts to compare on.", exists=True, dir_okay=False, readable=True)
    ] = None,
    allow_refused: AllowRefused = False,
) -> None:
    """Two versions side by side, on gold texts or on the decisions that neither has learned. Lines of gold texts that are
    refused are named, the others are compared on, and the end is 1."""
    from nlp.comparing import compare as measure
    from nlp.comparing import unseen

    found = read_programme(programme, for_analysis=True)
    knowledge, store = told(found, read_settings()), _store(found)
    for version in (old, new):
        _known(store, version)
    refused = Refused()
    if gold is not None:
        lessons = [
            Lesson(entry["text"], tuple(entry["categories"]))
            for _, entry in read_sound(gold, gold_fault(codes_of(knowledge)), refused)
            if entry.get("categories") is not None
        ]
        if not lessons:
            fail(f"{gold} holds no line with categories; write {{'text': ..., 'categories': [...]}} a line.")
    else:
        lessons = unseen(knowledge, store, (old, new), _decisions(found, store))
        if not lessons:
            fail(
                "One or the other has learned every decision there is. Name gold texts with --gold, or wait for new ones."
            )
    rows = measure(knowledge, store, (old, new), lessons)
    table = Table("category", "texts", f"F1 {old}", f"F1 {new}", "change", title=f"On {len(lessons)} texts")
    for row in rows:
        table.add_row(
            row.name, str(row.texts), f"{row.before:.3f}", f"{row.after:.3f}", f"{row.after - row.before:+.3f}"
        )
    Console(width=110).print(table)
    refused.settle(f"these are the figures on the other {len(lessons)}.", allowed=allow_refused)


def use(
    programme: ProgrammeFolder,
    version: Annotated[str, typer.Argument(help="A version, as `model list` names it; or latest, to learn on.")],
) -> None:
    """Put a version to use and hold it there; `latest` lets learning go on. A running service follows within seconds."""
    from nlp.training import digest_of

    found = read_programme(programme, for_analysis=True)
    store = _store(found)
    knowledge = told(found, read_settings())
    if version == LATEST:
        fitting = [card for card in store.versions() if card.knowledge == digest_of(knowledge)]
        if not fitting:
            fail("No version fits the programme's files as they are; the next analysis or learning trains one.")
        store.use(fitting[-1].version)
        store.let_go()
        typer.echo(f"{fitting[-1].version} is in use, and learning goes on.")
        return
    if _known(store, version).knowledge != digest_of(knowledge):
        fail(f"{version} was trained for other files of the programme, or by another release; it cannot be used now.")
    store.use(version)
    store.hold()
    typer.echo(
        f"{version} is in use and stays; should texts it learned from be erased, it is trained anew without them. "
        "Let learning go on with: answerable model use --programme … latest"
    )


def _store(programme: Programme) -> Store:
    store = Store(read_settings().var / "models", programme.code)
    if store.current() is None:
        fail(f"{programme.code} has no model yet; `answerable learn` or the first analysis trains one.")
    return store


def _known(store: Store, version: str) -> Card:
    try:
        return store.card(version)
    except (FileNotFoundError, NotADirectoryError):
        for card in store.versions():
            if card.instead_of == version:
                fail(f"{card.version} stands in for {version}. {REPLACED}")
        fail(f"There is no version {version}. There are: {', '.join(card.version for card in store.versions())}.")


def _state(card: Card, current: str | None, *, held: bool) -> str:
    said = [("held in use" if held else "in use")] if card.version == current else []
    if card.base and not said:
        said.append(f"amends {card.base}")
    if card.instead_of:
        said.append(f"{card.instead_of} without what was erased")
    return ", ".join(said)


def _decisions(programme: Programme, store: Store) -> Sequence[Lesson]:
    """Those `answerable learn` kept, or else those of the service."""
    kept = store.lessons()
    if kept:
        return kept

    async def read() -> list[Lesson]:
        async with open_store(read_settings()) as opened, opened.database.reading() as session:
            return await lessons_of(session, programme)

    return asyncio.run(read())
