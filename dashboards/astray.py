"""The way back from an address of the desk that takes forms only, as the address bar holds after "Open the account"."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from dashboards.security import page_of


async def lead_to_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whoever asks for such an address comes to the nearest page above it, with the same filters."""
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed:
        if request.method != "GET" or not request.path.startswith("/desk/"):
            raise
        query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
        raise web.HTTPSeeOther(page_of(request, await _pattern_of(request)) + query) from None


async def _pattern_of(request: web.Request) -> str:
    """The route that this address has for another method."""
    for resource in request.app.router.resources():
        _, methods = await resource.resolve(request)
        if methods:
            return resource.canonical
    return ""
