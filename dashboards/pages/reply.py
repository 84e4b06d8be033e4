"""A moderator writes to a reporter: what it costs and when it goes out is seen before it is sent."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from channels.segments import count
from dashboards.deskframe import address_of, filters_of, now, render_desk
from dashboards.rendering import render_part
from dashboards.security import FILE_LOST, notify, require
from service import replies
from service.keys import CHANNELS, DATABASE, SECRETS, SETTINGS
from service.media import enclosing
from service.media.enclosing import Enclosure
from service.programme import Programme
from service.workflow import NotAllowed

routes = web.RouteTableDef()


@routes.get("/desk/{programme}/reports/{reference}/reply")
async def show_form(request: web.Request) -> web.StreamResponse:
    """The form, and what one should know about who gets it."""
    return await _page(request, "", secrets.token_urlsafe(18))


@routes.post("/desk/{programme}/reports/{reference}/reply")
async def preview_or_send(request: web.Request) -> web.StreamResponse:
    """With `do` = send it is sent, if its cost was seen; else the page again with what it costs and the file it takes."""
    programme, person = await require(request)
    form = await request.post()
    text, key = str(form.get("text", "")), str(form.get("key", ""))
    enclosure = None
    try:
        # A new file that does not do leaves the one before in its place.
        enclosure = _held(request, form, key)
        enclosure = await _chosen(request, form) or enclosure
        if FILE_LOST in form.items():
            raise NotAllowed("The file did not come through the log-in. Choose it again, or send the text without it.")
        if form.get("do") != "send" or not _is_seen(form):
            return await _page(request, text, key, weighed=True, enclosure=enclosure)
        reference = request.match_info["reference"]
        async with request.app[DATABASE].writing() as session:
            await replies.send(
                session,
                request.app[SECRETS],
                programme,
                reference,
                person.role,
                person.user_id,
                text,
                key,
                now(),
                enclosure,
            )
    except NotAllowed as error:
        return await _page(request, text, key, weighed=True, error=str(error), status=409, enclosure=enclosure)
    await notify(request, "good", f"Your reply to {reference} is on its way.")
    raise web.HTTPSeeOther(f"/desk/{programme.code}/reports/{reference}{address_of(filters_of(request))}")


def _held(request: web.Request, form: Mapping[str, Any], key: str) -> Enclosure | None:
    """The file that this form holds from an earlier page. Raises NotAllowed."""
    kept = str(form.get("kept", ""))
    if not kept or form.get("without") == "yes":
        return None
    return enclosing.held(request.app[SECRETS], kept, f"{request.match_info['reference']}:{key}")


async def _chosen(request: web.Request, form: Mapping[str, Any]) -> Enclosure | None:
    """The file chosen now, cleaned. Raises NotAllowed, and NotFound as the page does."""
    part = form.get("file")
    content = part.file.read() if isinstance(part, web.FileField) else b""
    if not isinstance(part, web.FileField) or not content:
        return None
    programme, person = await require(request)
    app, reference = request.app, request.match_info["reference"]
    async with app[DATABASE].reading() as session:
        _, to = await replies.recipient(session, app[SECRETS], programme, app[CHANNELS], reference, person.role, now())
    offered = _offer(request, programme, to)
    if to.refusal or not offered.carries:
        raise NotAllowed(to.refusal or offered.refusal or "Their channel carries no files.")
    return await enclosing.prepare(part.filename, content, offered)


def _offer(request: web.Request, programme: Programme, to: replies.Recipient) -> enclosing.Offer:
    settings = request.app[SETTINGS]
    return enclosing.offer(programme, to.channel, settings.media_megabytes * 1_000_000, public=settings.secure())


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
    request: web.Request,
    text: str,
    key: str,
    *,
    weighed: bool = False,
    error: str = "",
    status: int = 200,
    enclosure: Enclosure | None = None,
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
        "offer": _offer(request, programme, to),
        "file": enclosure,
        "kept": "" if enclosure is None else enclosing.hold(app[SECRETS], enclosure, f"{reference}:{key}"),
        "small": _small(enclosure),
        "here": f"/desk/{programme.code}/reports/{reference}",
        "query": address_of(filters_of(request)),
    }
    return await render_desk(request, "desk/reply.html", programme, person, context, status=status)


def _small(enclosure: Enclosure | None) -> str:
    """A chosen picture, small, in base64; empty for any other file."""
    preview = None if enclosure is None else enclosure.clean.preview
    return "" if preview is None else base64.b64encode(preview).decode()
