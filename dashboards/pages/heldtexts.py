"""Texts held back as a loop, a machine's or too many: what a person may still take as an account, or leave."""

from __future__ import annotations

from aiohttp import web

from dashboards.deskframe import now, render_desk
from dashboards.numbers import key_in_address
from dashboards.security import notify, require
from service import heldtexts
from service.keys import DATABASE, SECRETS
from service.workflow import NotAllowed

routes = web.RouteTableDef()


@routes.get("/desk/{programme}/held")
async def show_held(request: web.Request) -> web.StreamResponse:
    """Who has texts held, with the newest of each."""
    programme, person = await require(request)
    async with request.app[DATABASE].reading() as session:
        senders = await heldtexts.read(session, request.app[SECRETS], programme.code)
    return await render_desk(request, "desk/heldtexts.html", programme, person, {"senders": senders})


@routes.post("/desk/{programme}/held/{message}/take")
async def take(request: web.Request) -> web.StreamResponse:
    """Take one text as an account."""
    programme, person = await require(request)
    try:
        async with request.app[DATABASE].writing() as session:
            await heldtexts.release(session, programme.code, _number(request), person.user_id, now())
        await notify(request, "good", "The text is being read as an account. It comes to the queue if it needs you.")
    except NotAllowed as error:
        await notify(request, "warn", f"{error} Somebody else was here before you.")
    raise web.HTTPSeeOther(f"/desk/{programme.code}/held")


@routes.post("/desk/{programme}/held/{message}/leave")
async def leave(request: web.Request) -> web.StreamResponse:
    """Leave all that is held of the person who sent this text."""
    programme, person = await require(request)
    try:
        async with request.app[DATABASE].writing() as session:
            number = await heldtexts.leave(session, programme.code, _number(request), person.user_id, now())
        await notify(request, "info", f"{number} {'text is' if number == 1 else 'texts are'} left aside, and kept.")
    except NotAllowed as error:
        await notify(request, "warn", f"{error} Somebody else was here before you.")
    raise web.HTTPSeeOther(f"/desk/{programme.code}/held")


def _number(request: web.Request) -> int:
    return key_in_address(request, "message", "There is no such text.")
