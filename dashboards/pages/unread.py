"""Requests nobody could read, among the troubles: tried again after a fix, or erased where nobody ever will read them."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from dashboards.deskframe import now
from dashboards.numbers import key
from dashboards.security import notify, require
from service import audit, quarantine, receiving
from service.keys import CHANNELS, DATABASE, INTAKE
from service.quarantine import Which
from service.receiving import Outcome
from service.web import NOT_STORED
from service.workflow import NotAllowed

routes = web.RouteTableDef()


@routes.post("/desk/{programme}/unread")
async def try_again(request: web.Request) -> web.StreamResponse:
    """Read one request again, or all that wait for a channel. What they brought is stored; of the others it says why not."""
    programme, person = await require(request)
    form = await request.post()
    which = _which(programme.code, str(form.get("id", "")), str(form.get("channel", "")))
    try:
        outcome = await receiving.try_again(request.app[INTAKE], request.app[CHANNELS], which, now())
    except NOT_STORED:
        await notify(request, "bad", "The texts could not be stored just now. Nothing is lost; try again in a while.")
    else:
        what = f"quarantine:{which.id if which.id is not None else which.channel}"
        detail = {"read": outcome.read, "failed": outcome.failed}
        async with request.app[DATABASE].writing() as session:
            await audit.record(session, programme.code, audit.user(person.user_id), "read_again", what, detail, now())
        await notify(request, *_said(outcome))
    raise web.HTTPSeeOther(f"/desk/{programme.code}/troubles")


@routes.post("/desk/{programme}/unread/erase")
async def erase(request: web.Request) -> web.StreamResponse:
    """Erase one request for good, or all of a channel with the same reason that the page spoke of."""
    programme, person = await require(request)
    form = await request.post()
    which = _which(programme.code, str(form.get("id", "")), str(form.get("channel", "")))
    if which.id is None or form.get("all") == "yes":
        up_to = key(str(form.get("up_to", "")))
        if up_to is None or not which.channel:
            raise NotAllowed("Choose one request, or all of a channel that failed for the same reason.")
        which = replace(which, id=None, reason=str(form.get("reason", "")), up_to=up_to)
    async with request.app[DATABASE].writing() as session:
        requests = await quarantine.erase(session, programme.code, which, person.user_id, now())
    words = {0: "Nothing of it waits any more, or somebody is just trying it again.", 1: "The request is erased."}
    await notify(request, "info" if not requests else "good", words.get(requests, f"{requests} requests are erased."))
    raise web.HTTPSeeOther(f"/desk/{programme.code}/troubles")


def _which(programme: str, id: str, channel: str) -> Which:
    number = key(id)
    if number is not None or channel:
        return Which(programme, id=number, channel=channel or None)
    raise NotAllowed("Choose one request, or all of a channel.")


def _said(outcome: Outcome) -> tuple[str, str]:
    match outcome:
        case Outcome(0, 0):
            return "info", "Nothing of it waits any more."
        case Outcome(1, 0):
            return "good", "The request was read, and what it brought is stored."
        case Outcome(read, 0):
            return "good", f"{read} requests were read, and what they brought is stored."
        case Outcome(read, failed, reason):
            done = f"{read} read and stored. " if read else ""
            why = f": {reason}" if failed == 1 else ". Why stands beside each"
            return "warn", f"{done}{failed} still cannot be read{why}."
