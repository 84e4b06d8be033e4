"""The commands over texts and programme folders: check, analyse, learn, evaluate."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.progress import Progress

from nlp.knowledge import Knowledge
from service.cli.common import ProgrammeFolder, fail, read_knowledge, read_settings
from service.cli.lines import AllowRefused, LinesFile, Refused, decision_fault, gold_fault, read_lines, read_sound
from service.programme import BrokenProgramme, load
from service.programme.notes import notes
from service.sample import read_material

if TYPE_CHECKING:
    from nlp.pipeline import Pipeline

BATCH = 64


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
        _count(len(programme.categories), "category", "categories"),
        _count(len(programme.areas), "area", "areas"),
        _count(len(programme.places), "place", "places"),
        _count(len(programme.officials), "official", "officials"),
        _count(len(programme.channels), "channel", "channels"),
        f"languages {', '.join(programme.rules.languages)}",
    ]
    if material is not None:
        parts.append(f"a sample of {material.texts} texts")
    typer.echo(f"{programme.code} is in order: {'; '.join(parts)}.")
    for note in notes(programme):
        typer.echo(note)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def analyse(
    texts: Annotated[
        Path | None,
        typer.Argument(help="Where the lines are; standard input if no file is named.", exists=True, dir_okay=False),
    ] = None,
    programme: Annotated[
        Path | None, typer.Option(help="Folder of the programme.", exists=True, file_okay=False)
    ] = None,
    scores: Annotated[
        Literal["found", "all"], typer.Option(help="all: every category's score, not only those above threshold.")
    ] = "found",
) -> None:
    """Analyse texts of a file or of standard input, {"id", "text"} a line in, one analysis a line out."""
    from nlp.pipeline import load as load_pipeline

    if texts is None and sys.stdin is None:
        fail('Standard input is closed; give texts on it, {"id", "text"} a line, or name a file.')
    knowledge = read_knowledge(programme) if programme else Knowledge()
    pipeline = load_pipeline(knowledge, read_settings().var / "models")
    with texts.open("rb") if texts is not None else nullcontext(sys.stdin.buffer) as given:
        refused = _analyse_lines(pipeline, given, every_score=scores == "all")
    refused.settle("the others are analysed.")


def _analyse_lines(pipeline: Pipeline, given: Iterable[bytes], *, every_score: bool) -> Refused:
    from nlp.analysis import as_line

    refused, lines = Refused(), read_lines(given)
    while batch := list(islice(lines, BATCH)):
        good = []
        for number, entry in batch:
            if isinstance(entry, str):
                refused.add(number, entry)
            else:
                good.append(entry)
        for entry, analysis in zip(good, pipeline.analyse([entry["text"] for entry in good]), strict=True):
            line = {"id": entry.get("id")} | as_line(analysis, every_score=every_score)
            sys.stdout.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n")
    sys.stdout.flush()
    return refused


def learn(programme: ProgrammeFolder, decisions: LinesFile, allow_refused: AllowRefused = False) -> None:
    """Learn from decisions, {"text", "translation", "categories", "place", "urgent", "sensitive": []} a line. Lines that are
    refused are named, the others are learned, and the end is 1."""
    from nlp.gold import as_lesson, is_sensitive
    from nlp.learning import learn as train
    from service.cli.tables import gain_lines

    knowledge, refused = read_knowledge(programme), Refused()
    entries = [entry for _, entry in read_sound(decisions, decision_fault(codes_of(knowledge)), refused)]
    sensitive = {entry["text"]: is_sensitive(entry) for entry in entries}  # as its last line says
    lessons = [as_lesson(entry) for entry in entries if not (sensitive[entry["text"]] or is_sensitive(entry))]
    withdrawn = [text for text, is_so in sensitive.items() if is_so]
    if not entries:
        fail(f"{decisions} holds no decision to learn from; nothing was learned.")
    settings = read_settings()
    with _learning() as progress:
        gain = train(
            knowledge, lessons, settings.var / "models", progress, keep=settings.models_kept, withdrawn=withdrawn
        )
    for line in gain_lines(gain):
        typer.echo(line)
    if withdrawn:
        typer.echo(f"Sensitive accounts: {len(withdrawn)}. They teach nothing, so that no model holds a word of them.")
    refused.settle(f"the other {len(lessons)} are learned.", allowed=allow_refused)


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
    allow_refused: AllowRefused = False,
) -> None:
    """Figures against gold texts, the simplest answers' first. Lines that are refused are named, the others are measured on,
    and the end is 1."""
    from nlp.evaluation import evaluate as measure
    from nlp.evaluation import evaluate_later
    from nlp.gold import split_in_time
    from service.cli.tables import evaluation_tables

    knowledge, refused = read_knowledge(programme), Refused()
    models = read_settings().var / "models"
    lines = list(read_sound(gold, gold_fault(codes_of(knowledge)), refused))
    try:
        if split is None:
            evaluation = measure(knowledge, models, [entry for _, entry in lines])
        else:
            earlier, later = split_in_time(lines, split)
            with _learning() as progress:
                evaluation = evaluate_later(knowledge, models, earlier, later, progress)
    except ValueError as error:
        fail(f"{gold}: {error}")
    console = Console(width=110 if not sys.stdout.isatty() else None)
    for table in evaluation_tables(evaluation):
        console.print(table)
    refused.settle(f"these are the figures on the other {len(lines)}.", allowed=allow_refused)


def codes_of(knowledge: Knowledge) -> set[str]:
    """The codes of a programme's categories."""
    return {category.code for category in knowledge.categories}


@contextmanager
def _learning() -> Iterator[Callable[[str, float], None]]:
    """A bar on standard error that shows how far a training is."""
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("learning", total=1.0)
        yield lambda what, share: progress.update(task, description=what, completed=share)
