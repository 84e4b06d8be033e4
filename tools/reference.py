"""Writes the generated pages of docs/reference from the code: `python -m tools.reference`, or `make docs`.

A test compares what this would write with what is there, so no page can go stale.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, Field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer
from aiohttp import web
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from channels import CHANNELS, COMMON, settings_of
from dashboards.pages import PAGES
from nlp.steps.registry import STEPS
from service.cli.commands import app
from service.jobs import JOBS
from service.settings import Settings
from tools import abilities

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
NOTE = "*Written by `make docs` from {source}; change it there.*"


def pages() -> dict[str, str]:
    """Every generated page by file name."""
    return {
        "settings.md": _page("Settings", "`service/settings.py`", settings()),
        "commands.md": _page("Commands", "`service/cli/`", commands()),
        "channels.md": _page("Channels", "`channels/`", channels()),
        "jobs.md": _page("Jobs", "`service/jobs/`", jobs()),
        "steps.md": _page("Steps of the analysis", "`nlp/steps/`", steps()),
        "pages.md": _page("Pages", "`dashboards/pages/`", routes()),
    }


def settings() -> Iterator[str]:
    """One row a field of Settings."""
    yield "Every setting is a variable of the environment. What is not set has the default."
    yield ""
    rows = ([f"`{name.upper()}`", _default(field), field.description] for name, field in Settings.model_fields.items())
    yield from _table(("name", "default", "what it is"), rows)


def commands() -> Iterator[str]:
    """One section a command, as `--help` has it."""
    root = typer.main.get_command(app)
    yield "`answerable COMMAND --help` says the same at the terminal."
    for path, command in _commands(root, ()):
        yield ""
        yield f"## answerable {' '.join(path)}"
        yield ""
        yield _words(command.help or "")
        yield ""
        context = typer.Context(command, info_name=" ".join(("answerable", *path)))
        usage = " ".join(command.collect_usage_pieces(context))
        yield f"`answerable {' '.join(path)} {usage}`"
        options = [parameter for parameter in command.params if _is_documented(parameter)]
        if options:
            yield ""
            yield from _table(("option", "what it is"), ([_option(option), _help(option)] for option in options))


def channels() -> Iterator[str]:
    """What each channel type can do, then one section each with its settings."""
    yield "The types a programme's `channels.yaml` may name, with their settings. Give a secret as `$NAME`, a variable."
    yield ""
    yield "What each can do, proven by its cases in `tests/channels/cases/`."
    yield "*Free to write*: how long after a person's last text any words may go; later only by a template, or not at all."
    yield "*Drops what comes twice*: whether a text of uncertain fate can be sent again without a double."
    yield ""
    yield from _table(abilities.HEAD, abilities.rows())
    yield ""
    yield "Settings that each of them may have beside its own:"
    yield ""
    yield from _table(
        ("setting", "default", "what it is"), ([f"`{name}`", "empty", what] for name, what in COMMON.items())
    )
    for kind, channel in sorted(CHANNELS.items()):
        module = inspect.getmodule(channel)
        words = inspect.cleandoc(module.__doc__ or "")
        about = " ".join(word for word in words.split("\n\n")[0].split() if not word.startswith("https://"))
        addresses = [word.rstrip(".,:)") for word in words.split() if word.startswith("https://")]
        yield ""
        yield f"## {kind}"
        yield ""
        yield f"{about.rstrip('.:')}."
        yield ""
        sizes = "texts are billed by SMS segment" if channel.segmented else "no SMS segments"
        yield f"At most {channel.max_length} characters a text; {sizes}."
        if addresses:
            yield f"Sources: {', '.join(f'<{address}>' for address in addresses)}."
        fields = settings_of(kind)
        if fields:
            yield ""
            rows = ([f"`{field.name}`", _channel_default(field), field.metadata["help"]] for field in fields)
            yield from _table(("setting", "default", "what it is"), rows)


def jobs() -> Iterator[str]:
    """One row a job."""
    yield "What the schedule does, on the one machine that leads. Each job runs at start, then at its interval."
    yield ""
    rows = (
        [f"`{job.name}`", _interval(job.every), _interval(job.steady) if job.steady else "", _summary(job.run)]
        for job in JOBS
    )
    yield from _table(("job", "every", "needs a clock steady for", "what for"), rows)


def steps() -> Iterator[str]:
    """One row a step, in the order in which a text passes them."""
    yield "A text passes these steps in this order, one file each. What they find is in `nlp/analysis.py`."
    yield ""
    rows = (
        [str(number), f"`{step.name}`", _words(inspect.cleandoc(step.__doc__ or ""))]
        for number, step in enumerate(STEPS, start=1)
    )
    yield from _table(("", "step", "what it does"), rows)


def routes() -> Iterator[str]:
    """One table a page module, one row an address."""
    yield "The addresses people and machines open. Providers call `/channels/<programme>/<name>`."
    for page in PAGES:
        yield ""
        yield f"## {page.__name__.rpartition('.')[2]}"
        yield ""
        yield _words(inspect.cleandoc(page.__doc__ or ""))
        yield ""
        defined = [route for route in page.routes if isinstance(route, web.RouteDef)]
        rows = ([f"`{route.method} {route.path}`", _summary(route.handler)] for route in defined)
        yield from _table(("address", "what it does"), rows)


def _page(title: str, source: str, body: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", NOTE.format(source=source), "", *body]) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[Sequence[str | None]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_cell(value or '') for value in row)} |"


def _cell(text: str) -> str:
    return _words(text).replace("|", "\\|")


def _words(text: str) -> str:
    return " ".join(text.split())


def _summary(function: Any) -> str:
    """The first paragraph of a docstring."""
    return _words(inspect.cleandoc(function.__doc__ or "").split("\n\n")[0])


def _default(field: FieldInfo) -> str:
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    text = f"`{value}`" if str(value) else "empty"
    if get_origin(field.annotation) is Literal:
        return f"{text} (of {', '.join(map(str, get_args(field.annotation)))})"
    return text


def _channel_default(field: Field[Any]) -> str:
    if field.default is MISSING:
        return "needed, secret" if field.metadata["secret"] else "needed"
    text = f"`{field.default}`" if str(field.default) else "empty"
    return f"{text}, secret" if field.metadata["secret"] else text


def _interval(every: timedelta) -> str:
    seconds = int(every.total_seconds())
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            count = seconds // size
            return name if count == 1 else f"{count} {name}s"
    raise ValueError("a job's interval is a positive number of seconds")


def _commands(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from _commands(child, (*path, name))


def _is_documented(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option") and parameter.name != "help"


def _option(option: Any) -> str:
    return ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))


def _help(option: Any) -> str:
    needed = " Needed." if option.required else ""
    shown = option.default if isinstance(option.default, str | int) and not isinstance(option.default, bool) else None
    default = f" Default: {shown}." if shown is not None and not option.required else ""
    return f"{option.help or ''}{needed}{default}"


if __name__ == "__main__":
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
