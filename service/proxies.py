"""Who calls, when reverse proxies stand between."""

from __future__ import annotations

from aiohttp import web

from service.settings import Settings


def caller(request: web.Request, settings: Settings) -> str:
    """The network address a request came from, as the outermost of TRUSTED_PROXIES saw it.

    Every proxy appends the address it was called from to X-Forwarded-For. Whatever stands before what ours appended was
    written by strangers, and is not believed (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For).
    """
    proxies = settings.trusted_proxies
    if not proxies:
        return request.remote or ""
    lines = request.headers.getall("X-Forwarded-For", ())
    hops = [hop.strip() for line in lines for hop in line.split(",")]
    return hops[-proxies] if proxies <= len(hops) else request.remote or ""
