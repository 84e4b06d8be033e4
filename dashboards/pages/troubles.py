"""What stopped on its way: texts given up, with another try, and requests nobody could read."""

from __future__ import annotations

from aiohttp import web

from dashboards.deskframe import now, render_desk
from dashboards.security import notify, require
from service import troubles
from service.keys import DATABASE
from service.workflow import NotAllowed, NotFound

routes = web.RouteTableDef()


@routes.get("/desk/{programme}/troubles")
async def show_troubles(request: web.Request) -> web.StreamResponse:
    """Both lists, newest first, with the reason of each."""
    programme, person = await require(request)
    async with request.app[DATABASE].reading() as session:
        found = await troubles.read(session, programme.code, person.role)
    return await render_desk(request, "desk/troubles.html", programme, person, {"found": found})


@routes.post("/desk/{programme}/troubles/{message}/retry")
async def retry(request: web.Request) -> web.StreamResponse:
    """Put one text back into its queue."""
    programme, person = await require(request)
    value = request.match_info["message"]
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise NotFound("There is no such text.")
    try:
        async with request.app[DATABASE].writing() as session:
            await troubles.retry(session, programme.code, int(value), person.user_id, now())
        await notify(request, "good", "The text is in its queue again. If it stops once more, it comes back here.")
    except NotAllowed as error:
        await notify(request, "warn", str(error))
    raise web.HTTPSeeOther(f"/desk/{programme.code}/troubles")
