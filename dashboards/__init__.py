"""What people see: pages, templates, static files. No SQL of its own: pages call the nouns of `service`.

A page is a module in `dashboards/pages/` with a docstring and `routes`, listed in `PAGES`.
"""

from __future__ import annotations

from dashboards.application import add_dashboards
from dashboards.pages import PAGES

__all__ = ["PAGES", "add_dashboards"]
