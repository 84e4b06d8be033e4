"""The one command line, `answerable`. Each command is a function with a docstring that `--help` shows."""

from __future__ import annotations

import typer

from service.cli import channels, houses, models, places, records, simulate, texts

app = typer.Typer(
    name="answerable",
    help="Turns what residents text into what officials must answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (houses, channels, texts, models, places, records, simulate):
    part.add_to(app)
