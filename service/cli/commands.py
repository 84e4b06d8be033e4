"""All commands. Each is a function with a docstring that `--help` shows."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from service.cli import channels, houses, models, people, places, records, simulate, texts
from service.cli.common import fail


class Commands(TyperGroup):
    """The commands. A file or a disk that stands in the way of one ends it with what and where, not with a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # who reads us has enough, and we end quietly
        except OSError as error:
            where = error.filename if error.filename is not None else "What is read or written"
            fail(
                f"{where}: {error.strerror or error}. Is there room, may it be written, and does VAR name a folder of ours?"
            )


app = typer.Typer(
    name="answerable",
    cls=Commands,
    help="Turns what residents text into what officials must answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (houses, channels, texts, models, places, people, records, simulate):
    part.add_to(app)
