"""For machines that look after us: alive, ready, and the measurements."""

from __future__ import annotations

import hmac
from dataclasses import asdict
from datetime import UTC, datetime
from ipaddress import ip_address

from aiohttp import web
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from channels.base import NotAuthentic
from dashboards.metrics import exposition
from dashboards.rendering import machine
from service.health import backlog_if_there, door_obstacles, lines, obstacles, spooled
from service.keys import DATABASE, INTAKE, SETTINGS

routes = web.RouteTableDef()
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


@routes.get("/health/live")
async def live(request: web.Request) -> web.StreamResponse:
    """The process answers."""
    return web.json_response({"live": True})


@routes.get("/health/door")
async def door(request: web.Request) -> web.StreamResponse:
    """Texts are taken in: by the database or, while that is away, by the spool. Else 503 with the reasons."""
    found = spooled(request.app[INTAKE])
    reasons = await door_obstacles(request.app[INTAKE])
    said = {"open": not reasons, "reasons": reasons, "spool": None if found is None else asdict(found)}
    return web.json_response(said, status=503 if reasons else 200)


@routes.get("/health/ready")
async def ready(request: web.Request) -> web.StreamResponse:
    """The process can work: its database is there and in the form it needs; else 503 with the reasons. And which lines rest."""
    reasons = await obstacles(request.app[DATABASE])
    if reasons:
        return web.json_response({"ready": False, "reasons": reasons}, status=503)
    async with request.app[DATABASE].reading() as session:
        known = await lines(session)
    # A provider that is away is no reason to take this process out of service.
    resting = [
        {"channel": line.channel, "fault": line.fault, "since": machine(line.resting_since)}
        for line in known
        if line.resting_since is not None
    ]
    return web.json_response({"ready": True, "reasons": [], "resting": resting})


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.StreamResponse:
    """Measurements for Prometheus; without those of the database while it is away."""
    _demand_leave(request)
    counted = await backlog_if_there(request.app[DATABASE], datetime.now(UTC))
    body = exposition(request.app, counted, spooled(request.app[INTAKE]))
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


def _demand_leave(request: web.Request) -> None:
    """NotAuthentic without METRICS_TOKEN, or, where none is set, for anyone but this machine itself."""
    token = request.app[SETTINGS].metrics_token.get_secret_value()
    if token:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), f"Bearer {token}".encode()):
            raise NotAuthentic("the token is not METRICS_TOKEN")
        return
    # A proxy on this machine is a near neighbour too, but it carries strangers: it says so in these headers.
    if any(name in request.headers for name in FORWARDED) or not _is_near(request):
        raise NotAuthentic("set METRICS_TOKEN to read the measurements from elsewhere")


def _is_near(request: web.Request) -> bool:
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    return peer is not None and ip_address(peer[0].partition("%")[0]).is_loopback
