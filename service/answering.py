"""The answer to a provider once all it brought is safe: for most of them a word, for some what they asked for."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from channels.base import Channel, Collects, Reply, Webhook
from channels.screens import Shows
from service import collecting, standings
from service.keys import DATABASE, INTAKE, PROGRAMMES, SECRETS


async def answer(app: web.Application, name: str, channel: Channel, hook: Webhook, now: datetime) -> Reply:
    """`name` is <programme>/<channel>. Raises a database error only where the answer needs the database."""
    if _is_plain(type(channel)):
        return channel.reply(hook)
    if isinstance(channel, Collects):
        return await _gateway(app, name, channel, channel, hook, now) or channel.reply(hook)
    if isinstance(channel, Shows) and (sender := channel.needs_standing(hook)) is not None:
        return await _screen(app, name, channel, channel, hook, sender)
    return channel.reply(hook)


@cache
def _is_plain(kind: type[Channel]) -> bool:
    """Whether a word will do. Asked once a type: `isinstance` with a protocol takes as long as to check a signature."""
    return not any(hasattr(kind, method) for method in ("hand_over", "needs_standing"))


async def _screen(
    app: web.Application, name: str, channel: Channel, screen: Shows, hook: Webhook, sender: str
) -> Reply:
    # While the database is away nobody can say where they stand, but what they told us is safe, and they hear so.
    if app[INTAKE].spooling:
        return channel.reply(hook)
    programme = app[PROGRAMMES][name.partition("/")[0]]
    try:
        async with app[DATABASE].reading() as session:
            standing = await standings.latest(session, app[SECRETS], programme, app[INTAKE].home(name), sender)
    except (SQLAlchemyError, OSError):
        return channel.reply(hook)
    return screen.show_standing(hook, standing)


async def _gateway(
    app: web.Application, name: str, channel: Channel, gateway: Collects, hook: Webhook, now: datetime
) -> Reply | None:
    asked = gateway.asks(hook)
    if asked == "texts":
        # While the database is away, a phone that brought a text hears that it is safe: it would bring it again, and again.
        brought = bool(channel.parse(hook))
        if brought and app[INTAKE].spooling:
            return gateway.hand_over(hook, ())
        programme = app[PROGRAMMES].get(name.partition("/")[0])
        try:
            # Committed before they are handed over: a text that gets lost on its way is not sent twice in silence.
            async with app[DATABASE].writing() as session:
                texts = await collecting.take(session, app[SECRETS], name, channel, programme, now)
        except (SQLAlchemyError, OSError):
            if not brought:
                raise
            texts = []
        return gateway.hand_over(hook, texts)
    if asked == "awaited":
        async with app[DATABASE].reading() as session:
            keys = await collecting.awaited(session, name, now)
        return gateway.name_awaited(hook, keys)
    return None
