"""The pages, one module each. To add one: write the module with `routes` and a docstring, and list it in PAGES."""

from __future__ import annotations

from types import ModuleType

from dashboards.pages import health, phone

PAGES: tuple[ModuleType, ...] = (health, phone)
