"""What somebody had written when their session was over: it goes through the log-in with them, and is sent once they say so.

Only what a page of ours sent is kept, and nothing of it takes effect before they have seen it and pressed the button. Who logs
in instead of them, on a computer that several use, sees none of it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import BodyPartReader, web
from aiohttp.typedefs import Handler
from multidict import MultiDict

from channels.base import BadPayload
from dashboards.middlewares import UNREADABLE, read_form
from dashboards.rendering import render
from dashboards.security import (
    FILE_LOST,
    Fields,
    FormOfOtherSession,
    current_user,
    demand_room,
    demand_user,
    fields_of_form,
    form_token,
    is_of_session,
    own_hosts,
    writer_of_form,
)
from dashboards.unstored import note_written
from service.models import User

MOST_BYTES = 1_000_000
"""A larger form has a file in it. It is held whole only once we know who sends it; until then its words alone."""
WORDS_BYTES, MOST_FIELDS = 20_000, 40
"""Of one field of such a form, and of all: what is larger nobody wrote, but a file that a page held."""
UPLOAD_SECONDS = 300.0
"""How long such a form may take. What came until then is kept, and its file is lost: it goes no further in any case."""
BESIDE_DESK = ("/login", "/logout", "/account")
TOO_LONG = "This page stood open for too long. Write your password once more."
CODE = re.compile(r"[A-Za-z0-9_.:+/=-]*")
"""Values that nobody wrote: a choice, a number, an id of the form. Others are words, and are shown."""


async def keep_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Ask whoever sends a form of the desk with an ended session to log in, and let their words wait meanwhile."""
    if not _is_form_of_ours(request):
        return await handler(request)
    if request.path == "/login":
        return await _log_in(request, handler)
    try:
        user = await current_user(request)
    except Exception:
        # The database is away. What they wrote needs none to be shown once more.
        form = await _form(request)
        if await is_of_session(request, form):
            note_written(request, form)
        raise
    if user is not None:
        try:
            return await handler(request)
        except FormOfOtherSession as other:
            if other.writer != str(user.id) or not _is_of_desk(request):
                raise
            return await show_words(request, request.path_qs, other.fields)
    if not _is_of_desk(request):
        # Passwords wait nowhere.
        await demand_user(request)
    form = await _form(request)
    writer = writer_of_form(form)
    if not writer:
        await demand_user(request)
    return await show_login(request, request.path_qs, kept=json.dumps([writer, fields_of_form(form)]), status=401)


async def show_login(
    request: web.Request, wanted: str, name: str = "", error: str = "", *, kept: str = "", status: int = 200
) -> web.Response:
    """The form that asks who it is; `kept` waits in it."""
    context = {"next": wanted, "login": name, "error": error, "kept": kept, "csrf": await form_token(request)}
    return render(request, "desk/login.html", context, status=status)


async def show_words(request: web.Request, address: str, fields: Fields) -> web.Response:
    """The words once more, and a button that sends them in the session there is now."""
    written = [value for _, value in fields if not CODE.fullmatch(value)]
    context = {"address": address, "fields": fields, "written": written, "file_lost": FILE_LOST in fields}
    return render(request, "desk/interrupted.html", context | {"csrf": await form_token(request)})


def fields_of(kept: str, user: User) -> Fields:
    """The fields from the log-in's form; none where somebody else wrote them, or they cannot be read."""
    try:
        writer, fields = json.loads(kept)
        return [(str(name), str(value)) for name, value in fields] if writer == str(user.id) else []
    except (ValueError, TypeError, RecursionError):
        return []


async def _log_in(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A log-in from a page that stood open for so long that its own session ended; what waits in it waits on."""
    try:
        return await handler(request)
    except FormOfOtherSession as old:
        said = dict(old.fields)
        name, wanted, kept = (said.get(field, "") for field in ("login", "next", "kept"))
        return await show_login(request, wanted, name, TOO_LONG, kept=kept, status=403)


async def _form(request: web.Request) -> Mapping[str, object]:
    """What the form says, without its files where it is large. Raises BadPayload."""
    if (request.content_length or 0) > MOST_BYTES:
        return await _words_beside_files(request)
    await read_form(request)
    return await request.post()


async def _words_beside_files(request: web.Request) -> Mapping[str, object]:
    """What a large form says, read piece by piece: of its files nothing is kept. Raises BadPayload."""
    demand_room(request)
    form: MultiDict[object] = MultiDict()
    if request.content_type != "multipart/form-data":
        return form
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            await _fill(form, request)
    except TimeoutError:
        form[FILE_LOST[0]] = FILE_LOST[1]
    except UNREADABLE:
        raise BadPayload("the form cannot be read") from None
    if any("\0" in str(value) for value in form.values()):
        raise BadPayload("a NUL character")
    return form


async def _fill(form: MultiDict[object], request: web.Request) -> None:
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        words = b""
        while chunk := await part.read_chunk():
            words = (words + chunk)[: WORDS_BYTES + 1]
        if not part.filename and len(words) <= WORDS_BYTES and len(form) < MOST_FIELDS:
            form.add(part.name, words.decode())
        elif words:
            form[FILE_LOST[0]] = FILE_LOST[1]


def _is_of_desk(request: web.Request) -> bool:
    return request.path.startswith("/desk/")


def _is_form_of_ours(request: web.Request) -> bool:
    """A browser says that a page of ours sent it, and shows what we answer."""
    if request.method != "POST" or not (_is_of_desk(request) or request.path in BESIDE_DESK):
        return False
    if "text/html" not in request.headers.get("Accept", ""):
        return False
    site = request.headers.get("Sec-Fetch-Site")
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    return site == "same-origin" or (site is None and origin in own_hosts(request))
