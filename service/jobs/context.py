"""What a job is, and what it may use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.db import Database
from service.programme import Programme
from service.secrets import Secrets
from service.settings import Settings

Render = Callable[[Mapping[str, Any], Programme], tuple[str, str]]
"""A frozen digest as HTML and as plain text."""


@dataclass(frozen=True)
class Context:
    """What jobs work with. `render_digest` comes from the pages, which jobs may not import."""

    database: Database
    secrets: Secrets
    programmes: Mapping[str, Programme]
    settings: Settings
    render_digest: Render


@dataclass(frozen=True)
class Job:
    """Work done on a schedule. It must be safe to run twice, and at any moment. The docstring of `run` says what for."""

    name: str
    run: Callable[[Context, datetime], Awaitable[None]]
    every: timedelta
    steady: timedelta = timedelta()
    """How long a clock that jumped must have run on before it is believed here."""
