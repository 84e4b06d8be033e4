"""The vault from the desk: opening a sensitive account, referring it, or bringing it back. For focal points."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiohttp import web

from dashboards.deskframe import address_of, filters_of, now, render_desk
from dashboards.pages.report import hand
from dashboards.retelling import SENSITIVE_WORDS, history
from dashboards.security import Person, notify, require
from service import dossier, moderation, protection, replies, vault
from service.filters import WAITING
from service.keys import DATABASE, SECRETS
from service.moderation import REJECTIONS, Act
from service.programme import Programme
from service.protection import CONSENTS
from service.workflow import NotAllowed

routes = web.RouteTableDef()


@routes.post("/desk/{programme}/reports/{reference}/open")
async def open_sealed(request: web.Request) -> web.StreamResponse:
    """Open the account once. Written down before a word of it is shown."""
    programme, person = await require(request, "focal_point")
    return await _page(request, programme, person)


@routes.post("/desk/{programme}/reports/{reference}/refer")
async def refer(request: web.Request) -> web.StreamResponse:
    """Hand it on to those who can help."""
    form = await request.post()

    async def deed(session: Any, act: Act) -> str:
        to, consent, note = (str(form.get(name, "")) for name in ("to", "consent", "note"))
        await protection.refer(session, act, to, consent, note)
        return "is referred. It stays in the vault."

    return await _act(request, deed)


@routes.post("/desk/{programme}/reports/{reference}/unprotect")
async def unprotect(request: web.Request) -> web.StreamResponse:
    """It is not sensitive: back to the ordinary queue."""
    form = await request.post()

    async def deed(session: Any, act: Act) -> str:
        await protection.unprotect(session, request.app[SECRETS], act, str(form.get("note", "")))
        return "is in the ordinary queue again, for every moderator to read."

    return await _act(request, deed)


@routes.post("/desk/{programme}/reports/{reference}/close")
async def close(request: web.Request) -> web.StreamResponse:
    """Set a sealed account aside; it stays sealed."""
    form = await request.post()

    async def deed(session: Any, act: Act) -> str:
        await moderation.reject(session, act, str(form.get("because", "")), str(form.get("note", "")))
        return "is set aside, and stays sealed."

    return await _act(request, deed)


async def _act(request: web.Request, deed: Callable[[Any, Act], Awaitable[str]]) -> web.StreamResponse:
    programme, person = await require(request, "focal_point")
    act = hand(request, programme, person, await request.post())
    try:
        async with request.app[DATABASE].writing() as session:
            done = await deed(session, act)
    except NotAllowed as error:
        return await _page(request, programme, person, error=str(error), status=409)
    await notify(request, "good", f"{act.reference} {done}")
    raise web.HTTPSeeOther(f"/desk/{programme.code}?vault=yes")


async def _page(
    request: web.Request, programme: Programme, person: Person, *, error: str = "", status: int = 200
) -> web.StreamResponse:
    reference, moment = request.match_info["reference"], now()
    async with request.app[DATABASE].writing() as session:
        content = await vault.read(
            session, request.app[SECRETS], programme.code, reference, person.role, person.user_id, moment
        )
        found = await dossier.open_report(
            session,
            request.app[SECRETS],
            programme.code,
            reference,
            person.role,
            moment,
            opened=True,
            mask=partial(replies.mask, programme),
        )
        if found.report.status in WAITING:
            await moderation.claim(session, found.report.id, person.user_id, moment)
    context: dict[str, Any] = {
        "report": found.report,
        "found": found,
        "content": content,
        "place": content.analysis.get("place") or content.analysis.get("location"),
        "said": content.analysis.get("sensitive", ()),
        "events": history(programme, found),
        "here": f"/desk/{programme.code}/reports/{reference}",
        "query": address_of(filters_of(request)),
        "error": error,
        "consents": CONSENTS,
        "kinds": SENSITIVE_WORDS,
        "rejections": REJECTIONS,
        "waiting": found.report.status in WAITING,
    }
    return await render_desk(request, "desk/opened.html", programme, person, context, status=status)
