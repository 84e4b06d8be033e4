"""The pages, one module each. To add one: write the module with `routes` and a docstring, and list it in PAGES."""

from __future__ import annotations

from types import ModuleType

from dashboards.pages import (
    alike,
    answer,
    desk,
    files,
    health,
    held,
    heldtexts,
    home,
    login,
    mailbox,
    media,
    people,
    phone,
    reply,
    report,
    sealed,
    themes,
    troubles,
    unread,
)

PAGES: tuple[ModuleType, ...] = (
    home,
    health,
    phone,
    answer,
    mailbox,
    login,
    desk,
    report,
    media,
    files,
    alike,
    reply,
    sealed,
    held,
    themes,
    heldtexts,
    troubles,
    unread,
    people,
)
