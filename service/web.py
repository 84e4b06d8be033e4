"""The door providers knock on: read the request once, authenticate, parse, store, and only then answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from channels.addresses import demand_address
from channels.base import BadPayload, Channel, NotAuthentic, Reply, Webhook
from service import receiving, webhooks
from service.answering import answer
from service.intake import IntakeFull, NotStored
from service.keys import ALLOWED, CHANNELS, INTAKE, LARGE, SETTINGS
from service.probing import SERVER
from service.proxies import caller
from service.workflow import NotFound

LARGEST_BODY = 3_000_000
"""Bytes; a WhatsApp batch may be this large. Only where files come within requests may one be larger."""
LARGE_AT_ONCE = 2
LARGE_SECONDS, LARGE_RATE = 120, 5_000
"""How long the phone of a gateway may take to bring us a large file: so long, and a second for so many of its bytes. Only two
come at once, so that one which comes slower than this would keep others out."""
RETRY_AFTER = {"Retry-After": "5"}
NOT_STORED: tuple[type[Exception], ...] = (IntakeFull, NotStored, SQLAlchemyError, OSError)
"""What `receive` raises when a text could not be stored, and trying again soon may help."""

KEPT = "X-Answerable-Kept-Unread"
"""Header that tells whoever builds a gateway why we could not read what it sent. Never holds words of it."""

DOOR = "/channels/{programme}/{name}"
DOOR_WITH_SECRET = DOOR + "/{secret}"
routes = web.RouteTableDef()
log = structlog.get_logger()


@routes.route("*", DOOR_WITH_SECRET)
@routes.route("*", DOOR)
async def knock(request: web.Request) -> web.Response:
    """One request of a provider. 200 means: on disk, in the database, in the spool, or sealed in quarantine.

    Where a provider signs nothing, a secret ends the address. One that is told 400 calls again for days with what we could not
    read the first time, and some then stop calling.
    """
    return await answer_call(request.app, f"{request.match_info['programme']}/{request.match_info['name']}", request)


async def answer_call(app: web.Application, name: str, request: web.Request) -> web.Response:
    """The same for a request that need not have gone through the application. `name` is <programme>/<channel>."""
    response = await _answer(app, name, request)
    response.headers[SERVER] = "1"
    return response


async def _answer(app: web.Application, name: str, request: web.Request) -> web.Response:
    headers = None
    try:
        hook = await _read(app, name, request)
    except BadPayload as error:
        return web.Response(status=400, text=str(error))
    except web.RequestPayloadError:
        return web.Response(
            status=400, text="The body is not what its Content-Encoding says; send it plain, or as it says."
        )
    except web.HTTPRequestEntityTooLarge:
        # Who runs us must see it: the words that came with a large file were not taken.
        log.warning("too large", channel=name, bytes=request.content_length)
        raise
    except TimeoutError:
        return web.Response(status=408, text="The request took too long; send it again.")
    except ConnectionError:
        # Nobody is there to hear an answer, and nothing was acknowledged: the provider calls again.
        log.info("broken off", channel=name)
        return web.Response(status=400, text="The request broke off.")
    try:
        reply = await receive(app, name, hook)
    except BadPayload as error:
        reply, headers = _reply(_channel(app, name), hook), {KEPT: str(error)}
    except NotAuthentic as error:
        log.warning("refused", channel=name, reason=str(error))
        return web.Response(status=403, text=str(error))
    except NotFound as error:
        return web.Response(status=404, text=str(error))
    except IntakeFull:
        return web.Response(status=503, text="Too many texts at once; try again.", headers=RETRY_AFTER)
    except (NotStored, SQLAlchemyError, OSError) as error:
        log.error("not stored", channel=name, error=type(error.__cause__ or error).__name__)
        return web.Response(status=503, text="The text could not be stored; try again.", headers=RETRY_AFTER)
    return web.Response(text=reply.body, content_type=reply.content_type, headers=headers)


async def _read(app: web.Application, name: str, request: web.Request) -> Webhook:
    settings = app[SETTINGS]
    address, origin = settings.address(), caller(request, settings)
    channel = app[CHANNELS].get(name)
    # `isinstance` with HoldsFiles would take as long as to check a signature.
    if not hasattr(channel, "holds_files"):
        return webhooks.read(request, await request.read(), address, origin)
    # As text in JSON a file is a third larger.
    most = LARGEST_BODY + settings.media_megabytes * 1_000_000 * 4 // 3
    body = bytearray()
    # Of one that does not say its size, or is packed, we learn on the way that it is large.
    said = request.content_length or 0
    if said > LARGEST_BODY or not await webhooks.fill(body, request, LARGEST_BODY):
        async with asyncio.timeout(LARGE_SECONDS + min(said or most, most) / LARGE_RATE), app[LARGE]:
            if said > most or not await webhooks.fill(body, request, most):
                raise web.HTTPRequestEntityTooLarge(most)
    return webhooks.read(request, bytes(body), address, origin)


async def receive(app: web.Application, name: str, hook: Webhook) -> Reply:
    """Take what a channel brings. `name` is <programme>/<channel>.

    Raises NotFound, NotAuthentic, IntakeFull, NotStored; and BadPayload if it could not be read: then it is kept, sealed.
    """
    channel = _channel(app, name)
    demand_address(hook.remote, app[ALLOWED].get(name, ()))
    channel.authenticate(hook)
    now = datetime.now(UTC)
    await receiving.take(app[INTAKE], name, channel, hook, now)
    return await answer(app, name, channel, hook, now)


def _channel(app: web.Application, name: str) -> Channel:
    channel = app[CHANNELS].get(name)
    if channel is None:
        raise NotFound("There is no such channel.")
    return channel


def _reply(channel: Channel, hook: Webhook) -> Reply:
    """What the provider expects to hear, as far as that does not depend on what nobody could read."""
    try:
        return channel.reply(hook)
    except BadPayload:
        return Reply()
