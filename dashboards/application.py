"""Putting the pages on a web application: templates, static files, errors, security headers, routes."""

from __future__ import annotations

from aiohttp import web

from dashboards.assets import add_assets
from dashboards.metrics import add_metrics
from dashboards.middlewares import add_security_headers, answer_errors, read_forms
from dashboards.pages import PAGES
from dashboards.published import add_published
from dashboards.rendering import add_templates
from dashboards.security import add_sessions
from dashboards.streams import add_streams


def add_dashboards(app: web.Application) -> None:
    """Add every page of PAGES. The application must carry the keys of `service/keys.py` before it starts.

    The error middleware goes outermost, so that it also answers what other middlewares raise.
    """
    assets = add_assets(app)
    add_templates(app, assets)
    add_streams(app)
    add_published(app)
    add_sessions(app)
    app.middlewares.insert(0, answer_errors)
    app.middlewares.insert(1, read_forms)
    add_metrics(app)
    app.on_response_prepare.append(add_security_headers)
    for page in PAGES:
        app.add_routes(page.routes)
