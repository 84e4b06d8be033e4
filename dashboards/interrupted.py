"""What somebody had written when their session was over: it goes through the log-in with them, and is sent once they say so.

Only what a page of ours sent is kept, and nothing of it takes effect before they have seen it and pressed the button. Who logs
in instead of them, on a computer that several use, sees none of it.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from dashboards.middlewares import read_form
from dashboards.rendering import render
from dashboards.security import (
    Fields,
    FormOfOtherSession,
    current_user,
    fields_of_form,
    form_token,
    own_hosts,
    writer_of_form,
)
from service.models import User

MOST_BYTES = 1_000_000
"""A larger form has a file in it, and is read only once we know who sends it."""
CODE = re.compile(r"[A-Za-z0-9_.:+/=-]*")
"""Values that nobody wrote: a choice, a number, an id of the form. Others are words, and are shown."""


async def keep_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Ask whoever sends a form of the desk with an ended session to log in, and let their words wait meanwhile."""
    if not _is_form_of_ours(request):
        return await handler(request)
    user = await current_user(request)
    if user is not None:
        try:
            return await handler(request)
        except FormOfOtherSession as other:
            if other.writer != str(user.id):
                raise
            return await show_words(request, request.path, other.fields)
    if (request.content_length or 0) > MOST_BYTES:
        return await handler(request)
    await read_form(request)
    form = await request.post()
    writer = writer_of_form(form)
    if not writer:
        return await handler(request)
    context = {"next": request.path, "login": "", "error": "", "kept": json.dumps([writer, fields_of_form(form)])}
    return render(request, "desk/login.html", context | {"csrf": await form_token(request)}, status=401)


async def show_words(request: web.Request, address: str, fields: Fields) -> web.Response:
    """The words once more, and a button that sends them in the session there is now."""
    written = [value for _, value in fields if not CODE.fullmatch(value)]
    context = {"address": address, "fields": fields, "written": written, "csrf": await form_token(request)}
    return render(request, "desk/interrupted.html", context)


def fields_of(kept: str, user: User) -> Fields:
    """The fields from the log-in's form; none where somebody else wrote them, or they cannot be read."""
    try:
        writer, fields = json.loads(kept)
        return [(str(name), str(value)) for name, value in fields] if writer == str(user.id) else []
    except (ValueError, TypeError, RecursionError):
        return []


def _is_form_of_ours(request: web.Request) -> bool:
    """A browser says that a page of ours sent it, and shows what we answer."""
    if request.method != "POST" or not request.path.startswith("/desk/"):
        return False
    if "text/html" not in request.headers.get("Accept", ""):
        return False
    site = request.headers.get("Sec-Fetch-Site")
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    return site == "same-origin" or (site is None and origin in own_hosts(request))
