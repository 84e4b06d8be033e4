"""What stopped on its way: texts by reason, lines that rest, opt-outs that flood in, requests nobody could read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from dashboards.deskframe import now, render_desk
from dashboards.numbers import key_in_address
from dashboards.security import Person, notify, require
from service import deadletters, lines, optouts, troubles
from service.deadletters import Which
from service.health import spooled
from service.keys import CHANNELS, DATABASE, INTAKE
from service.programme import Programme
from service.workflow import NotAllowed, NotFound

routes = web.RouteTableDef()
ACTS = ("again", "arrived", "leave")
DONE = {
    "again": "in the queue again. What stops once more comes back here.",
    "arrived": "noted as arrived.",
    "leave": "left as it is. It will not go out.",
}
Deed = Callable[[Any, Programme, Person], Awaitable[str]]


@routes.get("/desk/{programme}/troubles")
async def show_troubles(request: web.Request) -> web.StreamResponse:
    """Everything that stopped, the newest first, with its reason and what one can do."""
    programme, person = await require(request)
    channels = request.app[CHANNELS]
    async with request.app[DATABASE].reading() as session:
        found = await troubles.read(session, programme, channels, now())
    shown = {"found": found, "spool": spooled(request.app[INTAKE])}
    return await render_desk(request, "desk/troubles.html", programme, person, shown)


@routes.get("/desk/{programme}/troubles/texts")
async def show_texts(request: web.Request) -> web.StreamResponse:
    """The texts of one reason, one by one."""
    programme, person = await require(request)
    which = _which(request.query)
    async with request.app[DATABASE].reading() as session:
        listed = await deadletters.texts(session, programme.code, which, person.role)
    return await render_desk(request, "desk/stopped.html", programme, person, {"which": which, "texts": listed})


@routes.post("/desk/{programme}/troubles/all/{act}")
async def act_on_all(request: web.Request) -> web.StreamResponse:
    """Do the same with all texts of one reason: try again, take them for arrived, or leave them."""
    act = _act_of(request)
    which = _which(await request.post())
    deed = {"again": deadletters.again, "arrived": deadletters.arrived, "leave": deadletters.leave}[act]

    async def all_of_them(session: Any, programme: Programme, person: Person) -> str:
        count = await deed(session, programme.code, which, person.user_id, now())
        return f"{count} {'text is' if count == 1 else 'texts are'} {DONE[act]}"

    return await _do(request, all_of_them)


@routes.post("/desk/{programme}/troubles/{message}/{act}")
async def act_on_one(request: web.Request) -> web.StreamResponse:
    """The same with one text."""
    act, number = _act_of(request), key_in_address(request, "message", "There is no such text.")
    deed = {"again": deadletters.again_one, "arrived": deadletters.arrived_one, "leave": deadletters.leave_one}[act]

    async def just_it(session: Any, programme: Programme, person: Person) -> str:
        await deed(session, programme.code, number, person.user_id, now())
        return f"The text is {DONE[act]}"

    return await _do(request, just_it)


@routes.post("/desk/{programme}/lines/{channel}/try")
async def try_line(request: web.Request) -> web.StreamResponse:
    """Let one text try at once whether a provider can be reached again."""

    async def deed(session: Any, programme: Programme, person: Person) -> str:
        await lines.try_now(session, programme.code, _channel(request, programme), person.user_id, now())
        return "One text tries now. If it gets through, the others follow."

    return await _do(request, deed)


@routes.post("/desk/{programme}/lines/{channel}/opt-outs")
async def settle_opt_outs(request: web.Request) -> web.StreamResponse:
    """End an alarm: the people the provider named opted out, or it was the provider's fault."""
    believed = (await request.post()).get("believed") == "yes"

    async def deed(session: Any, programme: Programme, person: Person) -> str:
        channel = _channel(request, programme)
        stopped = await optouts.settle(session, programme.code, channel, person.user_id, now(), stop=believed)
        who = {0: "Nobody is", 1: "One person is"}.get(stopped, f"{stopped} people are")
        return f"The alarm is over. {who} stopped."

    return await _do(request, deed)


async def _do(request: web.Request, deed: Deed) -> web.StreamResponse:
    programme, person = await require(request)
    try:
        async with request.app[DATABASE].writing() as session:
            done = await deed(session, programme, person)
        await notify(request, "good", done)
    except NotAllowed as error:
        await notify(request, "warn", str(error))
    raise web.HTTPSeeOther(f"/desk/{programme.code}/troubles")


def _act_of(request: web.Request) -> str:
    act = request.match_info["act"]
    if act not in ACTS:
        raise NotFound("There is no such act.")
    return act


def _channel(request: web.Request, programme: Programme) -> str:
    return f"{programme.code}/{request.match_info['channel']}"


def _which(form: Mapping[str, Any]) -> Which:
    """A group as the page named it; an empty reason is none."""
    return Which(
        form.get("way") == "out",
        str(form.get("channel", "")),
        str(form.get("state", "")),
        str(form.get("failure", "")) or None,
        str(form.get("error", "")) or None,
    )
