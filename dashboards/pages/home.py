"""The public page: what this is, figures that are safe to show, and a door for each who uses it."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from dashboards.figures_view import view_figures
from dashboards.published import figures_of
from dashboards.rendering import render
from service.keys import PROGRAMMES
from service.programme import Programme
from service.workflow import NotFound

routes = web.RouteTableDef()


@routes.get("/")
async def home(request: web.Request) -> web.StreamResponse:
    """Every programme's figures in short, and the doors."""
    programmes: Mapping[str, Programme] = request.app[PROGRAMMES]
    views = [
        view_figures(programme, await figures_of(request.app, programme), whole=False)
        for programme in programmes.values()
    ]
    return render(request, "home.html", {"programmes": views})


@routes.get("/figures/{programme}")
async def figures(request: web.Request) -> web.StreamResponse:
    """All of one programme's figures, as tables."""
    programme = request.app[PROGRAMMES].get(request.match_info["programme"])
    if programme is None:
        raise NotFound("There is no such programme.")
    view = view_figures(programme, await figures_of(request.app, programme), whole=True)
    return render(request, "figures.html", {"programme": view})
