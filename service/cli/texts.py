"""The commands over texts and programme folders: check, analyse, learn, evaluate."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.progress import Progress

from nlp.gazetteer.extents import without_places
from nlp.knowledge import Knowledge
from service.cli.common import ProgrammeFolder, fail, read_knowledge, read_settings
from service.programme import BrokenProgramme, load
from service.sample import read_material

BATCH = 64
LinesFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


def add_to(app: typer.Typer) -> None:
    for command in (check, analyse, learn, evaluate):
        app.command()(command)


def check(folder: Annotated[Path, typer.Argument(exists=True, file_okay=False)]) -> None:
    """Validate a programme folder: every fault with file, line, field and remedy."""
    try:
        programme = load(folder.resolve())
        material = read_material(folder, programme)
    except BrokenProgramme as broken:
        fail(str(broken))
    parts = [
        f"{len(programme.categories)} categories",
        f"{len(programme.areas)} areas",
        f"{len(programme.places)} places",
        f"{len(programme.officials)} officials",
        f"{len(programme.channels)} channels",
        f"languages {', '.join(programme.rules.languages)}",
    ]
    if material is not None:
        parts.append(f"a sample of {material.texts} texts")
    typer.echo(f"{programme.code} is in order: {'; '.join(parts)}.")
    for area in without_places(programme.knowledge):
        extent = programme.extents.get(area.code)
        found = f"all of {programme.area_name(area.parent or '')}" if extent else "nowhere"
        typer.echo(
            f"areas.csv: {area.code}: no place of places.csv lies in it, and areas.geojson does not have it: "
            f"who names {area.name} is placed in {found}. Add a place, or its boundary."
        )


def analyse(
    programme: Annotated[
        Path | None, typer.Option(help="Folder of the programme.", exists=True, file_okay=False)
    ] = None,
    scores: Annotated[
        Literal["found", "all"], typer.Option(help="all: every category's score, not only those above threshold.")
    ] = "found",
) -> None:
    """Analyse texts from standard input, {"id", "text"} a line in, one analysis a line out."""
    from nlp.analysis import as_line
    from nlp.pipeline import load as load_pipeline

    knowledge = read_knowledge(programme) if programme else Knowledge()
    pipeline = load_pipeline(knowledge, read_settings().var / "models")
    refused = 0
    lines = _read_lines(sys.stdin.buffer)
    while batch := list(islice(lines, BATCH)):
        good = [(number, entry) for number, entry in batch if isinstance(entry, dict)]
        for number, entry in batch:
            if not isinstance(entry, dict):
                refused += 1
                typer.echo(f"line {number}: {entry}", err=True)
        for (_, entry), analysis in zip(good, pipeline.analyse([e["text"] for _, e in good]), strict=True):
            line = {"id": entry.get("id")} | as_line(analysis, every_score=scores == "all")
            sys.stdout.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n")
    sys.stdout.flush()
    if refused:
        fail(f"{refused} lines could not be read; the others are analysed.")


def learn(programme: ProgrammeFolder, decisions: LinesFile) -> None:
    """Learn categories and places from decisions, {"text", "translation", "categories", "place"} a line."""
    from nlp.gold import as_lesson
    from nlp.learning import learn as train
    from service.cli.tables import gain_lines

    knowledge = read_knowledge(programme)
    lessons = [as_lesson(entry) for _, entry in _decided(knowledge, decisions)]
    if not lessons:
        fail(f"{decisions} holds no decision that can be read; nothing was learned.")
    settings = read_settings()
    with _learning() as progress:
        gain = train(knowledge, lessons, settings.var / "models", progress, keep=settings.models_kept)
    for line in gain_lines(gain):
        typer.echo(line)


def evaluate(
    programme: ProgrammeFolder,
    gold: LinesFile,
    split: Annotated[
        float | None,
        typer.Option(
            help='Learn this share of the lines, the earlier by their "time", for this once and try the rest: 0.6.',
            min=0.05,
            max=0.95,
        ),
    ] = None,
) -> None:
    """Figures against gold texts, the simplest answers' first."""
    from nlp.evaluation import evaluate as measure
    from nlp.evaluation import evaluate_later
    from nlp.gold import split_in_time
    from service.cli.tables import evaluation_tables

    knowledge = read_knowledge(programme)
    models = read_settings().var / "models"
    try:
        if split is None:
            evaluation = measure(knowledge, models, read_entries(gold))
        else:
            earlier, later = split_in_time(list(_decided(knowledge, gold)), split)
            with _learning() as progress:
                evaluation = evaluate_later(knowledge, models, earlier, later, progress)
    except ValueError as error:
        fail(f"{gold}: {error}")
    console = Console(width=110 if not sys.stdout.isatty() else None)
    for table in evaluation_tables(evaluation):
        console.print(table)


@contextmanager
def _learning() -> Iterator[Callable[[str, float], None]]:
    """A bar on standard error that shows how far a training is."""
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("learning", total=1.0)
        yield lambda what, share: progress.update(task, description=what, completed=share)


def read_entries(path: Path) -> Iterator[Mapping[str, Any]]:
    """The objects of a file of lines; lines that cannot be read are named on standard error and left out."""
    for number, entry in _read_file(path):
        if isinstance(entry, Mapping):
            yield entry
        else:
            typer.echo(f"line {number}: {entry}", err=True)


def _read_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Each line's number with its object, or with what is wrong with it. Empty lines are passed over."""
    for number, raw in enumerate(lines, start=1):
        line = raw.removeprefix(b"\xef\xbb\xbf").strip()
        if not line:
            continue
        try:
            entry = json.loads(line.decode("utf-8"))
        except UnicodeDecodeError:
            yield number, "not UTF-8; save the file with that encoding"
            continue
        except (ValueError, RecursionError):
            yield number, 'not JSON; write one object a line, such as {"id": "1", "text": "No water"}'
            continue
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
            yield number, 'must be an object with "text" as a string'
            continue
        yield number, entry


def _read_file(path: Path) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    with path.open("rb") as file:
        yield from _read_lines(file)


def _decided(knowledge: Knowledge, path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The lines of a file with their numbers; those whose decision cannot be used are named on standard error and left out."""
    codes = {category.code for category in knowledge.categories}
    for number, entry in _read_file(path):
        fault = entry if isinstance(entry, str) else _fault(entry, codes)
        if fault is not None:
            typer.echo(f"line {number}: {fault}", err=True)
            continue
        assert isinstance(entry, Mapping)
        yield number, entry


def _fault(entry: Mapping[str, Any], codes: set[str]) -> str | None:
    categories, place, translation = entry.get("categories"), entry.get("place"), entry.get("translation")
    if translation is not None and not (isinstance(translation, str) and translation.strip()):
        return '"translation" must be the text in another language, or be left out'
    if categories is not None:
        if not isinstance(categories, list) or not all(isinstance(code, str) for code in categories):
            return '"categories" must be a list of codes'
        unknown = [code for code in categories if code not in codes]
        if unknown:
            return f"{', '.join(unknown)}: no such code in categories.yaml"
    if place is not None:
        degrees = [place.get(key) if isinstance(place, dict) else None for key in ("lat", "lon")]
        if not all(isinstance(degree, int | float) for degree in degrees):
            return '"place" must be null or {"name", "lat", "lon"} with numbers'
        if not (-90 <= degrees[0] <= 90 and -180 <= degrees[1] <= 180):  # type: ignore[operator]
            return '"place": latitude is -90 to 90 and longitude -180 to 180; are they swapped?'
    return None
