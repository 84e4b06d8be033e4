"""Errors as designed pages or JSON, and the headers that keep a page from harm.

Neither touches the providers' door: `service/web.py` answers /channels/ in the providers' own terms.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Sequence
from functools import partial

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware

from channels.base import BadPayload, NotAuthentic
from dashboards.faults import FAULTS, Fault
from dashboards.rendering import render
from dashboards.unstored import AWAY, GONE, written_in
from service.arrivals import is_away
from service.front import CHANNELS
from service.keys import SETTINGS
from service.pace import TooSlow
from service.workflow import NotAllowed, NotFound

log = structlog.get_logger(__name__)

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Set on every answer that has not set its own. A page that anyone may keep says so itself in Cache-Control."""

UPLOADS = frozenset({"/desk/{programme}/reports/{reference}/reply"})
"""Routes whose forms may bring a file larger than anybody else may send: read only once we know who sends it."""
UNREADABLE = (ValueError, LookupError, HttpProcessingError)
"""What reading a form raises where it is none: the last for the head of a piece of it."""
HSTS = "max-age=31536000"


def layer(everywhere: Sequence[Middleware], pages: Sequence[Middleware]) -> Middleware:
    """One middleware made of these, the outermost first; providers' requests pass by those for pages.

    They need none of it, and come in thousands. What is added to either before the first request is taken too.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(CHANNELS):
            for inner in reversed(pages):
                handler = partial(inner, handler=handler)
        for outer in reversed(everywhere):
            handler = partial(outer, handler=handler)
        return await handler(request)

    return middleware


async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into an answer: a page for browsers, JSON for others."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = answer(request, FAULTS.get(error.status, FAULTS[400 if error.status < 500 else 500]))
        response.set_status(error.status)
        for name in {"Allow", "Retry-After"} & set(error.headers):
            response.headers[name] = error.headers[name]
        return response
    except BadPayload:
        return answer(request, FAULTS[400])
    except NotAuthentic:
        return answer(request, FAULTS[403])
    except NotFound:
        return answer(request, FAULTS[404])
    except NotAllowed as error:
        return answer(request, FAULTS[409], str(error))
    except TooSlow:
        return answer(request, FAULTS[408])
    except Exception as error:
        if isinstance(error, ConnectionResetError) and (request.transport is None or request.transport.is_closing()):
            raise  # whoever asked is gone
        number = secrets.token_hex(4)
        log.error("request_failed", id=number, route=route_of(request), error=type(error).__name__, at=places(error))
        return answer(request, FAULTS[503 if is_away(error) else 500], number=number)


async def read_forms(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Read address and form before their page does: what nobody can read is a 400, not a fault of ours.

    So are NUL characters, which no browser sends and PostgreSQL does not take.
    """
    if route_of(request) not in UPLOADS:
        await read_form(request)
    return await handler(request)


async def read_form(request: web.Request) -> None:
    """Read the form once; whoever asks for it later gets the same. Raises BadPayload."""
    try:
        form = await request.post() if request.can_read_body else {}
    except UNREADABLE:
        raise BadPayload("the form cannot be read") from None
    if any(
        "\0" in value for value in (request.path, *request.query.values(), *form.values()) if isinstance(value, str)
    ):
        raise BadPayload("a NUL character")


def answer(request: web.Request, fault: Fault, words: str = "", *, number: str = "") -> web.Response:
    """The error as a page or as JSON. `words` are more exact than the general advice; `number` finds it in the log."""
    advice = words or fault.advice
    if "text/html" in request.headers.get("Accept", ""):
        written = written_in(request)
        if written:
            advice = {404: GONE, 503: AWAY}.get(fault.status, advice)
        context = {"fault": fault, "advice": advice, "number": number, "written": written}
        return render(request, "error.html", context, status=fault.status)
    body = {"status": fault.status, "error": fault.title, "advice": advice} | ({"id": number} if number else {})
    return web.json_response(body, status=fault.status)


def route_of(request: web.Request) -> str:
    """The route's pattern, never the address itself: it may hold a token."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


def places(error: Exception) -> list[str]:
    """Where an error went through, as file:line. Its message stays out of the log: it may quote a text."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames]


async def add_security_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Called as every answer begins, streams too. What a handler set itself stays."""
    if request.path.startswith(CHANNELS):
        return
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    settings = request.app.get(SETTINGS)
    if settings is not None and settings.secure():
        response.headers.setdefault("Strict-Transport-Security", HSTS)
