"""What people write about and no category names: the week's proposals, with examples, to take up or dismiss."""

from __future__ import annotations

from aiohttp import web

from dashboards.deskframe import now, render_desk
from dashboards.numbers import key_in_address
from dashboards.security import notify, require
from service import themes
from service.keys import DATABASE

routes = web.RouteTableDef()
DONE = {
    "taken": "The theme is taken up. Add a category to categories.yaml, then set it on these reports.",
    "dismissed": "The theme is dismissed. These reports are not proposed again.",
}


@routes.get("/desk/{programme}/themes")
async def show_themes(request: web.Request) -> web.StreamResponse:
    """The themes that wait, the largest first, and what to write into categories.yaml for each."""
    programme, person = await require(request)
    async with request.app[DATABASE].reading() as session:
        context = {
            "proposals": await themes.proposals(session, programme),
            "looked": await themes.last_week(session, programme.code),
        }
    return await render_desk(request, "desk/themes.html", programme, person, context)


@routes.post("/desk/{programme}/themes/{theme}")
async def decide(request: web.Request) -> web.StreamResponse:
    """Take one up, or dismiss it."""
    programme, person = await require(request)
    form = await request.post()
    number, state = key_in_address(request, "theme", "There is no such theme."), str(form.get("do", ""))
    async with request.app[DATABASE].writing() as session:
        await themes.decide(session, programme.code, number, state, person.user_id, now())
    await notify(request, "good", DONE[state])
    raise web.HTTPSeeOther(f"/desk/{programme.code}/themes")
