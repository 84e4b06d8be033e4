"""The door providers knock on: read the request once, authenticate, parse, store, and only then answer."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from channels.base import BadPayload, NotAuthentic, Reply, Webhook
from service import quarantine
from service.intake import IntakeFull, NotStored
from service.keys import CHANNELS, DATABASE, INTAKE, SECRETS, SETTINGS
from service.workflow import NotFound

LARGEST_BODY = 3_000_000
"""Bytes; a WhatsApp batch may be this large."""
RETRY_AFTER = {"Retry-After": "5"}
NOT_STORED: tuple[type[Exception], ...] = (IntakeFull, NotStored, SQLAlchemyError, OSError)
"""What `receive` raises when a text could not be stored, and trying again soon may help."""

FORM = "application/x-www-form-urlencoded"

routes = web.RouteTableDef()
log = structlog.get_logger()


@routes.route("*", "/channels/{programme}/{name}")
async def knock(request: web.Request) -> web.Response:
    """One request of a provider. 200 means: on disk."""
    name = f"{request.match_info['programme']}/{request.match_info['name']}"
    try:
        hook = await read(request)
        reply = await receive(request.app, name, hook)
    except BadPayload as error:
        return web.Response(status=400, text=str(error))
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
    return web.Response(text=reply.body, content_type=reply.content_type)


async def read(request: web.Request) -> Webhook:
    """The whole request, under the address the provider called. Raises BadPayload; a body over 3 MB is a 413."""
    body = await request.read()
    try:
        form = await request.post() if request.content_type == FORM else {}
    except (ValueError, LookupError):
        raise BadPayload("the form cannot be read; send it as application/x-www-form-urlencoded in UTF-8") from None
    return Webhook(
        method=request.method,
        url=request.app[SETTINGS].address() + request.raw_path,
        query=request.query,
        headers=request.headers,
        form=form,  # type: ignore[arg-type]
        body=body,
        remote=request.remote or "",
    )


async def receive(app: web.Application, name: str, hook: Webhook) -> Reply:
    """Take what a channel brings. `name` is <programme>/<channel>.

    Raises NotFound, NotAuthentic, BadPayload (then the request is in quarantine), IntakeFull, NotStored or a database error.
    """
    channel = app[CHANNELS].get(name)
    if channel is None:
        raise NotFound("There is no such channel.")
    channel.authenticate(hook)
    now = datetime.now(UTC)
    try:
        items = channel.parse(hook)
    except BadPayload as error:
        async with app[DATABASE].writing() as session:
            await quarantine.keep(session, app[SECRETS], name, hook, str(error), now)
        log.warning("quarantined", channel=name, reason=str(error))
        raise
    await app[INTAKE].store(name.partition("/")[0], name, items, now)
    return channel.reply(hook)
