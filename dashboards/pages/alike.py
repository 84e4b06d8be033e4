"""Reports about the same: what one report looks like, side by side, and merging it into another."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from dashboards.deskframe import address_of, filters_of, now, render_desk
from dashboards.pages.report import hand
from dashboards.security import Person, notify, require
from service import alike, dossier, merging
from service.keys import DATABASE, SECRETS
from service.programme import Programme
from service.workflow import MOVES, NotAllowed

routes = web.RouteTableDef()


@routes.get("/desk/{programme}/reports/{reference}/alike")
async def show_alike(request: web.Request) -> web.StreamResponse:
    """The likest other reports with the reasons, and those merged here already."""
    programme, person = await require(request)
    return await _page(request, programme, person)


@routes.post("/desk/{programme}/reports/{reference}/merge")
async def merge(request: web.Request) -> web.StreamResponse:
    """Merge it into the chosen one. It can be taken back into review later."""
    programme, person = await require(request)
    form = await request.post()
    act, into = hand(request, programme, person, form), str(form.get("into", ""))[:16]
    try:
        async with request.app[DATABASE].writing() as session:
            await merging.merge(session, act, into, str(form.get("note", "")))
    except NotAllowed as error:
        return await _page(request, programme, person, error=str(error), status=409)
    await notify(
        request, "good", f"{act.reference} is merged into {into}. Whoever sent it is told what {into} is told."
    )
    raise web.HTTPSeeOther(f"/desk/{programme.code}/reports/{into}{address_of(filters_of(request))}")


async def _page(
    request: web.Request, programme: Programme, person: Person, *, error: str = "", status: int = 200
) -> web.StreamResponse:
    reference = request.match_info["reference"]
    async with request.app[DATABASE].reading() as session:
        found = await dossier.open_report(session, request.app[SECRETS], programme.code, reference, person.role, now())
        merged = await alike.merged_into(session, found.report)
    twins = await alike.find(request.app[DATABASE], programme, reference, person.role)
    context: dict[str, Any] = {
        "report": found.report,
        "categories": found.categories,
        "twins": twins,
        "merged": merged,
        "mergeable": "merged" in MOVES[found.report.status] and not found.report.sensitive,
        "here": f"/desk/{programme.code}/reports/{reference}",
        "query": address_of(filters_of(request)),
        "error": error,
    }
    return await render_desk(request, "desk/alike.html", programme, person, context, status=status)
