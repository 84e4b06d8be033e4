"""Files that moderators send, where providers take them from: no log-in, a signed address that ends after three days.

Whatever is wrong with an address, the answer is the same, so that nobody learns which files there are.
"""

from __future__ import annotations

from aiohttp import web

from dashboards.deskframe import now
from dashboards.pages.media import serve
from service.keys import DATABASE, SECRETS
from service.media import enclosing

routes = web.RouteTableDef()


@routes.get("/files/{token}")
@routes.get("/files/{token}/{name}")
async def show_file(request: web.Request) -> web.StreamResponse:
    """The file, whole or the part asked for. The name at the end is for providers that go by it."""
    async with request.app[DATABASE].reading() as session:
        opened = await enclosing.open_by_token(session, request.app[SECRETS], request.match_info["token"], now())
    return serve(request, opened, inline=True)
