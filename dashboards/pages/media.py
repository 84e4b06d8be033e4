"""Files that came with texts, at the desk: shown, played or downloaded, fetched again, erased, written down.

A file is served under rules of its own: it runs nothing, is framed by nobody, is kept by no cache, and is what we say it
is. A browser that seeks in a voice note gets the part it asks for (RFC 9110, 14).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from dashboards.deskframe import address_of, filters_of, now
from dashboards.numbers import key_in_address
from dashboards.pages.report import hand
from dashboards.security import notify, require
from dashboards.unstored import written_in
from service.keys import DATABASE, SECRETS
from service.media import acts, showing
from service.media.showing import Opened
from service.moderation import Act
from service.workflow import NotAllowed

routes = web.RouteTableDef()
PATIENCE = 3.0
"""Seconds a page waits for the machine to read what was written down; usually it takes one."""
LOOKS = 0.25
HEADERS = {
    # A browser that shows a picture by itself lays it out with a style of its own.
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store, private",
    "Accept-Ranges": "bytes",
}


@routes.get("/desk/{programme}/media/{file}")
async def show_file(request: web.Request) -> web.StreamResponse:
    """The file, whole or the part asked for. One of the vault opens for focal points, and that is written down."""
    return serve(request, await _open(request, preview=False))


@routes.get("/desk/{programme}/media/{file}/preview")
async def show_preview(request: web.Request) -> web.StreamResponse:
    """A picture again, small."""
    opened = await _open(request, preview=True)
    return web.Response(body=opened.content, headers=HEADERS, content_type="image/jpeg")


@routes.post("/desk/{programme}/reports/{reference}/media/{file}/again")
async def try_again(request: web.Request) -> web.StreamResponse:
    """Have it fetched once more."""

    async def deed(session: Any, act: Act, file: int) -> str:
        await acts.try_again(session, act, file)
        return "The file is being fetched again."

    return await _act(request, deed)


@routes.post("/desk/{programme}/reports/{reference}/media/{file}/erase")
async def erase(request: web.Request) -> web.StreamResponse:
    """Erase it for good."""

    async def deed(session: Any, act: Act, file: int) -> str:
        await acts.erase(session, act, file)
        return "The file is erased. What was written down of it stays."

    return await _act(request, deed)


@routes.post("/desk/{programme}/reports/{reference}/media/{file}/describe")
async def describe(request: web.Request) -> web.StreamResponse:
    """Write down what it says or shows; the machine reads it into the account."""
    words = str((await request.post()).get("words", ""))

    async def deed(session: Any, act: Act, file: int) -> str:
        await acts.describe(session, request.app[SECRETS], act, file, words)
        return "What you wrote down is stored."

    return await _act(request, deed, afterwards=_await_reading)


async def _open(request: web.Request, *, preview: bool) -> Opened:
    programme, person = await require(request)
    number = number_of(request)
    async with request.app[DATABASE].writing() as session:
        return await showing.open_file(
            session, request.app[SECRETS], programme.code, number, person.role, person.user_id, now(), preview=preview
        )


def serve(request: web.Request, opened: Opened, *, inline: bool = False) -> web.Response:
    """A file, whole or the part asked for; `inline` also if browsers do not play it."""
    placed = "inline" if inline or opened.plays else "attachment"
    headers = HEADERS | {"Content-Disposition": f'{placed}; filename="{opened.name}"'}
    size = len(opened.content)
    try:
        wanted = request.http_range
    except ValueError:
        wanted = slice(None)
    if "Range" not in request.headers or (wanted.start is None and wanted.stop is None):
        return web.Response(body=opened.content, headers=headers, content_type=opened.content_type)
    start, stop, _ = wanted.indices(size)
    if start >= stop:
        return web.Response(status=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    headers |= {"Content-Range": f"bytes {start}-{stop - 1}/{size}"}
    return web.Response(status=206, body=opened.content[start:stop], headers=headers, content_type=opened.content_type)


def number_of(request: web.Request) -> int:
    """The file that the address names. NotFound where that is no number."""
    return key_in_address(request, "file", "There is no such file.")


async def _act(
    request: web.Request,
    deed: Callable[[Any, Act, int], Awaitable[str]],
    *,
    afterwards: Callable[[web.Request, int], Awaitable[str]] | None = None,
) -> web.StreamResponse:
    """Do it in one transaction, and go back to the report with what came of it."""
    programme, person = await require(request)
    form, file = await request.post(), number_of(request)
    try:
        act = hand(request, programme, person, form)
        async with request.app[DATABASE].writing() as session:
            done = await deed(session, act, file)
        if afterwards is not None:
            done = f"{done} {await afterwards(request, file)}"
        await notify(request, "good", done)
    except NotAllowed as error:
        if written_in(request):
            raise
        await notify(request, "bad", str(error))
    query = address_of(filters_of(request))
    raise web.HTTPSeeOther(f"/desk/{programme.code}/reports/{request.match_info['reference']}{query}#files")


async def _await_reading(request: web.Request, file: int) -> str:
    """Give the machine a moment, so that the page comes back with the words in the account; says whether it does."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < deadline:
        async with request.app[DATABASE].reading() as session:
            if not await showing.is_waiting(session, file):
                return "The machine has read it."
        await asyncio.sleep(LOOKS)
    return "It becomes part of the account once the machine has read it."
