"""Templates: one environment, always escaping, where a missing value is an error and not an empty place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from dashboards.assets import find_assets
from dashboards.languages import language_name
from dashboards.marks import drawn
from dashboards.wording import named, purpose_name
from service.keys import DEMO

RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
"""Base languages written from right to left, of those in CLDR (https://cldr.unicode.org, characterOrder)."""


@cache
def _environment() -> jinja2.Environment:
    """One for the process: its templates are compiled once. `asset("css/base.css")` in a template is a file's address."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"asset": find_assets().url, "direction": direction}
    environment.filters |= {"moment": moment, "day": day, "machine": machine, "language_name": language_name}
    environment.filters |= {"drawn": drawn, "purpose_name": purpose_name, "named": named}
    return environment


def render(
    request: web.Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    language: str = "en",
) -> web.Response:
    """A page as HTML in a language (BCP 47). Besides `context`, a template knows `path`, `demo` and `language`."""
    text = render_part(request, template, context, language=language)
    return web.Response(text=text, content_type="text/html", status=status)


def render_part(
    request: web.Request, template: str, context: Mapping[str, Any] | None = None, *, language: str = "en"
) -> str:
    """A piece of a page, for a stream or a script to put in its place."""
    values = {"path": request.path, "demo": request.app.get(DEMO, False), "language": language}
    return _environment().get_template(template).render(values | dict(context or {}))


def direction(language: str) -> str:
    """ltr or rtl, for the `dir` attribute."""
    base, _, rest = language.partition("-")
    return "rtl" if base in RIGHT_TO_LEFT or rest.startswith(("Arab", "Hebr")) else "ltr"


def moment(value: datetime, zone: Any = UTC) -> str:
    """23 Nov 2026, 14:05 in a time zone."""
    local = value.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}"


def day(value: datetime, zone: Any = UTC) -> str:
    """23 Nov 2026 in a time zone."""
    local = value.astimezone(zone)
    return f"{local.day} {local:%b %Y}"


def machine(value: datetime) -> str:
    """The instant for a `datetime` attribute, 2026-11-23T14:05:00Z."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
