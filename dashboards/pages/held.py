"""Officials' answers that wait for a moderator: read, then let out to the reporters or taken back."""

from __future__ import annotations

from aiohttp import web

from dashboards.deskframe import now, render_desk
from dashboards.numbers import key_in_address
from dashboards.security import notify, require
from service import costs, releasing
from service.keys import DATABASE, SECRETS
from service.releasing import HeldAnswer
from service.workflow import NotAllowed

routes = web.RouteTableDef()
EXAMPLE = "K7-4QF"
"""Stands in where every report of an answer has gone into the vault."""


@routes.get("/desk/{programme}/answers")
async def show_answers(request: web.Request) -> web.StreamResponse:
    """What is held, oldest first."""
    programme, person = await require(request)
    async with request.app[DATABASE].reading() as session:
        held = [
            (entry, await costs.audience(session, programme, entry.answer.id, *_words(entry)))
            for entry in await releasing.held(session, programme)
        ]
    context = {"held": held, "cost": programme.rules.cost_per_segment}
    return await render_desk(request, "desk/held.html", programme, person, context)


@routes.post("/desk/{programme}/answers/{answer}/release")
async def release(request: web.Request) -> web.StreamResponse:
    """Tell the reporters."""
    programme, person = await require(request)
    try:
        async with request.app[DATABASE].writing() as session:
            secrets, number = request.app[SECRETS], _number(request)
            await releasing.release(session, secrets, programme, number, person.user_id, now())
        await notify(request, "good", "The answer is on its way to everybody it is for.")
    except NotAllowed as error:
        await notify(request, "warn", f"{error} Somebody else was here before you.")
    raise web.HTTPSeeOther(f"/desk/{programme.code}/answers")


@routes.post("/desk/{programme}/answers/{answer}/withdraw")
async def withdraw(request: web.Request) -> web.StreamResponse:
    """Tell nobody; the reports wait for an answer again."""
    programme, person = await require(request)
    try:
        async with request.app[DATABASE].writing() as session:
            await releasing.withdraw(session, programme, _number(request), person.user_id, now())
        await notify(request, "info", "The answer is taken back. Nobody was told, and its reports wait again.")
    except NotAllowed as error:
        await notify(request, "warn", f"{error} Somebody else was here before you.")
    raise web.HTTPSeeOther(f"/desk/{programme.code}/answers")


def _words(entry: HeldAnswer) -> tuple[str, str, str]:
    return entry.answer.office, entry.answer.text, entry.references[0] if entry.references else EXAMPLE


def _number(request: web.Request) -> int:
    return key_in_address(request, "answer", "There is no such answer.")
