"""A moderator writes to a reporter: what it costs and when it goes out is seen before it is sent."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from channels.segments import count
from dashboards.deskframe import address_of, filters_of, now, render_desk
from dashboards.rendering import render_part
from dashboards.security import notify, require
from service import replies
from service.keys import CHANNELS, DATABASE, SECRETS
from service.workflow import NotAllowed

routes = web.RouteTableDef()


@routes.get("/desk/{programme}/reports/{reference}/reply")
async def show_form(request: web.Request) -> web.StreamResponse:
    """The form, and what one should know about who gets it."""
    return await _page(request, "", secrets.token_urlsafe(18))


@routes.post("/desk/{programme}/reports/{reference}/reply")
async def preview_or_send(request: web.Request) -> web.StreamResponse:
    """With `do` = send it is sent, if its cost was seen; else the page again with what it costs."""
    programme, person = await require(request)
    form = await request.post()
    text, key = str(form.get("text", "")), str(form.get("key", ""))
    if form.get("do") != "send" or not _is_seen(form):
        return await _page(request, text, key, weighed=True)
    reference = request.match_info["reference"]
    try:
        async with request.app[DATABASE].writing() as session:
            await replies.send(
                session, request.app[SECRETS], programme, reference, person.role, person.user_id, text, key, now()
            )
    except NotAllowed as error:
        return await _page(request, text, key, weighed=True, error=str(error), status=409)
    await notify(request, "good", f"Your reply to {reference} is on its way.")
    raise web.HTTPSeeOther(f"/desk/{programme.code}/reports/{reference}{address_of(filters_of(request))}")


@routes.post("/desk/{programme}/reports/{reference}/weigh")
async def weigh(request: web.Request) -> web.StreamResponse:
    """What a text costs, as a piece of the page, for as long as somebody types."""
    programme, person = await require(request)
    text = str((await request.post()).get("text", ""))[: 4 * replies.LONGEST]
    app = request.app
    async with app[DATABASE].reading() as session:
        _, to = await replies.recipient(
            session, app[SECRETS], programme, app[CHANNELS], request.match_info["reference"], person.role, now()
        )
    draft = replies.draft(programme, to, text)
    return web.Response(
        text=render_part(request, "desk/weight.html", {"draft": draft, "to": to}), content_type="text/html"
    )


def _is_seen(form: Mapping[str, Any]) -> bool:
    """Whether they were shown how many segments this text has."""
    return form.get("seen") == str(count(replies.clean(str(form.get("text", "")))).segments)


async def _page(
    request: web.Request, text: str, key: str, *, weighed: bool = False, error: str = "", status: int = 200
) -> web.StreamResponse:
    programme, person = await require(request)
    reference = request.match_info["reference"]
    app = request.app
    async with app[DATABASE].reading() as session:
        report, to = await replies.recipient(
            session, app[SECRETS], programme, app[CHANNELS], reference, person.role, now()
        )
    context: dict[str, Any] = {
        "report": report,
        "to": to,
        "draft": replies.draft(programme, to, text) if weighed else None,
        "text": text,
        "key": key,
        "error": error,
        "longest": replies.LONGEST,
        "here": f"/desk/{programme.code}/reports/{reference}",
        "query": address_of(filters_of(request)),
    }
    return await render_desk(request, "desk/reply.html", programme, person, context, status=status)
