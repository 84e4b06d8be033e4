"""Putting the pages on a web application: static files, errors, security headers, routes."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Middleware

from dashboards.assets import add_assets
from dashboards.astray import lead_to_page
from dashboards.interrupted import keep_words
from dashboards.metrics import add_metrics, measure
from dashboards.middlewares import add_security_headers, answer_errors, layer, read_forms
from dashboards.pages import PAGES
from dashboards.published import add_published
from dashboards.security import add_sessions
from dashboards.streams import add_streams


def add_dashboards(app: web.Application) -> None:
    """Add every page of PAGES. The application must carry the keys of `service/keys.py` before it starts.

    The error middleware stands before the others, so that it also answers what they raise.
    """
    pages: list[Middleware] = [answer_errors, lead_to_page, read_forms]
    add_assets(app)
    add_streams(app)
    add_published(app)
    add_sessions(app, pages, [keep_words])
    add_metrics(app)
    app.middlewares.append(layer([measure], pages))
    app.on_response_prepare.append(add_security_headers)
    for page in PAGES:
        app.add_routes(page.routes)
